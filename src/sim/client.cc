#include "sim/client.h"

#include <fmt/format.h>

#include "control/submit.h"
#include "store/runs.h"

namespace sim {
namespace {

using namespace std::chrono_literals;
using base::Result;
using control::Submitted;

control::SubmitRequest request_of(const Order& order) {
  control::SubmitRequest r;
  r.project = "default";
  r.spec = order.spec;
  r.labels["order"] = std::to_string(order.number);
  if (!order.keyed) return r;
  r.idempotency_route = "runs";
  r.idempotency_key = fmt::format("key-{}", order.number);
  r.request_hash = "the same";
  return r;
}

/// One try; no value when nobody can tell whether it took effect.
loop::Task<bool> submit_once(World& w, Order& order) {
  ++order.sent;
  auto serve = [&w, request = request_of(order)](Server& s) mutable {
    request.id = model::RunId::make(s.process.clock.now(), w.rng);
    return control::submit(*s.scene, std::move(request));
  };
  try {
    const auto answer = co_await w.network.call<Result<Submitted>>(*w.outside, "client", 30s, false,
                                                                   std::move(serve));
    if (!answer) {
      w.complain({}, fmt::format("order {} was refused: {}", order.number, answer.error().message));
      co_return true;
    }
    for (const auto& before : order.told)
      if (before != answer->id)
        w.complain(answer->id, fmt::format("order {} became another run", order.number));
    order.told.push_back(answer->id);
    if (!w.history.runs().contains(answer->id))
      w.complain(answer->id, "accepted, and the history does not know it");
    co_return true;
  } catch (const base::Failure&) {
    co_return false;
  }
}

loop::Task<> submit_until_told(World& w, Order& order) {
  for (int tries = 0; !co_await submit_once(w, order) && order.keyed; ++tries) {
    if (tries > 200) w.complain({}, fmt::format("order {} is never answered", order.number));
    co_await w.outside->clock.sleep(between(w.rng, 10ms, 2s));
  }
}

loop::Task<> cancel(World& w, Order& order) {
  const auto id = order.told.front();
  for (;;) {
    try {
      const auto answer = co_await w.network.call<Result<bool>>(
          *w.outside, "client", 30s, false,
          [id](Server& s) { return control::cancel(*s.scene, "default", id); });
      if (!answer) {
        w.complain(id, "an accepted run is not found: " + answer.error().message);
        co_return;
      }
      order.cancelled = order.cancelled || *answer;
      if (w.history.runs().at(id).state < model::RunState::stopping)
        w.complain(id, "a cancel was acknowledged, and the run goes on");
      co_return;
    } catch (const base::Failure&) {
      // Not told: ask again, which changes nothing if it was done.
    }
    co_await w.outside->clock.sleep(500ms);
  }
}

}  // namespace

loop::Task<> be_client(World& w, Order& order, base::Micros wait) {
  co_await w.outside->clock.sleep(wait);
  co_await submit_until_told(w, order);
  if (order.keyed && w.rng.chance(0.3)) {
    co_await w.outside->clock.sleep(between(w.rng, 1ms, 20s));
    co_await submit_until_told(w, order);
  }
  if (!order.told.empty() && w.rng.chance(0.35)) {
    co_await w.outside->clock.sleep(between(w.rng, 1ms, 15s));
    co_await cancel(w, order);
  }
  order.done = true;
}

}  // namespace sim
