#include "sim/simulation.h"

#include <fmt/format.h>

#include "sim/checks.h"
#include "sim/faults.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

/// Longer than all timeouts of a pipeline after each other.
constexpr base::Micros rest_max = 30min;

std::vector<Order> make_orders(World& w) {
  std::vector<Order> orders(w.work.runs);
  for (std::uint32_t i = 0; i < orders.size(); ++i) {
    orders[i].number = i;
    orders[i].keyed = w.rng.chance(0.6);
    orders[i].spec = w.work.fan_out && i == 0
                         ? make_fan_out(w.rng, 100 + std::uint32_t(w.rng.below(500)))
                         : make_pipeline(w.rng, w.work.jobs_max);
  }
  return orders;
}

bool all_done(const std::vector<Order>& orders) {
  return std::ranges::all_of(orders, [](const Order& o) { return o.done; });
}

/// True once it is at rest; every event until then happens here.
bool live(World& w, const std::vector<Order>& orders, base::Mono healed) {
  auto look = healed;
  std::string why;
  while (w.violations.empty() && w.timeline.now() < healed + rest_max) {
    if (w.step(look)) continue;
    look += 1s;
    why = all_done(orders) ? unrest(w) : "a client has no answer";
    if (why.empty()) return true;
  }
  if (w.violations.empty()) w.complain({}, "it does not come to rest: " + why);
  return false;
}

}  // namespace

Outcome simulate(std::uint64_t seed, bool traced) {
  World w(seed, traced);
  auto orders = make_orders(w);
  const auto healed = w.timeline.now() + between(w.rng, 5s, 90s);
  for (auto& order : orders)
    w.outside->tasks.spawn("client",
                           be_client(w, order, between(w.rng, 1ms, healed - base::Mono())));
  w.outside->tasks.spawn("trouble", bring_trouble(w, healed));
  if (live(w, orders, healed + 2s)) check_end(w, orders);
  Outcome out{.digest = w.history.digest(),
              .runs = w.history.runs().size(),
              .executions = w.ledger.all().size(),
              .took = w.timeline.now() - base::Mono()};
  for (const auto& e : w.ledger.all())
    out.digest = out.digest * 31 + std::uint64_t(e.made.time_since_epoch().count());
  for (const auto& v : w.violations) out.violations.push_back(v.run.str() + ": " + v.what);
  if (!w.violations.empty()) {
    const auto& first = w.violations.front();
    // What the sentence names, if that is no run.
    const auto at = first.what.find("run 01");
    if (first.run != model::RunId())
      out.about = first.run.str();
    else if (at != first.what.npos)
      out.about = first.what.substr(at + 4, 26);
  }
  out.events = w.trace.lines();
  w.end();
  return out;
}

}  // namespace sim
