#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "loop/clock.h"
#include "loop/task.h"

namespace http {

/// One task that runs beside its owner, who can cancel it and must wait for its end. Internal to
/// this room.
class Work {
 public:
  explicit Work(loop::Executor executor) : executor_(std::move(executor)) {}
  Work(const Work&) = delete;

  /// Runs the task up to its first real wait. Only after the one before has ended.
  void start(loop::Task<>);
  bool done() const { return !state_ || state_->done; }
  void cancel();
  /// Calls this when the task ends; not if it has ended.
  void on_done(std::function<void()> call) { state_->on_done = std::move(call); }
  /// Waits for the end. Cancelled meanwhile, it cancels the task, still waits for its end, and only
  /// then throws operation_aborted.
  loop::Task<> wait();
  /// What the task threw, or nothing.
  std::exception_ptr error() const { return state_->error; }

 private:
  struct State {
    boost::asio::cancellation_signal signal;
    loop::Waiter* waiter = nullptr;
    bool done = false;
    std::exception_ptr error;
    std::function<void()> on_done;
  };
  static loop::Task<> run(std::shared_ptr<State>, loop::Task<>);

  loop::Executor executor_;
  std::shared_ptr<State> state_;
};

/// The text of an exception, for the log. Internal to this room.
std::string what_of(const std::exception_ptr&);

}  // namespace http
