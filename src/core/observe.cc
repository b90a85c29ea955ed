#include "core/observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstring>

#include "base/bytes.h"
#include "core/naming.h"
#include "core/observe_parts.h"
#include "core/pod_trouble.h"

namespace core {
namespace {

using model::AttemptState;
using model::Class;
using model::ContainerStatus;
using model::Outcome;
using Phase = ContainerStatus::Phase;

const ContainerStatus* find_main(const model::Pod& pod) {
  const auto at = std::ranges::find_if(
      pod.containers, [](const ContainerStatus& c) { return !c.init && c.name == main_container; });
  return at == pod.containers.end() ? nullptr : &*at;
}

/// The init container that failed, which ends a Pod that never restarts anything.
const ContainerStatus* failed_init(const model::Pod& pod) {
  const auto at = std::ranges::find_if(pod.containers, [](const ContainerStatus& c) {
    return c.init && !c.sidecar && c.phase == Phase::terminated && c.exit_code != 0;
  });
  return at == pod.containers.end() ? nullptr : &*at;
}

bool is_over(const model::Pod& pod) { return pod.phase == "Failed" || pod.phase == "Succeeded"; }

/// Signals a shell or runtime reports as code 128 + n.
std::optional<std::int32_t> signal_of(const ContainerStatus& c) {
  if (c.signal && *c.signal > 0) return c.signal;
  if (c.exit_code && *c.exit_code > 128 && *c.exit_code <= 192) return *c.exit_code - 128;
  return {};
}

std::string how_it_ended(const ContainerStatus& c) {
  const auto signal = signal_of(c);
  if (!signal) return fmt::format("exited with code {}", c.exit_code.value_or(-1));
  const char* name = ::sigabbrev_np(*signal);
  return name ? fmt::format("killed by signal {} (SIG{})", *signal, name)
              : fmt::format("killed by signal {}", *signal);
}

/// What a container's end is by itself, whoever caused it.
Class class_of_end(const ContainerStatus& c) {
  if (c.reason == "OOMKilled") return Class::oom;
  if (!never_started(c.reason)) return Class::exit;
  // runc's word for a limit too small to start in.
  return c.message.find("OOM") != std::string::npos ? Class::oom : Class::config;
}

/// The failure of a container, with the words it left or a description.
Outcome failure_of(const ContainerStatus& c, std::string_view who) {
  Outcome out{.class_ = class_of_end(c), .exit_code = c.exit_code, .signal = signal_of(c)};
  const bool oom = c.reason == "OOMKilled";
  out.message = oom ? "it used more memory than its limit" : how_it_ended(c);
  if (never_started(c.reason)) out.message = "it could not be started";
  if (!c.message.empty()) out.message = oom ? out.message + ": " + c.message : c.message;
  if (!who.empty()) out.message = fmt::format("{}: {}", who, out.message);
  return out;
}

/// Takes an object that was left as termination message for the outputs.
void take_outputs(const ContainerStatus& main, Outcome& out) {
  if (main.message.size() > message_max || main.message.find('{') == std::string::npos) return;
  boost::system::error_code error;
  auto value = boost::json::parse(main.message, error);
  if (error || !value.is_object()) return;
  out.outputs = std::move(value);
  auto silent = main;
  silent.message.clear();
  out.message = out.class_ ? failure_of(silent, "").message : "";
}

/// Why somebody ended the Pod, if anybody did: the kubelet, a controller, or who deleted it.
struct Ender {
  Class cls;
  std::string message;
  bool kubelet = false;  ///< Its word is stronger than a code 0: that was the answer to a SIGTERM.
};

std::optional<Ender> ender_of(const model::Pod& pod, const ContainerStatus* main,
                              const ObserveContext& context) {
  const bool ran = main && has_run(*main);
  if (const auto cls = ended_by_reason(pod.reason, ran))
    return Ender{*cls, reason_and(pod.reason, pod.message), true};
  if (const auto* c = disruption(pod))
    return Ender{class_of_disruption(c->reason), reason_and(c->reason, c->message)};
  if (!pod.deleted) return {};
  // What was over before is no victim.
  const auto asked = *pod.deleted - context.grace;
  if (main && main->finished && *main->finished < asked) return {};
  return Ender{Class::deleted, "its Pod was deleted"};
}

Outcome ended(const model::Pod& pod, const ContainerStatus& main, const ObserveContext& context) {
  const auto ender = ender_of(pod, &main, context);
  const bool unseen = nobody_saw(main.reason);
  if (main.exit_code == 0 && !unseen && !(ender && ender->kubelet)) {
    Outcome out{.state = AttemptState::succeeded, .exit_code = 0, .message = main.message};
    take_outputs(main, out);
    return out;
  }
  auto out = failure_of(main, "");
  take_outputs(main, out);
  if (unseen) {
    out.class_ = Class::node_lost;
    out.exit_code.reset();
    out.signal.reset();
  }
  // Too much memory and a start that failed are the job's own, whoever came then.
  if (!ender || (!ender->kubelet && out.class_ != Class::exit && !unseen)) return out;
  out.class_ = ender->cls;
  out.message = unseen ? ender->message : fmt::format("{}; {}", ender->message, out.message);
  return out;
}

/// The end of a Pod whose main container never ran, or was not seen to end.
std::optional<Outcome> ended_without_main(const model::Pod& pod, const ContainerStatus* main,
                                          const ObserveContext& context) {
  const auto* init = failed_init(pod);
  const auto ender = ender_of(pod, main, context);
  // With its node, what it was running is gone, too. Else what runs is not over.
  const bool node_gone = ender && ender->cls == Class::node_lost && is_over(pod);
  if (main && main->phase == Phase::running && !node_gone) return {};
  if (ender && (is_over(pod) || init))
    return Outcome{.class_ = ender->cls, .message = ender->message};
  if (init) return failure_of(*init, fmt::format("init container '{}'", init->name));
  if (!is_over(pod)) return {};
  return Outcome{.class_ = Class::lost,
                 .message = fmt::format("the Pod is {}, and nobody saw its main container end{}",
                                        pod.phase, detail(pod.reason, pod.message))};
}

/// Whether containers may be alive that nobody waits for.
bool has_rest(const model::Pod& pod) {
  return !is_over(pod) && std::ranges::any_of(pod.containers, [](const ContainerStatus& c) {
    return c.phase != Phase::terminated && c.name != main_container && (!c.init || c.sidecar);
  });
}

bool has_condition(const model::Pod& pod, std::string_view type) {
  return std::ranges::any_of(pod.conditions, [&](const model::Condition& c) {
    return c.type == type && c.status != "True";
  });
}

/// A node that went silent: the node controller says so by taking back `Ready`, which the kubelet
/// itself only does together with `ContainersReady`. Or a kubelet that does not carry out a
/// deletion.
bool is_unreachable(const model::Pod& pod, const ContainerStatus* main, const ObserveContext& c) {
  constexpr base::Micros late = std::chrono::minutes(1);
  if (is_over(pod) || pod.node.empty()) return false;
  if (pod.reason == "NodeLost") return true;
  if (pod.deleted && c.now > *pod.deleted + late) return true;
  const bool runs = main && main->phase == Phase::running;
  return runs && has_condition(pod, "Ready") && !has_condition(pod, "ContainersReady");
}

}  // namespace

bool has_run(const ContainerStatus& c) {
  if (c.phase == Phase::running) return true;
  return c.phase == Phase::terminated && !never_started(c.reason) &&
         (!nobody_saw(c.reason) || c.started.has_value());
}

std::string detail(std::string_view reason, std::string_view message) {
  if (reason.empty() && message.empty()) return "";
  return fmt::format(": {}", reason_and(reason, message));
}

std::string reason_and(std::string_view reason, std::string_view message) {
  if (reason.empty() || message.empty()) return std::string(reason.empty() ? message : reason);
  return fmt::format("{}: {}", reason, message);
}

void cut_message(std::string& text) {
  if (text.size() <= message_max) return;
  text.resize(message_max);
  // Not in the middle of a character: at most its first three bytes are left.
  for (int i = 0; i < 3 && !base::is_utf8(text); ++i) text.pop_back();
}

void block(Observation& out, const ObserveContext& context, Outcome outcome) {
  cut_message(outcome.message);
  out.blocked = std::move(outcome);
  out.blocked_until = context.blocked_since.value_or(context.now) + blocked_grace;
}

Observation observe(const model::Pod& pod, const ObserveContext& context) {
  Observation out;
  const auto* main = find_main(pod);
  out.running = main && has_run(*main);
  if (main && main->phase == Phase::terminated)
    out.outcome = ended(pod, *main, context);
  else
    out.outcome = ended_without_main(pod, main, context);
  if (out.outcome) {
    cut_message(out.outcome->message);
    out.stop_rest = has_rest(pod);
    return out;
  }
  out.unreachable = is_unreachable(pod, main, context);
  if (!out.running) explain_waiting(pod, context, out);
  cut_message(out.waiting);
  return out;
}

}  // namespace core
