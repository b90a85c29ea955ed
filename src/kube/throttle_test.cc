#include "kube/throttle.h"

#include <gmock/gmock.h>

#include "base/result.h"
#include "loop/deadline.h"
#include "loop/group.h"
#include "loop/loop.h"

namespace kube {
namespace {

using namespace std::chrono_literals;

base::Mono at(base::Micros t) { return base::Mono(t); }

/// Many good answers of 5 ms, from this moment on.
void answer_well(Limit& limit, unsigned n, base::Micros from) {
  for (unsigned i = 0; i < n; ++i) limit.answered({.sent = at(from), .now = at(from + 5ms)});
}

TEST(Limit, GrowsByOneForALimitsWorthOfGoodAnswers) {
  Limit limit;
  EXPECT_EQ(limit.value(), 16u);
  answer_well(limit, 15, 1s);
  EXPECT_EQ(limit.value(), 16u);
  answer_well(limit, 1, 1s);
  EXPECT_EQ(limit.value(), 17u);
  answer_well(limit, 17 + 18, 1s);
  EXPECT_EQ(limit.value(), 19u);
  answer_well(limit, 100'000, 1s);
  EXPECT_EQ(limit.value(), 256u);
}

TEST(Limit, DoesNotGrowWhileItIsNotUsed) {
  Limit limit;
  for (int i = 0; i < 1000; ++i) limit.answered({.sent = at(1s), .now = at(1s), .full = false});
  EXPECT_EQ(limit.value(), 16u);
}

TEST(Limit, HalvesOncePerRoundTrip) {
  Limit limit;
  const auto busy = [&](base::Micros sent, base::Micros now) {
    limit.answered({.outcome = Outcome::busy, .sent = at(sent), .now = at(now)});
    return limit.value();
  };
  EXPECT_EQ(busy(1s, 2s), 8u);
  EXPECT_EQ(busy(1500ms, 2100ms), 8u) << "sent before the first sign was seen";
  EXPECT_EQ(busy(2s, 2200ms), 8u);
  EXPECT_EQ(busy(2300ms, 2400ms), 4u);
  EXPECT_EQ(busy(3s, 4s), 2u);
  EXPECT_EQ(busy(5s, 6s), 2u);
}

TEST(Limit, AHalvingStartsTheCountAnew) {
  Limit limit;
  answer_well(limit, 15, 1s);
  limit.answered({.outcome = Outcome::busy, .sent = at(1s), .now = at(2s)});
  answer_well(limit, 7, 3s);
  EXPECT_EQ(limit.value(), 8u);
  answer_well(limit, 1, 3s);
  EXPECT_EQ(limit.value(), 9u);
}

TEST(Limit, SlowAnswersAreASignOfTroubleByTheMovingMinimum) {
  Limit limit;
  const auto took = [&](base::Micros sent, base::Micros time, bool alike = true) {
    limit.answered({.sent = at(sent), .now = at(sent + time), .alike = alike});
    return limit.value();
  };
  EXPECT_EQ(took(1s, 900ms), 16u) << "the first is its own minimum";
  EXPECT_EQ(took(2s, 60ms), 16u);
  EXPECT_EQ(took(3s, 599ms), 16u) << "not ten times the minimum";
  EXPECT_EQ(took(4s, 700ms, false), 16u) << "a list may take long";
  EXPECT_EQ(took(5s, 700ms), 8u);
  EXPECT_EQ(took(6s, 5ms), 8u);
  EXPECT_EQ(took(7s, 400ms), 8u) << "short enough, whatever the minimum";
  EXPECT_EQ(took(70s, 100ms), 8u);
  EXPECT_EQ(took(71s, 700ms), 4u) << "the minimum of the last half still counts";
  EXPECT_EQ(took(140s, 800ms), 4u) << "forgotten: now the least is 100 ms";
  EXPECT_EQ(took(141s, 1100ms), 2u);
}

TEST(Limit, WhatBrokeSaysNothing) {
  Limit limit;
  for (int i = 0; i < 100; ++i)
    limit.answered({.outcome = Outcome::unclear, .sent = at(1s), .now = at(2s)});
  EXPECT_EQ(limit.value(), 16u);
}

TEST(Limit, TheLatestMomentThatTheServerAskedForHolds) {
  Limit limit;
  const auto asked = [&](base::Micros now, base::Micros wait) {
    limit.answered(
        {.outcome = Outcome::busy, .sent = at(now), .now = at(now), .retry_after = wait});
    return limit.resume();
  };
  EXPECT_EQ(asked(10s, 5s), at(15s));
  EXPECT_EQ(asked(11s, 1s), at(15s));
  EXPECT_EQ(asked(12s, 9s), at(21s));
  EXPECT_EQ(asked(20s, 9h), at(20s + 5min));
}

/// Notes in which order calls get their turn, and ends each when it is told.
struct World {
  explicit World(unsigned limit)
      : throttle(clock, {.start = limit, .least = 1}), group(loop.executor()) {}

  void call(int number, base::Micros patience = 10s) {
    group.spawn("call", run(number, clock.mono() + patience));
  }
  loop::Task<> run(int number, base::Mono until) {
    try {
      auto turn = co_await throttle.enter(until);
      entered.push_back(number);
      while (end < number) co_await bell.wait(clock, bell.rings(), until);
      if (busy)
        turn.answered(Outcome::busy, true, retry_after);
      else
        turn.answered(Outcome::good, true, std::nullopt);
    } catch (const base::Failure&) {
      late.push_back(number);
    }
  }
  void end_up_to(int number) {
    end = number;
    bell.ring();
    loop.poll();
  }
  void wait(base::Micros d) { loop.run_until_done(clock.sleep(d)); }

  loop::Loop loop;
  loop::RealClock clock;
  Throttle throttle;
  loop::Group group;
  loop::Bell bell;
  int end = 0;
  bool busy = false;
  std::optional<base::Micros> retry_after;
  std::vector<int> entered, late;
};

using ::testing::ElementsAre;

TEST(Throttle, LetsThroughAsManyAsItsLimitInTheOrderTheyCame) {
  World w(2);
  for (int i = 1; i <= 5; ++i) w.call(i);
  w.loop.poll();
  EXPECT_THAT(w.entered, ElementsAre(1, 2));
  w.end_up_to(1);
  EXPECT_THAT(w.entered, ElementsAre(1, 2, 3));
  w.end_up_to(5);
  EXPECT_THAT(w.entered, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_TRUE(w.late.empty());
}

TEST(Throttle, ACallThatHasNoTurnInTimeFailsAndKeepsNobodyElse) {
  World w(1);
  w.call(1);
  w.call(2, 5ms);
  w.call(3);
  w.wait(20ms);
  EXPECT_THAT(w.late, ElementsAre(2));
  w.end_up_to(3);
  EXPECT_THAT(w.entered, ElementsAre(1, 3));
}

TEST(Throttle, ACallThatIsGivenUpPassesItsPlaceOn) {
  World w(1);
  w.call(1);
  loop::Group given_up(w.loop.executor());
  given_up.spawn("call", w.run(2, w.clock.mono() + 10s));
  w.call(3);
  w.loop.poll();
  w.loop.run_until_done(given_up.stop());
  w.end_up_to(3);
  EXPECT_THAT(w.entered, ElementsAre(1, 3));
}

TEST(Throttle, EverybodyWaitsAsLongAsTheServerAsked) {
  World w(4);
  w.call(1);
  w.busy = true;
  w.retry_after = 30ms;
  w.end_up_to(1);
  const auto asked = w.clock.mono();
  w.busy = false;
  w.call(2);
  w.call(3);
  w.call(4, 5ms);
  w.loop.poll();
  EXPECT_THAT(w.entered, ElementsAre(1));
  w.loop.run_until_done(w.throttle.pause(w.clock.mono() + 10s));
  EXPECT_GE(w.clock.mono() - asked, 29ms);
  w.wait(1ms);
  EXPECT_THAT(w.entered, ElementsAre(1, 2, 3));
  EXPECT_THAT(w.late, ElementsAre(4));
  EXPECT_EQ(w.throttle.limit().value(), 2u);
  w.end_up_to(9);
}

TEST(Throttle, WhatIsNotCountedWaitsToo) {
  World w(4);
  w.throttle.asked_to_wait(1h);
  EXPECT_EQ(w.throttle.limit().value(), 4u);
  EXPECT_THROW(w.loop.run_until_done(w.throttle.pause(w.clock.mono() + 2ms)), base::Failure);
}

}  // namespace
}  // namespace kube
