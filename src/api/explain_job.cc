#include <fmt/format.h>

#include <algorithm>

#include "api/explain.h"
#include "control/engine.h"
#include "core/work.h"
#include "model/names.h"

namespace api {
namespace {

using model::JobState;
using model::word;
using Sentences = std::vector<std::string>;

std::string_view wish(core::Condition on) {
  switch (on) {
    case core::Condition::success: return "succeed";
    case core::Condition::failure: return "fail";
    case core::Condition::always: return "end";
  }
  return "";
}

std::string until(const std::optional<base::Time>& due) {
  return due ? fmt::format(" until {}", base::format_time(*due)) : "";
}

void waiting(const Scenery& s, Sentences& out) {
  for (const auto& [on, row] : s.dependencies)
    out.push_back(fmt::format("it waits for '{}' to {}, which is {}", row.name, wish(on),
                              word(row.job.state)));
  if (s.row.job.unmet > s.dependencies.size())
    out.push_back(
        fmt::format("it waits for {} more jobs", s.row.job.unmet - s.dependencies.size()));
  if (s.row.job.unmet == 0 && s.plan->is_finally(s.row.job.index) && !s.run.run.in_finally)
    out.push_back(
        fmt::format("it runs when all other jobs have ended; {} have not", s.run.run.open));
  if (out.empty()) out.emplace_back("what it waited for has ended; it is about to be queued");
}

/// Why no cluster takes it now.
std::string explain_place(const Scenery& s) {
  const auto* where = core::placement_of(s.plan->spec, *s.plan->jobs.at(s.row.job.index).spec);
  if (s.clusters.empty() && !where) return "there is no cluster; add an agent, or use fairlead dev";
  auto why = core::why_not_placed({where}, control::place_view(s.clusters, s.now));
  if (!why.empty()) return why;
  return fmt::format("it is one of {} jobs that wait for their turn", s.queued);
}

void queued(const Scenery& s, Sentences& out) {
  out.push_back(
      fmt::format("attempt {} is queued {}", s.row.job.attempt, lasting(s.row.job.since, s.now)));
  if (s.run.held.empty()) out.push_back(explain_place(s));
  if (s.row.job.due)
    out.push_back(
        fmt::format("it fails with queue_timeout at {}", base::format_time(*s.row.job.due)));
}

std::string unseen_because(const Scenery& s) {
  const auto& name = s.attempt->cluster;
  const auto cluster = std::ranges::find(s.clusters, name, &store::ClusterRecord::name);
  if (cluster == s.clusters.end()) return fmt::format("there is no cluster '{}'", name);
  if (cluster->is_open(s.now)) return "its node does not answer";
  return fmt::format("the agent of cluster '{}' is silent since {}", name,
                     base::format_time(cluster->lease));
}

std::string unseen_until(const Scenery& s) {
  const auto* policy =
      core::on_unreachable_of(s.plan->spec, *s.plan->jobs.at(s.row.job.index).spec);
  if (!policy) return "it is not taken for dead until that is certain";
  return fmt::format("its onUnreachable gives it up after {}",
                     base::format_duration(policy->after));
}

void where(const Scenery& s, Sentences& out) {
  if (!s.attempt) return;
  out.push_back(fmt::format("attempt {} is {} on cluster '{}' as {}, {}", s.attempt->attempt,
                            word(s.row.job.state), s.attempt->cluster, s.attempt->name,
                            lasting(s.row.job.since, s.now)));
  if (!s.attempt->outcome.message.empty())
    out.push_back(fmt::format("its agent says: {}", s.attempt->outcome.message));
  if (!s.row.job.unreachable) return;
  out.push_back(fmt::format("nobody can see it: {}; {}", unseen_because(s), unseen_until(s)));
}

std::string_view cause(model::StopCause stop) {
  switch (stop) {
    case model::StopCause::none: return "";
    case model::StopCause::cancel: return "its run was asked to stop";
    case model::StopCause::run_timed_out: return "the timeout of its run came";
    case model::StopCause::queue_timeout: return "it was queued for too long";
    case model::StopCause::start_timeout: return "it took too long to start";
    case model::StopCause::run_timeout: return "it ran for too long";
  }
  return "";
}

void live(const Scenery& s, Sentences& out) {
  where(s, out);
  const auto& job = s.row.job;
  if (job.state == JobState::stopping) {
    out.push_back(fmt::format("it was asked to stop because {}", cause(job.stop)));
  } else if (job.due) {
    out.push_back(fmt::format("it fails with {} at {}",
                              job.state == JobState::starting ? "start_timeout" : "run_timeout",
                              base::format_time(*job.due)));
  }
}

/// How the latest attempt failed: `attempt 1 failed: exit, code 3: no such file`.
std::string failure(const Scenery& s) {
  if (!s.attempt)
    return fmt::format("it failed: {}", word(s.row.job.class_.value_or(model::Class::lost)));
  const auto& o = s.attempt->outcome;
  auto text = fmt::format("attempt {} failed", s.attempt->attempt);
  if (o.class_) text += fmt::format(": {}", word(*o.class_));
  if (o.exit_code) text += fmt::format(", exit code {}", *o.exit_code);
  if (o.signal) text += fmt::format(", signal {}", *o.signal);
  if (!o.message.empty()) text += fmt::format(": {}", o.message);
  return text;
}

void failed(const Scenery& s, Sentences& out) {
  out.push_back(failure(s));
  if (!s.row.job.handled) {
    out.emplace_back("nothing handled that, so the run fails");
    return;
  }
  for (const auto& handler : s.handlers)
    if (handler.job.state == JobState::succeeded || handler.job.handled)
      out.push_back(fmt::format("'{}' handled that", handler.name));
}

void skipped(const Scenery& s, Sentences& out) {
  for (const auto& [on, row] : s.dependencies)
    out.push_back(fmt::format("it needs '{}' to {}, which ended as {}", row.name, wish(on),
                              word(row.job.state)));
}

void canceled(const Scenery& s, Sentences& out) {
  out.push_back(s.run.run.stop == model::StopCause::none
                    ? std::string("it was canceled")
                    : fmt::format("it was canceled because {}", cause(s.run.run.stop)));
}

}  // namespace

std::string lasting(base::Time since, base::Time now) {
  const auto age = std::max(base::Micros(0), now - since);
  return fmt::format("for {}",
                     base::format_duration(std::chrono::floor<std::chrono::seconds>(age)));
}

std::vector<std::string> explain_job(const Scenery& s) {
  Sentences out;
  const auto& job = s.row.job;
  switch (job.state) {
    case JobState::waiting: waiting(s, out); break;
    case JobState::queued: queued(s, out); break;
    case JobState::starting:
    case JobState::running:
    case JobState::stopping: live(s, out); break;
    case JobState::backing_off:
      out.push_back(failure(s));
      out.push_back(fmt::format("it waits{} before attempt {}", until(job.due), job.attempt + 1));
      break;
    case JobState::succeeded:
      out.push_back(fmt::format("attempt {} succeeded", job.attempt));
      break;
    case JobState::failed: failed(s, out); break;
    case JobState::skipped: skipped(s, out); break;
    case JobState::canceled: canceled(s, out); break;
  }
  const auto why = is_final(s.run.run.state) ? std::string() : run_reason(s.run);
  if (!why.empty() && !is_final(job.state)) out.push_back(fmt::format("its run: {}", why));
  return out;
}

}  // namespace api
