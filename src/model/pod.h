#pragma once

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

/// What we keep of the objects of a cluster: projections with what decides, not whole objects.
/// Field meanings: Kubernetes API reference, Pod v1, Job batch/v1, Event v1.
namespace model {

/// Labels or annotations that begin with our prefix, by what follows it. Flat and short, for there
/// are many thousands of them.
using Marks = boost::container::flat_map<std::string, std::string, std::less<>>;

/// The state of one container, from `status.containerStatuses` or `initContainerStatuses`.
struct ContainerStatus {
  std::string name;
  bool init = false;
  bool sidecar = false;  ///< An init container with `restartPolicy: Always`.
  enum class Phase { waiting, running, terminated } phase = Phase::waiting;
  std::string reason;   ///< Of waiting or terminated: `ImagePullBackOff`, `OOMKilled`.
  std::string message;  ///< Of waiting, or what a terminated one left as its termination message.
  std::optional<std::int32_t> exit_code;
  std::optional<std::int32_t> signal;
  std::int32_t restarts = 0;
  std::optional<base::Time> started;
  std::optional<base::Time> finished;
  friend bool operator==(const ContainerStatus&, const ContainerStatus&) = default;
};

/// A condition that speaks against a Pod: one whose status is not what it should be, or
/// `DisruptionTarget`.
struct Condition {
  std::string type;
  std::string status;  ///< `True`, `False` or `Unknown`
  std::string reason;
  std::string message;
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// A Pod as we observe it.
struct Pod {
  std::string name;
  std::string uid;
  Marks labels;
  Marks annotations;
  std::string owner_uid;  ///< Of the controller that owns it; often none.
  std::string phase;      ///< `Pending`, `Running`, `Succeeded`, …
  std::string reason;     ///< `Evicted`, `NodeLost`, `Preempting`, …
  std::string message;
  std::string node;
  std::optional<base::Time> created;
  /// By when it has to be gone since somebody deleted it: the moment of that and its grace.
  std::optional<base::Time> deleted;
  bool finalized_by_us = false;  ///< It carries our finalizer.
  std::vector<Condition> conditions;
  std::vector<ContainerStatus> containers;  ///< Init containers first, in the order of the spec.
  friend bool operator==(const Pod&, const Pod&) = default;
};

/// A batch/v1 Job as we observe it.
struct BatchJob {
  std::string name;
  std::string uid;
  Marks labels;
  Marks annotations;
  std::optional<std::int32_t> completions;  ///< Of its spec; without it any success ends it.
  std::int32_t parallelism = 1;             ///< Of its spec.
  std::int32_t active = 0;
  std::int32_t ready = 0;
  std::int32_t succeeded = 0;
  std::int32_t failed = 0;
  std::optional<base::Time> started;
  std::optional<base::Time> deleted;  ///< As of a Pod.
  std::vector<Condition> conditions;  ///< `Complete`, `Failed`, `Suspended`, with their reasons.
  friend bool operator==(const BatchJob&, const BatchJob&) = default;
};

/// A Kubernetes Event about a Pod or Job of ours.
struct KubeEvent {
  std::string object_uid;
  std::string object_name;
  std::string type;    ///< `Normal` or `Warning`
  std::string reason;  ///< `FailedScheduling`, `FailedMount`, `Failed`, …
  std::string message;
  std::int32_t count = 1;
  std::optional<base::Time> last;
  friend bool operator==(const KubeEvent&, const KubeEvent&) = default;
};

}  // namespace model
