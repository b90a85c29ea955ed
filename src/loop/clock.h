#pragma once

#include <memory>

#include "base/time.h"
#include "loop/task.h"

namespace loop {

/// One coroutine's place to wait: woken by `wake`, by its moment, or by cancellation of the
/// coroutine.
class Waiter {
 public:
  explicit Waiter(Executor);
  ~Waiter();
  /// Ends the wait under way; nothing when there is none.
  void wake();

  /// Waits for `wake` alone, or until this real moment. Ends with an exception if cancelled.
  Task<> wait_real(base::Mono until);
  Task<> wait_woken();
  /// Waits for `wake` or for cancellation, and throws for neither. For those who have to wait all
  /// the same.
  Task<> wait_quietly(base::Mono until);

 private:
  struct Timer;
  std::unique_ptr<Timer> timer_;
};

/// Where all time comes from. Real in production, virtual in simulation.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual base::Time now() const = 0;
  virtual base::Mono mono() const = 0;
  /// Waits until woken or until this moment of `mono()`, whichever is first.
  virtual Task<> wait(Waiter&, base::Mono until) = 0;

  Task<> sleep_until(base::Mono until);
  Task<> sleep(base::Micros d);
};

/// The clock of this machine.
class RealClock final : public Clock {
 public:
  base::Time now() const override;
  base::Mono mono() const override;
  Task<> wait(Waiter&, base::Mono until) override;
};

/// Waits for ever unless woken.
inline constexpr base::Mono never = base::Mono::max();

}  // namespace loop
