#include "sim/clock.h"

#include <gtest/gtest.h>

#include "loop/group.h"
#include "loop/loop.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

struct Bench {
  loop::Loop loop;
  Timeline timeline;
  SimClock clock{timeline, {.wall = 5s, .drift = 50}};
  loop::Group tasks{loop.executor()};

  void run_until(base::Mono until) {
    do {
      while (loop.poll() > 0) {
      }
    } while (timeline.step(until));
  }
};

TEST(Timeline, LetsThingsOfOneMomentHappenInTheOrderTheyWereAskedFor) {
  Timeline timeline;
  std::string order;
  timeline.after(2s, [&] { order += 'c'; });
  timeline.after(1s, [&] { order += 'a'; });
  const auto never = timeline.after(1s, [&] { order += 'x'; });
  timeline.after(1s, [&] { order += 'b'; });
  timeline.cancel(never);
  while (timeline.step(base::Mono(10s))) {
  }
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(timeline.now(), base::Mono(10s));
}

TEST(SimClock, WakesASleeperAtItsMomentAndNotBefore) {
  Bench b;
  std::optional<base::Mono> woke;
  b.tasks.spawn("sleeper", [](Bench& bench, std::optional<base::Mono>& at) -> loop::Task<> {
    co_await bench.clock.sleep(1h);
    at = bench.clock.mono();
  }(b, woke));
  b.run_until(base::Mono(59min));
  EXPECT_FALSE(woke);
  b.run_until(base::Mono(61min));
  ASSERT_TRUE(woke);
  EXPECT_GE(*woke, base::Mono(1h));
  EXPECT_LT(*woke, base::Mono(1h + 1ms));
}

TEST(SimClock, LetsAStoppedProcessSleepUntilItGoesOn) {
  Bench b;
  bool woke = false;
  b.tasks.spawn("sleeper", [](Bench& bench, bool& done) -> loop::Task<> {
    co_await bench.clock.sleep(1s);
    done = true;
  }(b, woke));
  b.clock.freeze(base::Mono(1min));
  b.run_until(base::Mono(59s));
  EXPECT_FALSE(woke);
  b.run_until(base::Mono(61s));
  EXPECT_TRUE(woke);
}

TEST(SimClock, JumpsOnTheWallAndOnlyDriftsOtherwise) {
  Bench b;
  const auto wall = b.clock.now();
  b.clock.jump(-5min);
  EXPECT_EQ(wall - b.clock.now(), 5min);
  b.run_until(base::Mono(100s));
  EXPECT_EQ(b.clock.mono(), base::Mono(100s + 5ms));
  EXPECT_GE(b.clock.real(base::Mono(200s)), base::Mono(200s - 11ms));
  EXPECT_LE(b.clock.real(base::Mono(200s)), base::Mono(200s - 9ms));
}

}  // namespace
}  // namespace sim
