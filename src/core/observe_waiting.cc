#include <fmt/format.h>

#include <algorithm>

#include "core/naming.h"
#include "core/observe_parts.h"
#include "core/pod_trouble.h"

namespace core {
namespace {

using model::ContainerStatus;
using model::KubeEvent;
using Phase = ContainerStatus::Phase;

/// Events that say how far the start of a Pod is. A later one outdates those before.
bool tells_progress(const KubeEvent& event) {
  constexpr std::string_view normal[] = {"Scheduled",
                                         "Pulling",
                                         "Pulled",
                                         "Created",
                                         "Started",
                                         "AddedInterface",
                                         "SuccessfulAttachVolume"};
  return event.type == "Warning" || std::ranges::find(normal, event.reason) != std::end(normal);
}

/// The latest event about this object that says how far it is; null without one.
const KubeEvent* latest(std::string_view uid, const ObserveContext& context) {
  const KubeEvent* found = nullptr;
  for (const auto& event : context.events) {
    if (event.object_uid != uid || !tells_progress(event)) continue;
    if (!found || event.last >= found->last) found = &event;
  }
  return found;
}

/// What was said about failures of this Pod, beyond the mere reason; the latest last.
std::vector<std::string_view> failures(const model::Pod& pod, const ObserveContext& context) {
  std::vector<const KubeEvent*> events;
  for (const auto& event : context.events)
    if (event.object_uid == pod.uid && event.reason == "Failed" &&
        !event.message.starts_with("Error: "))
      events.push_back(&event);
  std::ranges::stable_sort(events, {}, [](const KubeEvent* event) { return event->last; });
  std::vector<std::string_view> said;
  for (const auto* event : events) said.emplace_back(event->message);
  return said;
}

const model::Condition* unscheduled(const model::Pod& pod) {
  const auto at = std::ranges::find_if(pod.conditions, [](const model::Condition& c) {
    return c.type == "PodScheduled" && c.status != "True";
  });
  return at == pod.conditions.end() ? nullptr : &*at;
}

std::string before_a_node(const model::Pod& pod) {
  const auto* c = unscheduled(pod);
  if (!c) return "it waits for the scheduler";
  if (c->reason == "Unschedulable") return fmt::format("unschedulable{}", detail("", c->message));
  return fmt::format("not scheduled{}", detail(c->reason, c->message));
}

/// Whether main cannot start before this container does, or has ended.
bool comes_first(const ContainerStatus& c) { return c.init || c.name == main_container; }

/// Why a container waits that is not just being made.
bool has_trouble(const ContainerStatus& c) {
  return c.phase == Phase::waiting && !c.reason.empty() && c.reason != "ContainerCreating" &&
         c.reason != "PodInitializing";
}

std::string who(const ContainerStatus& c) {
  if (c.name == main_container) return "";
  return fmt::format("{} '{}': ", c.sidecar ? "sidecar" : "init container", c.name);
}

/// An init container that is at work.
const ContainerStatus* running_init(const model::Pod& pod) {
  const auto at = std::ranges::find_if(pod.containers, [](const ContainerStatus& c) {
    return c.init && !c.sidecar && c.phase == Phase::running;
  });
  return at == pod.containers.end() ? nullptr : &*at;
}

std::string being_made(const model::Pod& pod, const ObserveContext& context) {
  const auto* event = latest(pod.uid, context);
  if (event && event->reason == "Pulling") return event->message;
  if (event && event->type == "Warning")
    return fmt::format("its containers are being made{}", detail(event->reason, event->message));
  if (const auto* init = running_init(pod))
    return fmt::format("init container '{}' runs", init->name);
  return "its containers are being made";
}

}  // namespace

void explain_waiting(const model::Pod& pod, const ObserveContext& context, Observation& out) {
  if (pod.deleted) {
    out.waiting = "it is being deleted";
    return;
  }
  if (pod.node.empty()) {
    out.waiting = before_a_node(pod);
    return;
  }
  const auto stuck = std::ranges::find_if(
      pod.containers, [](const ContainerStatus& c) { return comes_first(c) && has_trouble(c); });
  if (stuck == pod.containers.end()) {
    out.waiting = being_made(pod, context);
    return;
  }
  out.waiting = who(*stuck) + reason_and(stuck->reason, stuck->message);
  const auto said = failures(pod, context);
  // An older kubelet's back-off says nothing of what led to it.
  const bool bare = stuck->reason == "ImagePullBackOff" &&
                    stuck->message.find("ErrImagePull") == std::string::npos;
  if (bare && !said.empty()) out.waiting += fmt::format("; {}", said.back());
  if (const auto cls = hopeless(stuck->reason, stuck->message, said))
    block(out, context, {.class_ = cls, .message = out.waiting});
}

}  // namespace core
