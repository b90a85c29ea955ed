#pragma once

#include "base/rng.h"
#include "base/time.h"

namespace sim {

/// How likely each kind of trouble is. All zero: everything works, with small delays.
struct Weather {
  // The network between agents, clients and the server.
  double request_lost = 0, answer_lost = 0, repeated = 0, slow = 0;
  // The store.
  double store_fails = 0;
  // The API of a cluster.
  double api_fails = 0, create_unknown = 0, create_slow = 0, create_wait = 0;
  // What happens to processes and machines, a second.
  double agent_killed = 0, agent_stopped = 0, agent_frozen = 0, server_killed = 0;
  double cut_off = 0, clock_jumps = 0, vanishes = 0;
  bool vanish_early = false;  ///< Objects may vanish before the server knows of them.

  /// A world's weather: some kinds of trouble, each more or less.
  static Weather make(base::Rng&);
};

/// A length of time from `low` to `high`; short ones are likelier.
base::Micros between(base::Rng&, base::Micros low, base::Micros high);

}  // namespace sim
