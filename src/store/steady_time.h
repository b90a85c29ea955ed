#pragma once

#include <mutex>

#include "loop/clock.h"

namespace store {

/// The time of transactions. It is the wall clock's when it is made and keeps its pace, as a clock
/// that is set slowly does; but where the wall clock jumps it follows by 500 us a second only.
/// Leases and deadlines are moments of this time: a jump must not end what is alive. It never goes
/// back.
class SteadyTime {
 public:
  explicit SteadyTime(loop::Clock&);
  /// Any thread.
  base::Time now();

 private:
  loop::Clock& clock_;
  std::mutex mutex_;
  base::Mono mono_;
  base::Time now_;
};

}  // namespace store
