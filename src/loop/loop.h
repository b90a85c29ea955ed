#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/time.h"
#include "loop/task.h"

namespace loop {

/// The one event-loop thread. It measures how long each handler kept it (its longest stall).
class Loop {
 public:
  Loop();
  ~Loop();

  Executor executor();
  /// Runs until nothing is left to do or `stop`.
  void run();
  /// Runs this task to its end and returns; what it throws is thrown here.
  void run_until_done(Task<>);
  /// Runs what is ready now, without waiting; the number of handlers. For simulations and tests.
  std::size_t poll();
  void stop();

  /// Calls `on_signal` in the loop at the first SIGINT or SIGTERM; a second one ends the process.
  void on_stop_signal(std::function<void()> on_signal);

  /// The longest single handler since the last call.
  base::Micros take_longest_stall();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace loop
