#include "http/work.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

namespace http {

namespace asio = boost::asio;

loop::Task<> Work::run(std::shared_ptr<State> state, loop::Task<> task) {
  try {
    co_await std::move(task);
  } catch (...) {
    state->error = std::current_exception();
  }
  state->done = true;
  if (state->waiter) state->waiter->wake();
  if (state->on_done) state->on_done();
}

void Work::start(loop::Task<> task) {
  state_ = std::make_shared<State>();
  // The end is told by `run` itself: asio tells it one turn of the loop later, which a handler that
  // never waits would pay for.
  asio::co_spawn(
      executor_, run(state_, std::move(task)),
      asio::bind_cancellation_slot(state_->signal.slot(), [state = state_](std::exception_ptr) {}));
}

void Work::cancel() {
  if (!done()) state_->signal.emit(asio::cancellation_type::terminal);
}

loop::Task<> Work::wait() {
  const auto state = state_;
  if (!state->done) {
    loop::Waiter waiter(executor_);
    state->waiter = &waiter;
    std::exception_ptr cancelled;
    try {
      while (!state->done) co_await waiter.wait_woken();
    } catch (...) {
      cancelled = std::current_exception();
    }
    if (!state->done) {
      cancel();
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      while (!state->done) co_await waiter.wait_woken();
    }
    state->waiter = nullptr;
    if (cancelled) std::rethrow_exception(cancelled);
  }
}

std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace http
