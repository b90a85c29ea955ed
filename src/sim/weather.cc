#include "sim/weather.h"

namespace sim {

base::Micros between(base::Rng& rng, base::Micros low, base::Micros high) {
  const auto u = rng.unit();
  return low + base::Micros(std::int64_t(double((high - low).count()) * u * u));
}

Weather Weather::make(base::Rng& rng) {
  const auto some = [&](double most) { return rng.chance(0.5) ? rng.unit() * most : 0; };
  Weather w;
  w.request_lost = some(0.1);
  w.answer_lost = some(0.1);
  w.repeated = some(0.2);
  w.slow = some(0.2);
  w.store_fails = some(0.05);
  w.api_fails = some(0.2);
  w.create_unknown = some(0.4);
  w.create_slow = some(0.4);
  w.create_wait = some(0.2);
  w.agent_killed = some(0.1);
  w.agent_stopped = some(0.05);
  w.agent_frozen = some(0.1);
  w.server_killed = some(0.1);
  w.cut_off = some(0.1);
  w.clock_jumps = some(0.05);
  w.vanishes = some(0.3);
  // Only a session that lives on can know of an object that nobody reported.
  w.vanish_early = rng.chance(0.15);
  if (w.vanish_early)
    w.agent_killed = w.agent_stopped = w.agent_frozen = w.server_killed = w.cut_off =
        w.clock_jumps = w.slow = w.answer_lost = w.request_lost = w.repeated = w.store_fails = 0;
  return w;
}

}  // namespace sim
