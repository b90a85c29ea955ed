#include "control/testing.h"

namespace control {
namespace {

using namespace control::testing;
using model::Answer;
using model::JobState;
using model::RunState;
using model::Sight;
using model::Wanted;

TEST(Loops, EndAJobThatTakesTooLongOnceItIsSeenDead) {
  Room room;
  const auto [epoch, id, a] = room.live(R"({"kind": "Pipeline", "jobs":
      {"work": {"image": "i", "run": "true", "timeouts": {"run": "5s"}}}})");
  // Its executor ends it at five seconds; the server's own timer is a second net.
  room.clock.advance(room.job(id, 0).due.value() - room.clock.now() - 1s);
  EXPECT_FALSE(room.await(timers_once(room.scene)));
  EXPECT_EQ(room.state(id), JobState::running);
  room.clock.advance(2s);
  room.await(timers_once(room.scene));
  EXPECT_EQ(room.state(id), JobState::stopping) << "asked to stop, not taken for dead";
  EXPECT_EQ(room.pull(epoch, a.revision).at(0).wanted, Wanted::gone);
  room.report(epoch, saw_end(a, {.class_ = model::Class::exit, .signal = 15}));
  EXPECT_EQ(room.state(id), JobState::failed);
  EXPECT_EQ(room.job(id, 0).class_, model::Class::run_timeout);
}

TEST(Loops, TakeASilentAgentsAttemptsForUnreachableAndNotForDead) {
  Room room;
  const auto [epoch, id, a] = room.live(one_job);
  room.clock.advance(room.scene.limits.lease + 1s);
  room.await(leases_once(room.scene));
  EXPECT_TRUE(room.job(id, 0).unreachable);
  EXPECT_EQ(room.state(id), JobState::running);
  const auto later = room.open("hand-2")->epoch;
  EXPECT_EQ(room.report(later, saw(a, Sight::running)), Answer::acked);
  EXPECT_FALSE(room.job(id, 0).unreachable);
}

TEST(Loops, CallWhatNobodySeesLostOnlyAfterItsHardDeadline) {
  Room room;
  const auto [epoch, id, a] = room.live(R"({"kind": "Pipeline", "jobs":
      {"work": {"image": "i", "run": "true", "timeouts": {"run": "1m"}}}})");
  room.clock.advance(70s);
  room.await(leases_once(room.scene));
  room.await(timers_once(room.scene));
  EXPECT_FALSE(is_final(room.state(id)));
  const auto hard = *room.job(id, 0).hard;
  room.clock.advance(hard - room.clock.now() - 1s);
  room.await(timers_once(room.scene));
  EXPECT_FALSE(is_final(room.state(id)));
  room.clock.advance(2s);
  room.await(timers_once(room.scene));
  EXPECT_EQ(room.state(id), JobState::failed);
  EXPECT_EQ(room.job(id, 0).class_, model::Class::lost);
}

TEST(Loops, WorkThroughWhatOneTransactionCouldNot) {
  Limits limits;
  limits.machine.touched_max = 12;
  limits.machine.chunk = 5;
  Room room(limits);
  std::string spec = R"({"kind": "Pipeline", "jobs": {"root": {"image": "i"})";
  for (int i = 0; i < 60; ++i)
    spec += ", \"j" + std::to_string(i) + R"(": {"image": "i", "dependsOn": [{"job": "root"}]})";
  const auto id = room.submit(spec + "}}")->id;
  while (room.await(follow_up_once(room.scene))) {
  }
  const auto epoch = room.open("hand-1", 100)->epoch;
  room.report(epoch, saw_end(room.pull(epoch).at(0), good));
  EXPECT_EQ(room.state(id, 60), JobState::waiting) << "not all dependants at once";
  int turns = 0;
  while (room.await(follow_up_once(room.scene)) && turns < 100) ++turns;
  EXPECT_GT(turns, 4);
  EXPECT_EQ(room.state(id, 60), JobState::starting);
  EXPECT_EQ(room.run(id)->run.pending, 0u);
}

TEST(Loops, ForgetOldRunsWhole) {
  Room room;
  const auto epoch = room.open()->epoch;
  const auto old = room.submit(two_jobs)->id;
  const auto first = room.pull(epoch).at(0);
  room.report(epoch, saw_end(first, bad));
  room.report(epoch, saw(first, Sight::gone));
  ASSERT_EQ(room.run_state(old), RunState::failed);
  room.clock.advance(24h);
  const auto young = room.submit(one_job)->id;
  const Keeping keeping{.runs = 12h, .feed = 12h, .keys = 12h};
  for (int i = 0; i < 100 && room.await(janitor_once(room.scene, keeping)); ++i) {
  }
  EXPECT_TRUE(store::rows_of(room, old).empty());
  EXPECT_FALSE(store::rows_of(room, young).empty());
}

TEST(Loops, PlaceWhatFitsPastWhatFitsNowhere) {
  Room room({.dispatch_batch = 1});
  const auto epoch = room.open()->epoch;
  const auto far = room.submit(R"({"kind": "Pipeline", "placement": {"clusters": ["west"]},
      "jobs": {"work": {"image": "i", "run": "true"}}})")
                       ->id;
  const auto near = room.submit(one_job)->id;
  EXPECT_EQ(room.state(far), JobState::queued);
  EXPECT_EQ(room.state(near), JobState::starting);
  room.write([](store::Tx& tx) { store::insert_cluster(tx, "west", "other"); });
  const auto west = room.await(room.link.open(
      "west", {.version = "1", .instance = "hand-2", .executor = "fake", .capacity = 1}));
  ASSERT_TRUE(west);
  EXPECT_EQ(room.state(far), JobState::starting);
  EXPECT_EQ(room.pull(epoch).size(), 1u);
}

TEST(Loops, PlaceByTheLabelsThatAnAgentBrings) {
  Room room;
  const auto id = room.submit(R"({"kind": "Pipeline", "jobs": {"work": {"image": "i",
      "run": "true", "placement": {"labels": {"zone": "eu"}}}}})")
                      ->id;
  room.open();
  EXPECT_EQ(room.state(id), JobState::queued);
  ASSERT_TRUE(room.await(room.link.open("east", {.version = "1",
                                                 .instance = "hand-1",
                                                 .executor = "fake",
                                                 .capacity = 1,
                                                 .labels = {{"zone", "eu"}}})));
  EXPECT_EQ(room.state(id), JobState::starting);
}

TEST(Loops, KeepEveryReportThatWasAnsweredAndNothingOfOneThatBroke) {
  // The database breaks at each statement in turn; the agent repeats until it is answered.
  std::int64_t steps = 0;
  for (bool broke = true; broke; ++steps) {
    Room room;
    const auto epoch = room.open()->epoch;
    const auto id = room.submit(two_jobs)->id;
    const auto a = room.pull(epoch).at(0);
    room.breaks_after() = steps;
    try {
      room.report(epoch, saw_end(a, good));
      broke = false;
    } catch (const sql::DatabaseFailure&) {
      room.breaks_after() = -1;
      EXPECT_EQ(room.state(id), JobState::starting) << steps;
      EXPECT_EQ(room.state(id, 1), JobState::waiting) << steps;
      EXPECT_EQ(room.report(epoch, saw_end(a, good)), Answer::acked);
    }
    room.breaks_after() = -1;
    EXPECT_EQ(room.state(id), JobState::succeeded) << steps;
    EXPECT_EQ(room.state(id, 1), JobState::starting) << steps;
    EXPECT_EQ(room.number("select live from clusters"), 1) << steps;
  }
  EXPECT_GT(steps, 10);
}

}  // namespace
}  // namespace control
