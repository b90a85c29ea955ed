#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/observe.h"

namespace core {

/// The moment at which scenes are looked at.
inline constexpr base::Time noon_of_scenes = base::from_micros(1'000'000'000'000'000);

/// A Pod, or a Job and its Pods, for tests.
struct Scene {
  Scene() { start_pod("pod"); }
  /// A Pod that a node has taken.
  void start_pod(const std::string& name);

  model::Pod pod;
  std::vector<model::Pod> pods;
  std::optional<model::BatchJob> job;
  std::vector<model::KubeEvent> events;
  ObserveContext context{.now = noon_of_scenes};
};

/// A scene from statements with semicolons between them; what is in backticks is one word:
///   phase PHASE REASON MESSAGE         unscheduled          deleted [SECONDS_FROM_NOW]
///   main|init NAME|sidecar NAME|other NAME  waiting REASON MESSAGE | running | ended CODE REASON
///   MESSAGE
///   condition TYPE STATUS REASON MESSAGE                    event TYPE REASON MESSAGE
///   blocked SECONDS                    job [CONDITION REASON MESSAGE], then `pod NAME` for each
Scene read_scene(const std::string&);
Observation look_at(Scene&);

/// Answers each question of a script, a scene, on the line `  -> …` after it.
std::string observed(std::string_view script);

}  // namespace core
