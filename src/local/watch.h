#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "loop/task.h"

namespace local {

/// Tells when a supervisor started or ended a job, by inotify(7). It only makes news quick: where
/// the machine has no watch left it is silent, and the executor's own look every half second finds
/// them. Loop thread only.
class Watch {
 public:
  /// Watches the folder of all attempts for new ones.
  Watch(loop::Executor, std::filesystem::path root, std::function<void()> on_news);
  ~Watch();

  /// Watches the folder of this attempt, if it does not yet.
  void add(const std::string& name);
  void remove(const std::string& name);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace local
