#pragma once

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "base/time.h"

namespace base {

/// Exponential backoff: initial · factor^n, at most max, spread by ± jitter (0 to 1).
struct Backoff {
  Micros initial = 1s;
  Micros max = 1min;
  double factor = 2;
  double jitter = 0.2;

  /// The wait before try `n` (0 is the first wait); `u` is uniform in [0, 1).
  Micros wait(unsigned n, double u) const {
    const double raw = double(initial.count()) * std::pow(factor, double(std::min(n, 64u)));
    const double capped = std::min(raw, double(max.count()));
    return Micros(std::int64_t(std::max(0.0, capped * (1 + jitter * (2 * u - 1)))));
  }
};

}  // namespace base
