#pragma once

#include "sim/world.h"

namespace sim {

/// Brings trouble, second by second, as the weather says, and starts again what is down.
loop::Task<> bring_trouble(World&, base::Mono until);

/// From now on everything works: wires are mended, whoever is stopped goes on or is gone, whatever
/// is down starts.
void heal(World&);

}  // namespace sim
