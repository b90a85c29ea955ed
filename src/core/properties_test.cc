#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "core/toy_run.h"

namespace core {
namespace {

using model::AttemptState;
using model::Class;
using model::Job;
using model::JobState;
using model::StopCause;

std::shared_ptr<const Plan> random_plan(base::Rng& rng) {
  const auto count = 1 + rng.below(60);
  const auto finally_count = rng.chance(0.5) ? rng.below(std::min<std::uint64_t>(count, 5)) : 0;
  auto spec = numbered_jobs(count, finally_count);
  const double density = rng.unit() * 4 / double(count);
  for (std::size_t to = 0; to < count; ++to)
    for (std::size_t from = 0; from < to; ++from) {
      const bool crosses = from < count - finally_count && to >= count - finally_count;
      if (crosses || !rng.chance(density)) continue;
      const auto kind = rng.below(6);
      add_edge(spec, from, to,
               kind == 0   ? Condition::failure
               : kind == 1 ? Condition::always
                           : Condition::success);
    }
  for (auto* jobs : {&spec.jobs, &spec.finally})
    for (auto& [name, job] : *jobs) job.retry.attempts = std::uint32_t(1 + rng.below(3));
  return plan_of(std::move(spec));
}

model::Outcome random_outcome(base::Rng& rng) {
  if (rng.chance(0.6)) return {.state = AttemptState::succeeded};
  // Any state, also those that are no end: a report is somebody else's word.
  if (rng.chance(0.1)) return {.state = AttemptState(rng.below(7))};
  if (rng.chance(0.1)) return {.state = AttemptState::canceled};
  return {.state = AttemptState::failed, .class_ = Class(rng.below(13))};
}

/// A fact about any job and an attempt near its present one; most of them come at a wrong time.
Fact random_fact(base::Rng& rng, const ToyRun& toy) {
  const auto job = std::uint32_t(rng.below(toy.jobs.size() + 1));
  const auto present = job < toy.jobs.size() ? toy.jobs[job].attempt : 1;
  const auto attempt = rng.chance(0.9) ? present : std::uint32_t(rng.below(present + 2));
  switch (rng.below(12)) {
    case 0: return Submitted{};
    case 1: return RunTimer{};
    case 2: return Timer{job};
    case 3: return NeverStarted{job, attempt};
    case 4: return Unreachable{job, attempt, rng.chance(0.5)};
    case 5: return Created{job, attempt};
    case 6:
    case 7: return Started{job, attempt};
    case 8: return Ended{job, attempt, random_outcome(rng)};
    default: return Assigned{job, attempt};
  }
}

/// What a recount of the rows says that the header and the rows should hold.
void expect_recount(const ToyRun& toy, bool nothing_left) {
  std::uint32_t open[2] = {}, failed = 0;
  for (const auto& job : toy.jobs) {
    if (!is_final(job.state)) ++open[toy.plan->is_finally(job.index)];
    if (job.state == JobState::failed && !job.handled) ++failed;
    if (job.handled) EXPECT_EQ(job.state, JobState::failed);
    if (is_final(job.state)) EXPECT_FALSE(job.due || job.hard || job.unreachable);
    if (!is_final(job.state) && job.state != JobState::waiting) EXPECT_TRUE(job.due);
    if (!nothing_left || job.state != JobState::waiting || toy.run.stop != StopCause::none)
      continue;
    std::uint32_t unmet = 0;
    for (const auto& e : toy.plan->dependencies(job.index))
      unmet += !is_final(toy.jobs[e.job].state);
    EXPECT_EQ(job.unmet, unmet);
    const bool root = toy.plan->dependencies(job.index).empty();
    if (!root) EXPECT_GT(job.unmet, 0u) << "nothing holds it back, and it waits";
  }
  EXPECT_EQ(toy.run.open, open[0]);
  EXPECT_EQ(toy.run.open_finally, open[1]);
  EXPECT_EQ(toy.run.unhandled, failed);
  EXPECT_EQ(toy.run.pending, toy.rest.size());
}

/// What one transaction may do to one row.
void expect_step(const ToyRun& before, const ToyRun& after, std::size_t i) {
  const auto &was = before.jobs[i], &is = after.jobs[i];
  if (is_final(was.state)) EXPECT_EQ(is.state, was.state) << "final is final";
  EXPECT_TRUE(is.attempt == was.attempt || is.attempt == was.attempt + 1);
  if (is.attempt == was.attempt) return;
  EXPECT_FALSE(is_live(was.state) && was.created) << "two live attempts";
  const bool stopped = before.run.stop != StopCause::none;
  EXPECT_TRUE(!stopped || after.plan->is_finally(is.index)) << "queued after a cancel";
}

/// Follows one run from its submit to its end, checking after every transaction.
class Story {
 public:
  Story(std::uint64_t seed, bool impatient)
      : rng_(seed), toy_(random_plan(rng_), limits(rng_)), cancels_(impatient) {}

  void play() {
    transact([&] { toy_.feed({Submitted{}}, now_); });
    const auto length = rng_.below(600);
    for (std::uint64_t i = 0; i < length && !testing::Test::HasFailure(); ++i) move();
    settle_down();
    EXPECT_TRUE(is_final(toy_.run.state));
    expect_recount(toy_, true);
    const auto over = toy_;
    for (int i = 0; i < 50; ++i) transact([&] { toy_.feed({random_fact(rng_, toy_)}, now_); });
    EXPECT_EQ(over.run, toy_.run);
    EXPECT_EQ(over.jobs, toy_.jobs);
  }

