#pragma once

#include <algorithm>

#include "base/time.h"

namespace base {

/// When something may happen that is asked for at any time: at once now and then, at most `burst`
/// (1 or more) times in a row, and every interval where it does not stop. A token bucket that
/// counts in time.
class Pace {
 public:
  explicit Pace(unsigned burst) : burst_(burst) {}

  /// The moment for the next one, which is asked for now: not before it. Without an interval it is
  /// now.
  Mono next(Mono now, Micros interval) {
    due_ = std::min(due_, now + interval * burst_);
    const auto at = std::max(now, due_ - interval * (burst_ - 1));
    due_ = std::max(at, due_) + interval;
    return at;
  }

 private:
  unsigned burst_;
  Mono due_{};  ///< When so many one after the other would have been through.
};

}  // namespace base
