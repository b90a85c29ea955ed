#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/pod.h"
#include "model/run.h"

/// The words in which Kubernetes says what is wrong, and what each means to us. Reasons are those
/// of kubelet, scheduler and controllers of Kubernetes 1.34; messages are those of containerd,
/// CRI-O and cri-dockerd. Only for core/observe*.cc.
namespace core {

/// Why the kubelet or a controller ended a Pod, from its `reason`; nothing when it says none.
/// `ran`: its main container had started.
std::optional<model::Class> ended_by_reason(std::string_view reason, bool ran);

/// The condition by which Kubernetes says that it is about to end a Pod, or has; null without.
const model::Condition* disruption(const model::Pod&);
/// The class of such an end, from the condition's reason.
model::Class class_of_disruption(std::string_view reason);

/// Whether a container that waits for this reason cannot start as it is: `image` or `config`;
/// nothing when it may start by itself, such as when a registry does not answer. `known`: what else
/// was said about it.
std::optional<model::Class> hopeless(std::string_view reason, std::string_view message,
                                     std::span<const std::string_view> known);

/// Whether a container that ended for this reason never ran.
bool never_started(std::string_view reason);
/// Whether a container that ended for this reason was only found to be gone.
bool nobody_saw(std::string_view reason);

}  // namespace core
