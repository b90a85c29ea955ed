#pragma once

#include "loop/clock.h"
#include "sim/timeline.h"

namespace sim {

/// How the clocks of one machine differ from true time.
struct Skew {
  base::Micros wall{0};    ///< How far its wall clock is ahead.
  std::int64_t drift = 0;  ///< Microseconds a second that its monotonic clock gains.
};

/// The clocks of one process on the shared timeline. Its wall clock can be set, both can stand
/// still for it (a stopped process), its monotonic clock only drifts.
class SimClock final : public loop::Clock {
 public:
  SimClock(Timeline& timeline, Skew skew) : timeline_(timeline), skew_(skew) {}

  base::Time now() const override;
  base::Mono mono() const override;
  loop::Task<> wait(loop::Waiter&, base::Mono until) override;

  /// Somebody sets the wall clock.
  void jump(base::Micros by) { skew_.wall += by; }
  /// The process is not run until this true moment; what it waits for comes then.
  void freeze(base::Mono until) { frozen_ = until; }
  base::Mono frozen() const { return frozen_; }
  /// The true moment at which `mono` shows this.
  base::Mono real(base::Mono local) const;

 private:
  struct Alarm;
  Timeline& timeline_;
  Skew skew_;
  base::Mono frozen_{};
};

}  // namespace sim
