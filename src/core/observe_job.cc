#include <fmt/format.h>

#include <algorithm>

#include "core/naming.h"
#include "core/observe_parts.h"

namespace core {
namespace {

using model::AttemptState;
using model::Class;
using model::Outcome;

struct Seen {
  const model::Pod* pod;
  Observation observation;
};

std::vector<Seen> look(std::span<const model::Pod> pods, const ObserveContext& context) {
  std::vector<Seen> seen;
  for (const auto& pod : pods) seen.push_back({&pod, observe(pod, context)});
  return seen;
}

const model::Condition* condition(const model::BatchJob& job, std::string_view type) {
  const auto at = std::ranges::find_if(job.conditions, [&](const model::Condition& c) {
    return c.type == type && c.status == "True";
  });
  return at == job.conditions.end() ? nullptr : &*at;
}

bool has_state(const Seen& s, AttemptState state) {
  return s.observation.outcome && s.observation.outcome->state == state;
}

Outcome succeeded(const std::vector<Seen>& seen) {
  Outcome out{.state = AttemptState::succeeded, .exit_code = 0};
  const Seen* one = nullptr;
  for (const auto& s : seen) {
    if (!has_state(s, AttemptState::succeeded)) continue;
    if (one) return out;  // of several, no one's result is the Job's
    one = &s;
  }
  if (!one) return out;
  out.outputs = one->observation.outcome->outputs;
  out.message = one->observation.outcome->message;
  return out;
}

base::Time end_of(const Seen& s) {
  base::Time end = base::Time::max();
  for (const auto& c : s.pod->containers)
    if (c.name == main_container && c.finished) end = *c.finished;
  return end;
}

/// The first Pod that failed: those after it were ended because of it.
const Seen* first_failure(const std::vector<Seen>& seen) {
  const Seen* first = nullptr;
  for (const auto& s : seen)
    if (has_state(s, AttemptState::failed) && (!first || end_of(s) < end_of(*first))) first = &s;
  return first;
}

Outcome failed(const model::Condition& why, const std::vector<Seen>& seen) {
  const auto text = reason_and(why.reason, why.message);
  if (why.reason == "DeadlineExceeded")
    return {.class_ = std::ranges::any_of(seen, [](const Seen& s) { return s.observation.running; })
                          ? Class::run_timeout
                          : Class::start_timeout,
            .message = text};
  const auto* first = first_failure(seen);
  if (!first) return {.class_ = Class::exit, .message = text};
  auto out = *first->observation.outcome;
  out.message = fmt::format("Pod {}: {}", first->pod->name, out.message);
  return out;
}

/// Why none of its Pods runs.
std::string why_waiting(const model::BatchJob& job, const std::vector<Seen>& seen,
                        const ObserveContext& context) {
  if (job.deleted) return "it is being deleted";
  if (const auto* suspended = condition(job, "Suspended"))
    return fmt::format("it is suspended{}", detail("", suspended->message));
  for (const auto& s : seen)
    if (!s.observation.waiting.empty()) return s.observation.waiting;
  const model::KubeEvent* last = nullptr;
  for (const auto& event : context.events)
    if (event.object_uid == job.uid && event.type == "Warning" &&
        (!last || event.last >= last->last))
      last = &event;
  if (last) return fmt::format("it has no Pod{}", detail(last->reason, last->message));
  return "it has no Pod yet";
}

}  // namespace

Observation observe(const model::BatchJob& job, std::span<const model::Pod> pods,
                    const ObserveContext& context) {
  Observation out;
  const auto seen = look(pods, context);
  const auto any = [&](auto holds) { return std::ranges::any_of(seen, holds); };
  out.running = job.succeeded > 0 || any([](const Seen& s) { return s.observation.running; });
  if (condition(job, "Complete")) {
    out.running = true;
    out.outcome = succeeded(seen);
  } else if (const auto* why = condition(job, "Failed")) {
    out.outcome = failed(*why, seen);
  }
  if (out.outcome) {
    cut_message(out.outcome->message);
    return out;
  }
  out.unreachable = any([](const Seen& s) { return s.observation.unreachable; });
  const bool runs =
      any([](const Seen& s) { return s.observation.running && !s.observation.outcome; });
  if (!out.running) out.waiting = why_waiting(job, seen, context);
  cut_message(out.waiting);
  for (const auto& s : seen)
    if (s.observation.blocked && !runs && !out.blocked) block(out, context, *s.observation.blocked);
  return out;
}

}  // namespace core
