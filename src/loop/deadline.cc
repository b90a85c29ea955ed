#include "loop/deadline.h"

namespace loop {
namespace {

struct Race {
  explicit Race(Executor e) : waiter(std::move(e)) {}
  Waiter waiter;
  asio::cancellation_signal signal;
  bool done = false;
  std::exception_ptr error;
};

}  // namespace

Task<bool> is_cancelled() {
  co_return (co_await asio::this_coro::cancellation_state).cancelled() !=
      asio::cancellation_type::none;
}

Task<bool> within(Clock& clock, base::Mono until, Task<> work) {
  const auto executor = co_await asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor);
  asio::co_spawn(executor, std::move(work),
                 asio::bind_cancellation_slot(race->signal.slot(), [race](std::exception_ptr e) {
                   race->done = true;
                   race->error = e;
                   race->waiter.wake();
                 }));
  std::exception_ptr cancelled;
  try {
    while (!race->done && clock.mono() < until) co_await clock.wait(race->waiter, until);
  } catch (...) {
    cancelled = std::current_exception();
  }
  const bool in_time = race->done;
  if (!race->done) {
    race->signal.emit(asio::cancellation_type::terminal);
    // Even if we are cancelled ourselves, the work has to end before what it uses does.
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!race->done) co_await race->waiter.wait_quietly(never);
    co_await asio::this_coro::throw_if_cancelled(true);
  }
  if (cancelled) std::rethrow_exception(cancelled);
  if (in_time && race->error) std::rethrow_exception(race->error);
  co_return in_time || !race->error;
}

}  // namespace loop
