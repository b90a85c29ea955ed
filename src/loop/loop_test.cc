#include "loop/loop.h"

#include <gtest/gtest.h>

#include "loop/bell.h"
#include "loop/deadline.h"
#include "loop/group.h"
#include "loop/offload.h"

namespace loop {
namespace {

using namespace std::chrono_literals;

Task<> nap(Clock& clock, base::Micros d, int* ended) {
  co_await clock.sleep(d);
  ++*ended;
}

Task<int> answer(Clock& clock, base::Micros d) {
  co_await clock.sleep(d);
  co_return 42;
}

TEST(Bell, ARingBetweenReadingAndWaitingIsNotLost) {
  Loop loop;
  RealClock clock;
  Bell bell;
  bool rang = false;
  loop.run_until_done([](Clock& c, Bell& b, bool* out) -> Task<> {
    const auto heard = b.rings();
    b.ring();
    *out = co_await b.wait(c, heard, never);
  }(clock, bell, &rang));
  EXPECT_TRUE(rang);
}

TEST(Bell, WaitsNoLongerThanItsDeadline) {
  Loop loop;
  RealClock clock;
  Bell bell;
  bool rang = true;
  loop.run_until_done([](Clock& c, Bell& b, bool* out) -> Task<> {
    *out = co_await b.wait(c, b.rings(), c.mono() + 1ms);
  }(clock, bell, &rang));
  EXPECT_FALSE(rang);
}

TEST(Group, StopCancelsItsTasksAndWaitsForThem) {
  Loop loop;
  RealClock clock;
  Group group(loop.executor());
  int ended = 0;
  group.spawn("nap", nap(clock, 1h, &ended));
  group.spawn("short", nap(clock, 0ms, &ended));
  loop.run_until_done([](Clock& c, Group& g) -> Task<> {
    co_await c.sleep(1ms);
    co_await g.stop();
  }(clock, group));
  EXPECT_EQ(group.running(), 0u);
  EXPECT_EQ(ended, 1);
}

TEST(Group, AJoinThatIsCancelledCancelsTheTasksAndWaitsForThem) {
  Loop loop;
  RealClock clock;
  Group inner(loop.executor()), outer(loop.executor());
  int ended = 0;
  inner.spawn("nap", nap(clock, 1h, &ended));
  outer.spawn("join", inner.join());
  loop.run_until_done([](Clock& c, Group& g) -> Task<> {
    co_await c.sleep(1ms);
    co_await g.stop();
  }(clock, outer));
  EXPECT_EQ(inner.running(), 0u);
  EXPECT_EQ(ended, 0);
}

TEST(Deadline, LeavesTheCallerCancellable) {
  Loop loop;
  RealClock clock;
  Group group(loop.executor());
  int ended = 0;
  const auto twice = [](Clock& c, int* e) -> Task<> {
    co_await within(c, c.mono() + 1ms, answer(c, 1h));
    co_await nap(c, 1h, e);
  };
  group.spawn("twice", twice(clock, &ended));
  loop.run_until_done([](Clock& c, Group& g) -> Task<> {
    co_await c.sleep(5ms);
    co_await g.stop();
  }(clock, group));
  EXPECT_EQ(ended, 0);
}

TEST(Deadline, GivesTheValueOfWorkThatEndsInTime) {
  Loop loop;
  RealClock clock;
  std::optional<int> got;
  loop.run_until_done([](Clock& c, std::optional<int>* out) -> Task<> {
    *out = co_await within(c, c.mono() + 10s, answer(c, 1ms));
  }(clock, &got));
  EXPECT_EQ(got, 42);
}

TEST(Deadline, CancelsWorkThatTakesTooLong) {
  Loop loop;
  RealClock clock;
  std::optional<int> got = 1;
  loop.run_until_done([](Clock& c, std::optional<int>* out) -> Task<> {
    *out = co_await within(c, c.mono() + 1ms, answer(c, 1h));
  }(clock, &got));
  EXPECT_EQ(got, std::nullopt);
}

TEST(Deadline, PassesOnWhatTheWorkThrows) {
  Loop loop;
  RealClock clock;
  const auto throws = [](Clock& c) -> Task<> {
    co_await c.sleep(0ms);
    throw base::Failure("broken");
  };
  EXPECT_THROW(loop.run_until_done([](Clock& c, Task<> t) -> Task<> {
    co_await within(c, c.mono() + 10s, std::move(t));
  }(clock, throws(clock))),
               base::Failure);
}

TEST(Offload, RunsOnAThreadOfThePoolAndBringsTheValueBack) {
  Loop loop;
  for (unsigned threads : {0u, 2u}) {
    Pool pool(threads);
    int got = 0;
    loop.run_until_done([](Pool& p, int* out) -> Task<> {
      *out = co_await offload(p, [] { return 7; });
    }(pool, &got));
    EXPECT_EQ(got, 7);
  }
}

}  // namespace
}  // namespace loop
