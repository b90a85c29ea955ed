#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/time.h"

namespace sim {

/// What came of one seed.
struct Outcome {
  std::vector<std::string> violations;  ///< In the order they were found; none: it passed.
  std::deque<std::string> events;       ///< What happened, when traced.
  std::string about;                    ///< The run that the first violation is about.
  std::uint64_t digest = 0;             ///< Of all history; the same for the same seed.
  std::size_t runs = 0, executions = 0;
  base::Micros took{0};  ///< Virtual time.
};

/// Lives one world from its seed: troubled for a while, then healed, until it is at rest or took
/// too long for that, then looks at everything.
Outcome simulate(std::uint64_t seed, bool traced = false);

}  // namespace sim
