#include "api/views.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/problems.h"
#include "json/parse.h"
#include "json/position.h"

namespace api {
namespace {

model::LabelMap labels_of(std::string_view text) {
  model::LabelMap labels;
  const auto tree = stored_json(text);
  if (const auto* object = tree.if_object())
    for (const auto& [key, value] : *object)
      if (const auto* label = value.if_string()) labels[key] = std::string(*label);
  return labels;
}

model::Conditions conditions_of(core::Condition on) {
  switch (on) {
    case core::Condition::success: return {};
    case core::Condition::failure: return {.failure = true};
    case core::Condition::always: return {.always = true};
  }
  return {};
}

}  // namespace

base::Value stored_json(std::string_view text) {
  auto tree = json::parse(text);
  if (!tree) throw base::Failure("the database holds malformed JSON: " + tree.error().message);
  return std::move(*tree);
}

std::string run_reason(const store::RunRecord& r) {
  if (!r.held.empty())
    return fmt::format("held: an invariant broke ({}); nothing is applied to it any more", r.held);
  if (r.run.stop == model::StopCause::cancel) return "somebody asked it to stop";
  if (r.run.stop == model::StopCause::run_timed_out) return "its timeout came";
  if (r.run.state == model::RunState::failed)
    return r.run.unhandled == 1
               ? "a job failed and nothing handled that"
               : fmt::format("{} jobs failed and nothing handled that", r.run.unhandled);
  return {};
}

model::RunView run_view(const store::RunRecord& r, std::map<std::string, std::int64_t> jobs) {
  model::RunView view;
  view.id = r.run.id.str();
  view.project = r.project;
  view.pipeline = r.pipeline;
  view.version = r.version;
  view.state = r.run.state;
  view.reason = run_reason(r);
  view.jobs = std::move(jobs);
  view.jobs_total = r.jobs;
  view.params = stored_json(r.params);
  view.labels = labels_of(r.labels);
  view.origin = r.origin;
  view.created = r.created;
  view.started = r.run.started;
  view.finished = r.run.finished;
  return view;
}

model::JobView job_view(const store::JobRecord& r, const core::Plan& plan) {
  const auto& planned = plan.jobs.at(r.job.index);
  model::JobView view;
  view.index = r.job.index;
  view.name = r.name;
  view.state = r.job.state;
  view.attempt = r.job.attempt;
  view.class_ = r.job.class_;
  view.handled = r.job.handled;
  view.unreachable = r.job.unreachable;
  view.finally = plan.is_finally(r.job.index);
  view.image = planned.spec->image;
  for (const auto& edge : plan.dependencies(r.job.index))
    view.depends_on.push_back({plan.jobs[edge.job].name, conditions_of(edge.on)});
  view.since = r.job.since;
  view.due = r.job.due;
  return view;
}

const store::LogStream* main_stream(const std::vector<store::LogStream>& streams) {
  // In the order of their names; no container has that of the others.
  const auto at = std::ranges::find_if(
      streams, [](const store::LogStream& s) { return s.name != model::other_streams; });
  return at == streams.end() ? nullptr : &*at;
}

model::LogStreamView stream_view(const store::LogStream& s) {
  return {s.name, std::int64_t(s.size), s.note};
}

model::AttemptView attempt_view(const store::AttemptRecord& r,
                                const std::vector<store::LogStream>& streams) {
  model::AttemptView view;
  view.attempt = r.attempt;
  view.cluster = r.cluster;
  view.name = r.name;
  view.uid = r.uid;
  view.state = r.state;
  view.class_ = r.outcome.class_;
  view.exit_code = r.outcome.exit_code;
  view.signal = r.outcome.signal;
  view.message = r.outcome.message;
  view.outputs = r.outcome.outputs;
  view.assigned = r.assigned;
  view.started = r.started;
  view.ended = r.ended;
  view.late = r.late;
  if (const auto* main = main_stream(streams)) {
    view.log_bytes = std::int64_t(main->size);
    view.log = main->note;
  }
  for (const auto& stream : streams) view.streams.push_back(stream_view(stream));
  return view;
}

model::PipelineView pipeline_view(const store::PipelineRecord& r) {
  return {.name = r.name,
          .version = r.version,
          .jobs = r.jobs,
          .labels = labels_of(r.labels),
          .created = r.created,
          .spec = {}};
}

model::ClusterView cluster_view(const store::ClusterRecord& r, base::Time now) {
  model::ClusterView view;
  view.name = r.name;
  view.agent = r.agent;
  view.state = r.epoch == 0                ? "never"
               : !r.is_open(now)           ? "unreachable"
               : !r.health.trouble.empty() ? "troubled"
                                           : "ready";
  view.trouble = r.health.trouble;
  view.executor = r.executor;
  view.version = r.version;
  view.epoch = std::int64_t(r.epoch);
  view.live = r.live;
  view.capacity = r.capacity;
  view.labels = labels_of(r.labels);
  if (r.epoch > 0) view.lease = r.lease;
  view.kubernetes = r.health.kubernetes;
  view.namespace_ = r.health.namespace_;
  view.prune_held = r.health.prune_held;
  return view;
}

model::AgentView agent_view(const store::AgentRecord& r) {
  return {r.id, r.name, r.cluster, r.created, r.revoked};
}

std::optional<store::RunRecord> find_run(store::Tx& tx, std::string_view id) {
  const auto parsed = model::RunId::parse(id);
  if (!parsed) return {};
  return store::read_run(tx, the_project, *parsed);
}

base::Result<FoundJob> find_job(store::Tx& tx, control::Plans& plans, std::string_view run,
                                std::string_view name) {
  auto record = find_run(tx, run);
  if (!record) return no_such_run(run);
  FoundJob found{.run = std::move(*record)};
  found.plan = plans.get(tx, found.run.spec_hash);
  const auto& jobs = found.plan->jobs;
  const auto at = std::ranges::find(jobs, name, &core::PlanJob::name);
  if (at == jobs.end())
    return base::not_found("no_such_job",
                           fmt::format("this run has no job '{}'", json::excerpt(name)));
  found.index = std::uint32_t(at - jobs.begin());
  auto rows = store::list_jobs(tx, found.run.run.id, std::int64_t(found.index) - 1, false, "", 1);
  if (rows.empty() || rows[0].job.index != found.index)
    throw core::Broken("a run lacks rows of its jobs");
  found.row = std::move(rows[0]);
  return found;
}

}  // namespace api
