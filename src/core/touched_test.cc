#include <gtest/gtest.h>

#include "core/toy_run.h"

namespace core {
namespace {

using model::JobState;
constexpr std::uint32_t many = 100'000;

const model::Outcome success{.state = model::AttemptState::succeeded};

std::deque<Fact> whole_life(std::uint32_t job) {
  return {Assigned{job, 1}, Created{job, 1}, Started{job, 1}, Ended{job, 1, success}};
}

model::PipelineSpec chain() {
  auto spec = numbered_jobs(many);
  for (std::uint32_t j = 1; j < many; ++j) add_edge(spec, j - 1, j);
  return spec;
}

/// j0, then all others at once.
model::PipelineSpec fan_out(Condition on = Condition::success) {
  auto spec = numbered_jobs(many);
  for (std::uint32_t j = 1; j < many; ++j) add_edge(spec, 0, j, on);
  return spec;
}

/// Drains while no transaction loads more than its bound; returns how many there were.
std::size_t drain_within_bounds(ToyRun& toy) {
  std::size_t transactions = 0;
  for (; !toy.rest.empty(); ++transactions) {
    toy.follow_up(0, noon);
    if (toy.loaded > toy.limits.touched_max) {
      ADD_FAILURE() << toy.loaded << " rows in one transaction";
      break;
    }
  }
  return transactions;
}

TEST(Touched, InALongChainAnEndLoadsItsNeighboursOnly) {
  ToyRun toy(plan_of(chain()));
  toy.feed({Submitted{}}, noon);
  EXPECT_EQ(toy.loaded, 1u);
  for (std::uint32_t j = 0; j < 100; ++j) {
    for (const auto& fact : whole_life(j)) {
      toy.feed({fact}, noon);
      EXPECT_LE(toy.loaded, std::holds_alternative<Ended>(fact) ? 2u : 1u);
    }
    EXPECT_EQ(toy.jobs[j + 1].state, JobState::queued);
  }
  EXPECT_TRUE(toy.rest.empty());
}

TEST(Touched, TheSkipOfALongChainIsDoneInBoundedTransactions) {
  ToyRun toy(plan_of(chain()));
  toy.feed({Submitted{}}, noon);
  toy.feed({Assigned{0, 1}, Ended{0, 1, {.class_ = model::Class::exit}}}, noon);
  EXPECT_LE(toy.loaded, toy.limits.touched_max);
  EXPECT_EQ(toy.run.pending, toy.rest.size());
  drain_within_bounds(toy);
  EXPECT_EQ(toy.jobs.back().state, JobState::skipped);
  EXPECT_EQ(toy.run.state, model::RunState::failed);
}

TEST(Touched, AWideFanOutLeavesFollowUpsAndReachesEveryJobOnce) {
  ToyRun toy(plan_of(fan_out()));
  toy.feed({Submitted{}}, noon);
  std::size_t launched = 0;
  auto effects = toy.feed(whole_life(0), noon);
  launched += effects.launch.size();
  EXPECT_LE(toy.loaded, toy.limits.touched_max);
  EXPECT_FALSE(toy.rest.empty());
  while (!toy.rest.empty()) {
    launched += toy.follow_up(0, noon).launch.size();
    ASSERT_LE(toy.loaded, toy.limits.touched_max);
  }
  EXPECT_EQ(launched, many - 1);
  EXPECT_EQ(toy.run.open, many - 1);
}

TEST(Touched, OneEndInAWideRunDoesNotLoadItsSiblings) {
  ToyRun toy(plan_of(fan_out()));
  toy.feed({Submitted{}}, noon);
  toy.feed(whole_life(0), noon);
  toy.drain(noon);
  toy.feed(whole_life(many / 2), noon);
  EXPECT_EQ(toy.loaded, 1u);
}

TEST(Touched, SubmittingAndCancelingManyRootsIsDoneInBoundedTransactions) {
  ToyRun toy(plan_of(numbered_jobs(many)));
  toy.feed({Submitted{}}, noon);
  EXPECT_LE(toy.loaded, toy.limits.touched_max);
  drain_within_bounds(toy);
  toy.feed({Assigned{7, 1}}, noon);
  toy.feed({Cancel{}}, noon);
  const auto transactions = drain_within_bounds(toy);
  EXPECT_LE(transactions, many / toy.limits.chunk);
  EXPECT_EQ(toy.run.open, 1u);
  toy.feed({NeverStarted{7, 1}}, noon);
  EXPECT_EQ(toy.run.state, model::RunState::canceled);
}

TEST(Touched, ASuccessWithManyDependenciesLoadsOnlyThoseItHandles) {
  auto spec = numbered_jobs(many);
  for (std::uint32_t j = 0; j + 1 < many; ++j)
    add_edge(spec, j, many - 1, j == 5 ? Condition::failure : Condition::always);
  ToyRun toy(plan_of(std::move(spec)));
  for (auto& job : toy.jobs) job.state = JobState::succeeded;
  toy.jobs[5].state = JobState::failed;
  toy.jobs.back() = {.index = many - 1, .state = JobState::running, .attempt = 1};
  toy.run.open = toy.run.unhandled = 1;
  toy.feed({Ended{many - 1, 1, success}}, noon);
  toy.drain(noon);
  EXPECT_TRUE(toy.jobs[5].handled);
  EXPECT_EQ(toy.run.state, model::RunState::succeeded);
  EXPECT_LE(toy.loaded, 2u);
}

TEST(Touched, AnEndThatSkipsManyIsHandledWhereItShouldBe) {
  ToyRun toy(plan_of(fan_out(Condition::failure)));
  toy.feed({Submitted{}}, noon);
  toy.feed(whole_life(0), noon);
  drain_within_bounds(toy);
  EXPECT_EQ(toy.run.state, model::RunState::succeeded);
}

TEST(Effects, NameEachStopOnceAndNotWhatEndedMeanwhile) {
  ToyRun toy(plan_of(numbered_jobs(4)));
  toy.feed({Submitted{}}, noon);
  toy.feed({Assigned{3, 1}, Assigned{1, 1}, Assigned{0, 1}, Created{3, 1}}, noon);
  const auto late = noon + std::chrono::hours(24);
  const auto effects = toy.feed({Timer{3}, Timer{1}, Cancel{}, Sweep{0}, NeverStarted{0, 1}}, late);
  EXPECT_EQ(effects.stop, (std::vector<std::uint32_t>{1, 3}));
  const auto after = toy.feed({Timer{3}, Ended{3, 1, success}}, late + std::chrono::hours(1));
  EXPECT_TRUE(after.stop.empty());
}

TEST(Effects, OfASecondSettleAreAddedToThoseOfTheFirst) {
  ToyRun toy(plan_of(numbered_jobs(9)), {.touched_max = 3, .chunk = 2});
  Slice slice{.run = toy.run, .plan = toy.plan.get()};
  const Loader load = [&](Slice& into, std::span<const std::uint32_t> jobs) {
    for (auto j : jobs) into.jobs.emplace(j, JobRow{toy.jobs[j]});
  };
  Effects effects;
  settle(slice, {Submitted{}}, noon, toy.limits, load, effects);
  settle(slice, {Cancel{}}, noon, toy.limits, load, effects);
  EXPECT_EQ(effects.rest.size(), 2u);
  EXPECT_EQ(slice.run.pending, 2u);
}

TEST(StoredFact, ReadsBackAsItself) {
  for (const Fact& fact : {Fact(Roots{3, false}), Fact(Roots{4, true}), Fact(Resolve{5, 6}),
                           Fact(Handle{7, 8}), Fact(Sweep{9})}) {
    const auto row = stored(fact);
    EXPECT_EQ(restored(row).index(), fact.index());
    EXPECT_EQ(stored(restored(row)), row);
  }
}

TEST(StoredFact, KeepsItsNumbersFromOneReleaseToTheNext) {
  EXPECT_EQ(stored(Roots{3, false}), (StoredFact{1, 0, 3}));
  EXPECT_EQ(stored(Roots{3, true}), (StoredFact{2, 0, 3}));
  EXPECT_EQ(stored(Resolve{5, 6}), (StoredFact{3, 5, 6}));
  EXPECT_EQ(stored(Handle{5, 6}), (StoredFact{4, 5, 6}));
  EXPECT_EQ(stored(Sweep{6}), (StoredFact{5, 0, 6}));
}

TEST(StoredFact, OfAnUnknownKindBreaksInsteadOfDoingSomething) {
  EXPECT_THROW(restored({0, 0, 0}), Broken);
  EXPECT_THROW(restored({6, 0, 0}), Broken);
  EXPECT_THROW(stored(Cancel{}), Broken);
}

}  // namespace
}  // namespace core
