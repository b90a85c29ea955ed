#include "sim/clock.h"

#include <algorithm>

namespace sim {
namespace {

constexpr std::int64_t second = 1'000'000;
/// The true time at which every world begins.
constexpr base::Time dawn = base::from_micros(1'795'000'000 * second);

base::Mono drifted(base::Mono real, std::int64_t drift) {
  const auto us = real.time_since_epoch().count();
  return base::Mono(base::Micros(us + us / second * drift + us % second * drift / second));
}

}  // namespace

base::Time SimClock::now() const {
  return dawn + drifted(timeline_.now(), skew_.drift).time_since_epoch() + skew_.wall;
}

base::Mono SimClock::mono() const { return drifted(timeline_.now(), skew_.drift); }

base::Mono SimClock::real(base::Mono local) const {
  if (local == loop::never) return local;
  auto guess =
      local -
      base::Micros(local.time_since_epoch().count() / (second + skew_.drift) * skew_.drift) -
      base::Micros(10);
  while (drifted(guess, skew_.drift) < local) guess += base::Micros(1);
  return guess;
}

/// Keeps a wake-up for just as long as somebody waits for it.
struct SimClock::Alarm {
  Alarm(SimClock& c, loop::Waiter& w, base::Mono until) : clock(c), waiter(w) {
    if (until != loop::never) set(clock.real(until));
  }
  ~Alarm() { clock.timeline_.cancel(key); }
  Alarm(const Alarm&) = delete;
  void set(base::Mono moment) {
    key = clock.timeline_.at(moment, [this] {
      if (clock.timeline_.now() < clock.frozen_) return set(clock.frozen_);
      waiter.wake();
    });
  }
  SimClock& clock;
  loop::Waiter& waiter;
  Timeline::Key key{};
};

loop::Task<> SimClock::wait(loop::Waiter& waiter, base::Mono until) {
  const Alarm alarm(*this, waiter, until);
  co_await waiter.wait_woken();
}

}  // namespace sim
