#pragma once

#include <cstdint>
#include <list>

#include "loop/clock.h"

namespace loop {

/// Wakes whoever waits, and carries nothing. Loop thread only.
///
///     auto heard = bell.rings();          // before reading the truth
///     ... read the truth, work ...
///     co_await bell.wait(clock, heard, deadline);   // returns at once if it rang meanwhile
class Bell {
 public:
  void ring();
  std::uint64_t rings() const { return rings_; }
  /// Waits until it has rung since `heard`, or until this moment; true if it rang.
  Task<bool> wait(Clock&, std::uint64_t heard, base::Mono until);

 private:
  std::uint64_t rings_ = 0;
  std::list<Waiter*> waiting_;
};

}  // namespace loop
