#pragma once

#include <string>
#include <vector>

#include "sim/client.h"

namespace sim {

/// What keeps the world from being at rest, in words; empty when it is.
std::string unrest(World&);

/// Looks at everything once a world is at rest, and complains.
void check_end(World&, const std::vector<Order>&);

}  // namespace sim
