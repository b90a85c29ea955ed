#include <charconv>

#include "api/handlers.h"
#include "api/views.h"
#include "model/names.h"

namespace api {
namespace {

using base::Result;

/// Dependencies that one page shows; a page of jobs with very many is shorter than was asked for.
constexpr std::size_t edges_max = 20'000;

Result<std::int64_t> read_index(const Cursor& cursor) {
  if (!cursor.given) return -1;
  std::int64_t index = 0;
  const auto end = cursor.key.data() + cursor.key.size();
  const auto read = std::from_chars(cursor.key.data(), end, index);
  if (read.ec != std::errc() || read.ptr != end || index < 0) return bad_cursor();
  return index;
}

/// Leaves out rows at the far end until the rest has few enough dependencies; how many are left.
std::size_t fit(std::vector<store::JobRecord>& rows, const core::Plan& plan, bool before,
                std::size_t limit) {
  std::size_t edges = 0, kept = 0;
  while (kept < std::min(limit, rows.size())) {
    const auto& row = before ? rows[rows.size() - 1 - kept] : rows[kept];
    edges += plan.dependencies(row.job.index).size();
    if (edges > edges_max && kept > 0) break;
    ++kept;
  }
  // One more row than is shown tells that there is more.
  const auto held = std::min(rows.size(), kept + 1);
  if (before)
    rows.erase(rows.begin(), rows.end() - std::ptrdiff_t(held));
  else
    rows.resize(held);
  return kept;
}

struct Listed {
  std::vector<model::JobView> views;
  std::int64_t limit = 0;
};

Result<Listed> list(store::Tx& tx, control::Plans& plans, std::string_view run,
                    const JobsQuery& query, std::int64_t index, bool before) {
  const auto record = find_run(tx, run);
  if (!record) return no_such_run(run);
  const auto plan = plans.get(tx, record->spec_hash);
  const auto limit = std::size_t(query.limit.value);
  auto rows = store::list_jobs(tx, record->run.id, index, before,
                               query.state ? model::word(*query.state) : "", limit + 1);
  Listed out;
  out.limit = std::int64_t(fit(rows, *plan, before, limit));
  for (const auto& row : rows) out.views.push_back(job_view(row, *plan));
  return out;
}

}  // namespace

loop::Task<Result<model::Page<model::JobView>>> list_jobs(Context& context, JobsQuery query) {
  const auto cursor = read_cursor(query.cursor);
  if (!cursor) co_return cursor.error();
  const auto index = read_index(*cursor);
  if (!index) co_return index.error();
  auto listed = co_await context.scene.store.read([&](store::Tx& tx) {
    return list(tx, context.scene.plans, context.place("run"), query, *index, cursor->before);
  });
  if (!listed) co_return listed.error();
  co_return make_page(std::move(listed->views), *cursor, PageLimit{listed->limit},
                      [](const model::JobView& job) { return std::to_string(job.index); });
}

loop::Task<Result<model::JobView>> get_job(Context& context) {
  co_return co_await context.scene.store.read([&](store::Tx& tx) -> Result<model::JobView> {
    const auto job = find_job(tx, context.scene.plans, context.place("run"), context.place("job"));
    if (!job) return job.error();
    return job_view(job->row, *job->plan);
  });
}

loop::Task<Result<model::Page<model::AttemptView>>> list_attempts(Context& context,
                                                                  PageQuery query) {
  using Views = std::vector<model::AttemptView>;
  const auto cursor = read_cursor(query.cursor);
  if (!cursor) co_return cursor.error();
  const auto number = read_index(*cursor);
  if (!number) co_return number.error();
  auto views = co_await context.scene.store.read([&](store::Tx& tx) -> Result<Views> {
    const auto job = find_job(tx, context.scene.plans, context.place("run"), context.place("job"));
    if (!job) return job.error();
    Views out;
    auto logs = store::read_job_logs(tx, job->run.run.id, job->index);
    // A job has a hundred attempts and a few free ones at most.
    for (const auto& attempt : store::list_attempts(tx, job->run.run.id, job->index))
      if (cursor->before ? attempt.attempt < *number : attempt.attempt > *number)
        out.push_back(attempt_view(attempt, logs[attempt.attempt]));
    // The page, and one more at its far end.
    const auto most = std::size_t(query.limit.value) + 1;
    if (out.size() > most && cursor->before)
      out.erase(out.begin(), out.end() - std::ptrdiff_t(most));
    if (out.size() > most) out.resize(most);
    return out;
  });
  if (!views) co_return views.error();
  co_return make_page(
      std::move(*views), *cursor, query.limit,
      [](const model::AttemptView& attempt) { return std::to_string(attempt.attempt); });
}

}  // namespace api
