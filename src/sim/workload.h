#pragma once

#include <cstdint>

#include "base/rng.h"
#include "base/value.h"

namespace sim {

/// How big a world's pipelines are.
struct Workload {
  std::uint32_t runs = 5;
  std::uint32_t jobs_max = 12;
  bool fan_out = false;  ///< One of the runs has hundreds of jobs.
};

/// A random pipeline: jobs `j0`, `j1`, … with edges of all kinds, retries and short timeouts, and
/// `finally` jobs `fin0`, …
base::Value make_pipeline(base::Rng&, std::uint32_t jobs_max);
/// One job, then `width` that need it, then one that needs them all.
base::Value make_fan_out(base::Rng&, std::uint32_t width);

}  // namespace sim
