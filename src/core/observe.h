#pragma once

#include <optional>
#include <span>
#include <string>

#include "model/pod.h"
#include "model/run.h"

namespace core {

/// What an agent knows of an object besides the object.
struct ObserveContext {
  base::Time now;
  std::span<const model::KubeEvent> events;       ///< Those about it and its Pods, in any order.
  base::Micros grace = std::chrono::seconds(30);  ///< That its deletion gives it.
  /// When it was first observed to be `blocked`, without a break since; none: it was not.
  std::optional<base::Time> blocked_since;
};

/// What a Pod or Job says about its attempt.
struct Observation {
  bool running = false;  ///< The main container runs, or has run.
  /// How the attempt ended: its main container will never run (again).
  std::optional<model::Outcome> outcome;
  bool stop_rest = false;    ///< It ended, and other containers may still run: delete the Pod.
  bool unreachable = false;  ///< Its node does not answer: nobody knows how it is.
  std::string waiting;       ///< Why it does not run yet, a sentence; else empty.
  /// It cannot start as it is, and ends like this unless that has changed at `blocked_until`. From
  /// then on: delete it, and report this once it is gone. Not before, for the kubelet still tries.
  base::Box<model::Outcome> blocked;
  std::optional<base::Time> blocked_until;
};

/// How long what looks hopeless may still change.
inline constexpr base::Micros blocked_grace = std::chrono::seconds(10);

/// Whether a container runs or has run.
bool has_run(const model::ContainerStatus&);

/// Judges a Pod by its container `main`. A success is only ever one that was seen: `main`
/// terminated with code 0 and the kubelet did not end the Pod for a reason of its own.
Observation observe(const model::Pod&, const ObserveContext&);

/// Judges a Job by its conditions, and says why by its Pods.
Observation observe(const model::BatchJob&, std::span<const model::Pod>, const ObserveContext&);

}  // namespace core
