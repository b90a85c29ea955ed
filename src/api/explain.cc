#include "api/explain.h"

#include <fmt/format.h>

#include "api/handlers.h"
#include "model/names.h"

namespace api {
namespace {

using base::Result;
using model::JobState;

store::JobRecord read_row(store::Tx& tx, model::RunId run, std::uint32_t index) {
  auto rows = store::list_jobs(tx, run, std::int64_t(index) - 1, false, "", 1);
  if (rows.empty() || rows[0].job.index != index)
    throw core::Broken("a run lacks rows of its jobs");
  return std::move(rows[0]);
}

bool holds(core::Condition on, JobState end) {
  if (on == core::Condition::always) return true;
  return end == (on == core::Condition::success ? JobState::succeeded : JobState::failed);
}

/// The dependencies that keep a job waiting, or for which it was skipped.
std::vector<Neighbour> read_dependencies(store::Tx& tx, const Scenery& s) {
  constexpr std::size_t rows_max = 1000;
  std::vector<Neighbour> found;
  const bool is_waiting = s.row.job.state == JobState::waiting;
  std::size_t rows = 0;
  for (const auto& edge : s.plan->dependencies(s.row.job.index)) {
    if (found.size() == explained_max || rows++ == rows_max) break;
    auto row = read_row(tx, s.run.run.id, edge.job);
    const bool ended = is_final(row.job.state);
    if (is_waiting ? !ended : ended && !holds(edge.on, row.job.state))
      found.push_back({edge.on, std::move(row)});
  }
  return found;
}

Scenery read_scenery(store::Tx& tx, FoundJob job) {
  const auto id = job.run.run.id;
  Scenery s{.run = std::move(job.run), .plan = std::move(job.plan), .row = std::move(job.row)};
  s.now = tx.now();
  const auto state = s.row.job.state;
  if (state == JobState::waiting || state == JobState::skipped)
    s.dependencies = read_dependencies(tx, s);
  if (state == JobState::failed)
    for (const auto& edge : s.plan->dependants(job.index))
      if (edge.on == core::Condition::failure && s.handlers.size() < explained_max)
        s.handlers.push_back(read_row(tx, id, edge.job));
  if (state == JobState::queued || s.row.job.unreachable) s.clusters = store::read_clusters(tx);
  if (state == JobState::queued) s.queued = store::queue_length(tx).jobs;
  auto attempts = store::list_attempts(tx, id, job.index);
  if (!attempts.empty()) s.attempt = std::move(attempts.back());
  return s;
}

/// The jobs that explain a run in this state: what still goes on, or what failed.
std::vector<store::JobRecord> telling_jobs(store::Tx& tx, const store::RunRecord& run) {
  std::vector<store::JobRecord> found;
  const auto add = [&](JobState state) {
    if (found.size() < explained_max)
      for (auto& row : store::list_jobs(tx, run.run.id, -1, false, model::word(state),
                                        explained_max - found.size()))
        found.push_back(std::move(row));
  };
  add(JobState::failed);
  if (is_final(run.run.state)) return found;
  for (const auto state : {JobState::running, JobState::starting, JobState::stopping,
                           JobState::backing_off, JobState::queued, JobState::waiting})
    add(state);
  return found;
}

Result<model::Explanation> explain_one(store::Tx& tx, control::Plans& plans, std::string_view run,
                                       const std::string& name) {
  auto job = find_job(tx, plans, run, name);
  if (!job) return job.error();
  const auto scenery = read_scenery(tx, std::move(*job));
  return model::Explanation{scenery.run.run.id.str(), name,
                            std::string(model::word(scenery.row.job.state)), explain_job(scenery)};
}

Result<model::Explanation> explain_all(store::Tx& tx, control::Plans& plans, std::string_view id) {
  const auto run = find_run(tx, id);
  if (!run) return no_such_run(id);
  const auto plan = plans.get(tx, run->spec_hash);
  model::Explanation out{run->run.id.str(), "", std::string(model::word(run->run.state)), {}};
  if (auto why = run_reason(*run); !why.empty()) out.because.push_back(std::move(why));
  if (!is_final(run->run.state))
    out.because.push_back(fmt::format("{} of {} jobs have not ended",
                                      run->run.open + run->run.open_finally, run->jobs));
  for (auto& row : telling_jobs(tx, *run)) {
    FoundJob job{*run, plan, row.job.index, std::move(row)};
    const auto name = job.row.name;
    for (const auto& sentence : explain_job(read_scenery(tx, std::move(job))))
      out.because.push_back(fmt::format("{}: {}", name, sentence));
  }
  return out;
}

}  // namespace

loop::Task<Result<model::Explanation>> explain_run(Context& context, ExplainQuery query) {
  const auto id = context.place("run");
  auto& plans = context.scene.plans;
  co_return co_await context.scene.store.read([&](store::Tx& tx) {
    return query.job.empty() ? explain_all(tx, plans, id) : explain_one(tx, plans, id, query.job);
  });
}

}  // namespace api
