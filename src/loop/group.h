#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "loop/bell.h"

namespace loop {

/// Owns background tasks. `stop` cancels them and waits until each has ended; a group that is
/// destroyed with tasks still running is a programming mistake and aborts. Loop thread only.
class Group {
 public:
  explicit Group(Executor);
  ~Group();
  Group(const Group&) = delete;

  /// Starts a task. An exception that leaves it is logged under this name and counted, except
  /// cancellation.
  void spawn(std::string name, Task<>);
  std::size_t running() const;
  /// Asks every task to end; returns at once.
  void cancel();
  /// Waits until no task runs. When the caller is cancelled meanwhile, so are the tasks; it still
  /// waits for them, and ends as cancelled then.
  Task<> join();
  Task<> stop();

  Executor executor() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace loop
