#pragma once

#include <array>
#include <cstdint>

namespace base {

/// A small fast generator (xoshiro256++). Seeded, so a simulation can replay it. Not for secrets.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  /// Seeded from the operating system.
  static Rng from_entropy();

  std::uint64_t next();
  /// Uniform in [0, bound); bound 0 gives 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double unit();
  /// True with this probability.
  bool chance(double probability) { return unit() < probability; }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace base
