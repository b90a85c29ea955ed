#include "control/testing.h"

namespace control {
namespace {

using namespace control::testing;
using model::JobState;
using model::RunState;

SubmitRequest with_key(std::string key, std::string hash) {
  return {.idempotency_route = "POST runs",
          .idempotency_key = std::move(key),
          .request_hash = std::move(hash)};
}

TEST(Submit, AnswersTheSameKeyWithTheSameRun) {
  Room room;
  const auto first = room.submit(one_job, with_key("k", "h"));
  const auto again = room.submit(one_job, with_key("k", "h"));
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(room.number("select count(*) from runs"), 1);
  const auto other = room.submit(one_job, with_key("k", "another"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "idempotency_mismatch");
}

TEST(Submit, RefusesWithEveryFaultAndStoresNothing) {
  Room room;
  const auto refused = room.submit(
      R"({"kind": "Pipeline", "jobs": {"a": {"image": "i", "dependsOn": [{"job": "b"}]},
          "b": {"image": "", "dependsOn": [{"job": "a"}]}}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::Kind::invalid);
  EXPECT_GE(refused.error().faults.size(), 1u);
  EXPECT_EQ(room.number("select count(*) from runs"), 0);
  EXPECT_EQ(room.number("select count(*) from specs"), 0);
}

TEST(Submit, RunsAStoredVersionAndSaysWhenThereIsNone) {
  Room room;
  const auto store = [&](std::string_view text) {
    return *room.await(store_pipeline(room.scene, "default", json::parse(text).value()));
  };
  const std::string_view old =
      R"({"kind": "Pipeline", "name": "p", "jobs": {"old": {"image": "i"}}})";
  EXPECT_EQ(store(old).change, Stored::Change::created);
  EXPECT_EQ(store(old).change, Stored::Change::unchanged);
  const auto changed =
      store(R"({"kind": "Pipeline", "name": "p", "jobs": {"new": {"image": "i"}}})");
  EXPECT_EQ(changed.change, Stored::Change::updated);
  EXPECT_EQ(changed.version, 2);
  const auto run = [&](std::optional<std::int64_t> version) {
    return room.await(
        submit(room.scene,
               {.id = room.next_id(), .project = "default", .pipeline = "p", .version = version}));
  };
  EXPECT_EQ(run({})->seen->run.version, 2);
  EXPECT_EQ(run(1)->seen->run.version, 1);
  EXPECT_EQ(run(3).error().kind, base::Kind::not_found);
}

TEST(Submit, ShowsALargeRunOnlyWhole) {
  Room room;
  std::string spec = R"({"kind": "Pipeline", "jobs": {)";
  for (int i = 0; i < 1500; ++i)
    spec += (i ? ", \"j" : "\"j") + std::to_string(i) + R"(": {"image": "i"})";
  spec += "}}";
  // At each statement in turn the database breaks: what is left of it is never shown or launched.
  std::optional<model::RunId> id;
  std::int64_t steps = 0;
  for (; !id; ++steps) {
    room.breaks_after() = steps;
    try {
      id = room.submit(spec)->id;
    } catch (const sql::DatabaseFailure&) {
      EXPECT_EQ(room.number("select count(*) from runs where visible = 1"), 0) << steps;
    }
  }
  room.breaks_after() = -1;
  EXPECT_GT(steps, 10);
  EXPECT_EQ(room.run(*id)->run.open, 1500u);
  while (room.await(follow_up_once(room.scene))) {
  }
  EXPECT_EQ(room.state(*id, 1499), JobState::queued);
}

TEST(Submit, HoldsNothingOfARunWhoseStepsBreak) {
  Room room;
  ASSERT_TRUE(room.open());
  std::int64_t steps = 0;
  for (;; ++steps) {
    room.breaks_after() = steps;
    try {
      const auto id = room.submit(one_job, with_key("key", "hash"))->id;
      // Far enough not to break: now it is there, once, under its key.
      room.breaks_after() = -1;
      EXPECT_EQ(room.run_state(id), RunState::running);
      EXPECT_TRUE(room.submit(one_job, with_key("key", "hash"))->replayed);
      break;
    } catch (const sql::DatabaseFailure&) {
      room.breaks_after() = -1;
      EXPECT_EQ(room.number("select count(*) from runs"), 0) << steps;
      EXPECT_EQ(room.number("select count(*) from assignments"), 0) << steps;
      EXPECT_EQ(room.number("select live from clusters"), 0) << steps;
    }
  }
  EXPECT_GT(steps, 10);
  EXPECT_EQ(room.number("select count(*) from runs"), 1);
}

TEST(Submit, StartsNothingAfterACancel) {
  Room room;
  const auto waiting = room.submit(one_job)->id;
  EXPECT_TRUE(*room.await(cancel(room.scene, "default", waiting)));
  EXPECT_FALSE(*room.await(cancel(room.scene, "default", waiting))) << "it has ended already";
  EXPECT_EQ(room.run_state(waiting), RunState::canceled);
  const auto epoch = room.open()->epoch;
  EXPECT_TRUE(room.pull(epoch).empty());
  EXPECT_FALSE(room.await(cancel(room.scene, "another", waiting))) << "another project's";
}

}  // namespace
}  // namespace control
