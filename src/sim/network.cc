#include "sim/network.h"

namespace sim {

using namespace std::chrono_literals;

bool Network::is_cut(const std::string& route) const {
  const auto at = cuts_.find(route);
  return at != cuts_.end() && timeline_.now() < at->second;
}

base::Micros Network::delay() {
  return rng_.chance(weather_.slow) ? between(rng_, 10ms, 8s) : between(rng_, 200us, 20ms);
}

}  // namespace sim
