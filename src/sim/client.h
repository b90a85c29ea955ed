#pragma once

#include <vector>

#include "sim/world.h"

namespace sim {

/// What one client asked for and what it was told. Its runs carry the label `order`.
struct Order {
  std::uint32_t number = 0;
  base::Value spec;
  bool keyed = false;              ///< With an idempotency key, so it may be asked for again.
  std::uint32_t sent = 0;          ///< How many times it was asked for.
  std::vector<model::RunId> told;  ///< The answers.
  bool cancelled = false;          ///< The server said that it will stop.
  bool done = false;               ///< Its client has nothing more to do.
};

/// Submits an order at its time, perhaps again, and perhaps cancels its run. What a client sees is
/// held against what the history said by then.
loop::Task<> be_client(World&, Order&, base::Micros wait);

}  // namespace sim
