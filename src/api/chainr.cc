#include "api/handlers.h"
#include "api/views.h"
#include "control/submit.h"

namespace api {
namespace {

using base::Result;

// chainr has no pages, so what it lists is bounded here.
constexpr std::size_t runs_max = 100, jobs_max = 20'000, listed_jobs_max = 20'000;

std::string_view status_of(model::RunState state) {
  switch (state) {
    case model::RunState::queued: return "PENDING";
    case model::RunState::running:
    case model::RunState::stopping: return "RUNNING";
    case model::RunState::succeeded: return "SUCCESSFUL";
    case model::RunState::failed: return "FAILED";
    case model::RunState::canceled: return "CANCELED";
  }
  return "";
}

std::string_view status_of(model::JobState state) {
  switch (state) {
    case model::JobState::waiting:
    case model::JobState::queued: return "PENDING";
    case model::JobState::starting:
    case model::JobState::running:
    case model::JobState::backing_off:
    case model::JobState::stopping: return "RUNNING";
    case model::JobState::succeeded: return "SUCCESSFUL";
    case model::JobState::failed: return "FAILED";
    case model::JobState::skipped: return "SKIPPED";
    case model::JobState::canceled: return "CANCELED";
  }
  return "";
}

chainr::Run view(store::Tx& tx, const store::RunRecord& record, std::size_t limit) {
  chainr::Run run;
  run.metadata = {"/api/runs/" + record.run.id.str(), record.run.id.str()};
  run.status = status_of(record.run.state);
  for (const auto& row : store::list_jobs(tx, record.run.id, -1, false, "", limit))
    run.jobs.push_back({row.name, std::string(status_of(row.job.state))});
  return run;
}

loop::Task<Result<chainr::Run>> read_view(control::Scene& scene, std::string id) {
  co_return co_await scene.store.read([&](store::Tx& tx) -> Result<chainr::Run> {
    const auto record = find_run(tx, id);
    if (!record) return no_such_run(id);
    return view(tx, *record, jobs_max);
  });
}

}  // namespace

loop::Task<Result<chainr::ResourceList>> chainr_resources(Context&) {
  chainr::ResourceList list;
  list.metadata.self_link = "/api";
  list.resources.runs = {"/api/runs", "Runs of pipelines"};
  co_return list;
}

loop::Task<Result<chainr::RunList>> chainr_list_runs(Context& context) {
  co_return co_await context.scene.store.read([](store::Tx& tx) {
    chainr::RunList list;
    std::size_t jobs = 0;
    for (const auto& record : store::list_runs(tx, the_project, {}, {}, runs_max)) {
      list.items.push_back(view(tx, record, listed_jobs_max - std::min(jobs, listed_jobs_max)));
      jobs += list.items.back().jobs.size();
    }
    return list;
  });
}

loop::Task<Result<chainr::Run>> chainr_create_run(Context& context,
                                                  Tree<model::PipelineSpec> body) {
  control::SubmitRequest request;
  request.id = model::RunId::make(context.scene.clock.now(), context.shared.rng);
  request.project = the_project;
  request.spec = std::move(body.value);
  if (request.spec.is_null())
    co_return base::invalid("invalid_pipeline", "a pipeline is an object");
  const auto submitted = co_await control::submit(context.scene, std::move(request));
  if (!submitted) co_return submitted.error();
  co_return co_await read_view(context.scene, submitted->id.str());
}

loop::Task<Result<chainr::Run>> chainr_get_run(Context& context) {
  co_return co_await read_view(context.scene, std::string(context.place("run")));
}

}  // namespace api
