#include "loop/clock.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace loop {

struct Waiter::Timer : asio::steady_timer {
  using asio::steady_timer::steady_timer;
};

Waiter::Waiter(Executor executor) : timer_(std::make_unique<Timer>(executor)) {}
Waiter::~Waiter() = default;

void Waiter::wake() { timer_->cancel(); }

Task<> Waiter::wait_quietly(base::Mono until) {
  timer_->expires_at(until == never ? Timer::time_point::max()
                                    : Timer::time_point(until.time_since_epoch()));
  // A wake, the timer's own end and cancellation all come back here; the caller looks which it was.
  co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
}

Task<> Waiter::wait_real(base::Mono until) {
  co_await wait_quietly(until);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

Task<> Waiter::wait_woken() { return wait_real(never); }

Task<> Clock::sleep_until(base::Mono until) {
  Waiter waiter(co_await asio::this_coro::executor);
  while (mono() < until) co_await wait(waiter, until);
}

Task<> Clock::sleep(base::Micros d) { return sleep_until(mono() + d); }

base::Time RealClock::now() const {
  return std::chrono::floor<base::Micros>(std::chrono::system_clock::now());
}

base::Mono RealClock::mono() const {
  return base::Mono(
      std::chrono::floor<base::Micros>(std::chrono::steady_clock::now().time_since_epoch()));
}

Task<> RealClock::wait(Waiter& waiter, base::Mono until) { return waiter.wait_real(until); }

}  // namespace loop
