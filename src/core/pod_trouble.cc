#include "core/pod_trouble.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace core {
namespace {

using model::Class;

struct Reason {
  std::string_view name;
  Class cls;
};

/// pkg/kubelet/{eviction,preemption,nodeshutdown,lifecycle}, pkg/kubelet/active_deadline.go. A node
/// that does not take a Pod is the cluster's fault, and another one may; what no node takes is the
/// job's.
constexpr Reason pod_reasons[] = {
    {"Evicted", Class::evicted},
    {"Terminated", Class::evicted},
    {"Shutdown", Class::evicted},
    {"NodeShutdown", Class::evicted},
    {"NodeLost", Class::node_lost},
    {"Preempting", Class::preempted},
    {"DeadlineExceeded", Class::run_timeout},
    {"NodeAffinity", Class::evicted},
    {"NodeName", Class::evicted},
    {"NodePorts", Class::evicted},
    {"NodeUnschedulable", Class::evicted},
    {"TaintToleration", Class::evicted},
    {"UnexpectedAdmissionError", Class::evicted},
    {"UnexpectedPredicateFailureType", Class::evicted},
    {"UnknownReason", Class::evicted},
    {"InvalidNodeInfo", Class::evicted},
    {"TopologyAffinityError", Class::evicted},
    {"SMTAlignmentError", Class::evicted},
    {"AppArmor", Class::config},
    {"SysctlForbidden", Class::config},
    {"PodOSNotSupported", Class::config},
    {"PodOSSelectorNodeLabelDoesNotMatch", Class::config},
    {"InitContainerRestartPolicyForbidden", Class::config},
    {"SupplementalGroupsPolicyNotSupported", Class::config},
    {"PodLevelResourcesNotSupported", Class::config},
};

/// k8s.io/api core/v1 PodReason…, and the reasons that the controllers write.
constexpr Reason disruptions[] = {
    {"PreemptionByScheduler", Class::preempted}, {"DeletionByTaintManager", Class::evicted},
    {"EvictionByEvictionAPI", Class::evicted},   {"TerminationByKubelet", Class::evicted},
    {"DeletionByPodGC", Class::node_lost},
};

// pkg/kubelet/images/types.go and cri-api/pkg/errors.
constexpr std::string_view image_lost[] = {"InvalidImageName", "ErrImageNeverPull",
                                           "SignatureValidationFailed"};
constexpr std::string_view image_unclear[] = {"ErrImagePull", "ImagePullBackOff",
                                              "RegistryUnavailable", "ImageInspectError"};
// pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/container/sync_result.go.
constexpr std::string_view config_unclear[] = {"CreateContainerConfigError", "CreateContainerError",
                                               "RunContainerError", "PreCreateHookError",
                                               "PreStartHookError"};

/// A registry or a runtime that is not well: time may mend it. These win over those below, because
/// a sick registry says all sorts of things.
constexpr std::string_view passing[] = {
    "429",
    "500",
    "502",
    "503",
    "504",
    "too many requests",
    "toomanyrequests",
    "internal server error",
    "bad gateway",
    "service unavailable",
    "gateway timeout",
    "gateway time-out",
    "timeout",
    "timed out",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "broken pipe",
    "no route to host",
    "network is unreachable",
    "no such host",
    "temporary failure",
    "server misbehaving",
    "unexpected eof",
    "eof",
    "tls handshake",
    "code = unavailable",
    "code = canceled",
    "context canceled",
    "no space left",
    "failed to sync",
    "not yet been read",
    "failed to reserve container name",
    "is reserved for",
};

/// A registry's word that waiting mends nothing.
constexpr std::string_view final_word[] = {
    "not found",
    "404",
    "manifest unknown",
    "manifest_unknown",
    "name unknown",
    "name_unknown",
    "does not exist",
    "denied",
    "unauthorized",
    "401",
    "403",
    "forbidden",
    "insufficient_scope",
    "authorization failed",
    "authentication required",
    "invalid reference format",
    "no match for platform",
    "no matching manifest",
    "unsupported media type",
    "code = notfound",
    "code = permissiondenied",
    "code = unauthenticated",
    "code = invalidargument",
};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&list)[N]) {
  return std::ranges::find(list, word) != std::end(list);
}

template <std::size_t N>
std::optional<Class> find(std::string_view name, const Reason (&list)[N]) {
  const auto at = std::ranges::find(list, name, &Reason::name);
  if (at == std::end(list)) return {};
  return at->cls;
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// A message in lower case without what users choose: quoted names and URLs. An image may be called
/// `not-found`, or have the tag 503.
std::string plain(std::string_view message) {
  std::string out;
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (const auto end = message.find('"', i + 1); message[i] == '"' && end != message.npos) {
      i = end;
      continue;
    }
    if (message.substr(i).starts_with("://")) {
      while (!out.empty() && is_letter(out.back())) out.pop_back();
      i = std::min(message.find_first_of(" \n", i), message.size());
    }
    if (i < message.size()) out += char(std::tolower(static_cast<unsigned char>(message[i])));
  }
  return out;
}

/// Whether a marker stands there as words of its own.
bool says(std::string_view text, std::string_view marker) {
  for (auto at = text.find(marker); at != text.npos; at = text.find(marker, at + 1)) {
    const auto end = at + marker.size();
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    if (begins && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

template <std::size_t N>
bool says_any(std::span<const std::string> texts, const std::string_view (&markers)[N]) {
  return std::ranges::any_of(texts, [&](const std::string& text) {
    return std::ranges::any_of(markers, [&](auto marker) { return says(text, marker); });
  });
}

}  // namespace

std::optional<Class> ended_by_reason(std::string_view reason, bool ran) {
  // `OutOfcpu`, `OutOfmemory`, `OutOfpods`, `OutOfnvidia.com/gpu`
  if (reason.starts_with("OutOf")) return Class::evicted;
  const auto cls = find(reason, pod_reasons);
  return cls == Class::run_timeout && !ran ? Class::start_timeout : cls;
}

const model::Condition* disruption(const model::Pod& pod) {
  const auto at = std::ranges::find_if(pod.conditions, [](const model::Condition& c) {
    return c.type == "DisruptionTarget" && c.status == "True";
  });
  return at == pod.conditions.end() ? nullptr : &*at;
}

Class class_of_disruption(std::string_view reason) {
  return find(reason, disruptions).value_or(Class::evicted);
}

std::optional<Class> hopeless(std::string_view reason, std::string_view message,
                              std::span<const std::string_view> known) {
  if (is_one_of(reason, image_lost)) return Class::image;
  const bool image = is_one_of(reason, image_unclear);
  if (!image && !is_one_of(reason, config_unclear)) return {};
  std::vector<std::string> texts{plain(message)};
  if (says_any(texts, passing)) return {};
  if (!image) return Class::config;
  // A back-off alone says nothing; what was said before it does.
  if (!says_any(texts, final_word)) {
    texts.clear();
    for (const auto each : known) texts.push_back(plain(each));
    if (says_any(texts, passing) || !says_any(texts, final_word)) return {};
  }
  return Class::image;
}

bool never_started(std::string_view reason) {
  return reason == "StartError" || reason == "ContainerCannotRun";
}

bool nobody_saw(std::string_view reason) {
  // The kubelet's word, and containerd's after a restart of the machine.
  return reason == "ContainerStatusUnknown" || reason == "Unknown";
}

}  // namespace core
