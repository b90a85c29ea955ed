#include "control/loops.h"

#include <boost/asio/error.hpp>

#include <map>

#include "base/log.h"
#include "control/engine.h"
#include "control/link.h"
#include "store/clusters.h"
#include "store/jobs.h"
#include "store/runs.h"

namespace control {
namespace {

constexpr std::size_t due_batch = 200;

/// The shape of every loop: work while there is work, then wait to be woken, but not longer than a
/// period. A failure of the world is said, and the loop goes on.
template <class Once>
loop::Task<> keep_doing(Scene& scene, std::string what, loop::Bell* bell, base::Micros period,
                        Once once) {
  loop::Bell never_rings;
  if (!bell) bell = &never_rings;
  for (;;) {
    const auto heard = bell->rings();
    bool more = false;
    try {
      more = co_await once();
    } catch (const base::Failure& e) {
      base::log::error("a loop could not do its turn; it tries again",
                       {{"loop", what}, {"why", e.what()}});
    }
    if (!more) co_await bell->wait(scene.clock, heard, scene.clock.mono() + period);
  }
}

/// What is due, by run.
struct Due {
  std::map<model::RunId, std::deque<core::Fact>> facts;
  std::size_t count = 0;
};

Due read_due(store::Tx& tx) {
  Due due;
  for (const auto& key : store::due_jobs(tx, due_batch)) {
    due.facts[key.run].push_back(core::Timer{key.job});
    ++due.count;
  }
  for (const auto& id : store::due_runs(tx, due_batch)) {
    due.facts[id].push_back(core::RunTimer{});
    ++due.count;
  }
  return due;
}

}  // namespace

loop::Task<bool> dispatch_once(Scene& scene) {
  const auto waiting =
      co_await scene.store.read([&](store::Tx& tx) { return !store::queue_heads(tx, 1).empty(); });
  if (!waiting) co_return false;
  const auto placed = co_await scene.store.transact([&](store::Tx& tx) {
    Touched now;
    const auto count = dispatch(tx, scene, now);
    return std::pair(count, now);
  });
  placed.second.ring(scene);
  co_return placed.first == scene.limits.dispatch_batch;
}

loop::Task<bool> timers_once(Scene& scene) {
  const auto due = co_await scene.store.read([](store::Tx& tx) { return read_due(tx).count; });
  if (due == 0) co_return false;
  const auto touched = co_await scene.store.transact([&](store::Tx& tx) {
    Touched now;
    for (auto& [run, facts] : read_due(tx).facts) apply(tx, scene, run, facts, now);
    if (now.queue) dispatch(tx, scene, now);
    return now;
  });
  touched.ring(scene);
  co_return due >= due_batch;
}

loop::Task<bool> follow_up_once(Scene& scene) {
  struct Turn {
    bool more = false;
    Touched touched;
  };
  const bool any = co_await scene.store.read([](store::Tx& tx) { return has_continuation(tx); });
  if (!any) co_return false;
  const auto turn = co_await scene.store.transact([&](store::Tx& tx) {
    Turn now;
    now.more = apply_continuation(tx, scene, now.touched);
    if (now.touched.queue) dispatch(tx, scene, now.touched);
    return now;
  });
  turn.touched.ring(scene);
  co_return turn.more;
}

loop::Task<bool> leases_once(Scene& scene) {
  const auto expired =
      co_await scene.store.read([](store::Tx& tx) { return store::expired_clusters(tx); });
  for (const auto& cluster : expired) {
    for (bool more = true; more;) {
      const auto turn = co_await scene.store.transact([&](store::Tx& tx) {
        Touched now;
        const bool rest = mark_unreachable(tx, scene, cluster, now);
        return std::pair(rest, now);
      });
      turn.second.ring(scene);
      more = turn.first;
    }
  }
  co_return false;
}

void start(loop::Group& group, Scene& scene, Keeping keeping) {
  using namespace std::chrono_literals;
  group.spawn("dispatch", keep_doing(scene, "dispatch", &scene.queue, 1s,
                                     [&scene] { return dispatch_once(scene); }));
  group.spawn("timers",
              keep_doing(scene, "timers", nullptr, 100ms, [&scene] { return timers_once(scene); }));
  group.spawn("follow-ups", keep_doing(scene, "follow-ups", &scene.work, 1s,
                                       [&scene] { return follow_up_once(scene); }));
  group.spawn("leases",
              keep_doing(scene, "leases", nullptr, 1s, [&scene] { return leases_once(scene); }));
  group.spawn("janitor", keep_doing(scene, "janitor", nullptr, keeping.janitor_period,
                                    [&scene, keeping] { return janitor_once(scene, keeping); }));
}

}  // namespace control