 private:
  static MachineLimits limits(base::Rng& rng) {
    MachineLimits l;
    l.chunk = std::uint32_t(1 + rng.below(4));
    l.touched_max = l.chunk + 1 + rng.below(rng.chance(0.5) ? 3 : 100);
    return l;
  }

  template <class F>
  void transact(const F& work) {
    const auto before = toy_;
    ASSERT_NO_THROW(work());
    for (std::size_t i = 0; i < toy_.jobs.size(); ++i) expect_step(before, toy_, i);
    if (is_final(before.run.state)) EXPECT_EQ(before.run, toy_.run);
    expect_recount(toy_, toy_.rest.empty());
  }

  void move() {
    now_ += base::Micros(std::int64_t(rng_.below(rng_.chance(0.02) ? 40'000'000'000 : 2'000'000)));
    if (!toy_.rest.empty() && rng_.chance(0.5))
      return transact([&] { toy_.follow_up(rng_.below(toy_.rest.size()), now_); });
    std::deque<Fact> facts;
    for (auto n = 1 + rng_.below(3); n > 0; --n) facts.push_back(random_fact(rng_, toy_));
    if (cancels_ && rng_.chance(0.02)) facts.push_back(Cancel{});
    transact([&] { toy_.feed(facts, now_); });
  }

  /// No more surprises: timers fire, what lives ends. Every run must get to its end now.
  void settle_down() {
    for (int round = 0; round < 5000 && !is_final(toy_.run.state); ++round) {
      if (testing::Test::HasFailure()) return;
      while (!toy_.rest.empty())
        transact([&] { toy_.follow_up(rng_.below(toy_.rest.size()), now_); });
      now_ += std::chrono::minutes(2);
      for (const auto& job : toy_.jobs)
        if (job.due && *job.due <= now_) transact([&] { toy_.feed({Timer{job.index}}, now_); });
      for (const auto& job : toy_.jobs) {
        if (job.state == JobState::queued)
          transact([&] { toy_.feed({Assigned{job.index, job.attempt}}, now_); });
        else if (is_live(job.state))
          transact([&] { toy_.feed({Ended{job.index, job.attempt, random_outcome(rng_)}}, now_); });
      }
    }
  }

  base::Rng rng_;
  ToyRun toy_;
  bool cancels_;
  base::Time now_ = noon;
};

TEST(Property, AnyFactsInAnyOrderKeepTheRunWholeAndLetItEnd) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Story(seed, false).play();
    if (HasFailure()) return;
  }
}

TEST(Property, TheSameHoldsWithCancelsAtAnyMoment) {
  for (std::uint64_t seed = 1000; seed < 1150; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Story(seed, true).play();
    if (HasFailure()) return;
  }
}

/// The end of a run whose jobs end as `seed` says, whatever the order of its transactions.
ToyRun played_out(std::shared_ptr<const Plan> plan, MachineLimits limits, std::uint64_t seed) {
  ToyRun toy(std::move(plan), limits);
  base::Rng order(limits.chunk);
  toy.feed({Submitted{}}, noon);
  auto now = noon;
  for (int round = 0; round < 1000 && !is_final(toy.run.state); ++round) {
    now += std::chrono::minutes(2);
    while (!toy.rest.empty()) toy.follow_up(order.below(toy.rest.size()), now);
    for (const auto& job : toy.jobs) {
      toy.feed({Timer{job.index}}, now);
      if (job.state != JobState::queued) continue;
      base::Rng fate(seed + job.index * 1000 + job.attempt);
      model::Outcome outcome{.class_ = Class::exit};
      if (fate.chance(0.6)) outcome = {.state = AttemptState::succeeded};
      toy.feed({Assigned{job.index, job.attempt}, Ended{job.index, job.attempt, outcome}}, now);
    }
  }
  EXPECT_TRUE(is_final(toy.run.state)) << "seed " << seed;
  return toy;
}

TEST(Property, TheEndDoesNotDependOnHowTheWorkIsCut) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    base::Rng rng(seed);
    const auto plan = random_plan(rng);
    const auto whole = played_out(plan, {.touched_max = 1000, .chunk = 250}, seed);
    for (std::uint32_t chunk = 1; chunk < 4; ++chunk) {
      const auto cut = played_out(plan, {.touched_max = chunk + 1, .chunk = chunk}, seed);
      EXPECT_EQ(cut.run.state, whole.run.state) << "seed " << seed;
      for (std::size_t i = 0; i < whole.jobs.size(); ++i) {
        EXPECT_EQ(cut.jobs[i].state, whole.jobs[i].state) << "seed " << seed << " job " << i;
        EXPECT_EQ(cut.jobs[i].handled, whole.jobs[i].handled) << "seed " << seed << " job " << i;
        EXPECT_EQ(cut.jobs[i].attempt, whole.jobs[i].attempt) << "seed " << seed << " job " << i;
      }
    }
  }
}

}  // namespace
}  // namespace core
