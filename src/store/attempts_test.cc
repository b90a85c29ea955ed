#include "store/attempts.h"

#include "store/assignments.h"
#include "store/testing.h"

namespace store {
namespace {

using model::AttemptState;
using model::Class;

class Attempts : public Conformance {
 protected:
  Attempts() {
    write([&](Tx& tx) {
      insert_assignments(tx, {{{{.key = key, .revision = 1, .name = "build-x"}, "c"},
                               {{.key = {run_, 3, 3}, .revision = 2, .name = "build-y"}, "d"},
                               {{.key = {run_, 4, 1}, .revision = 3, .name = "other"}, "c"}}});
    });
  }
  void change(AttemptState state, std::optional<model::Outcome> outcome = {}) {
    write([&](Tx& tx) { update_attempts(tx, run_, {{3, 2, state, std::move(outcome)}}); });
  }
  AttemptRecord row() {
    return read([&](Tx& tx) { return list_attempts(tx, run_, 3).at(0); });
  }

 private:
  const model::RunId run_ = next_id();

 protected:
  const model::AttemptKey key{run_, 3, 2};
};

INSTANTIATE_TEST_SUITE_P(Engines, Attempts, testing::ValuesIn(engines), engine_name);

TEST_P(Attempts, BeginWithTheirAssignment) {
  const auto all = read([&](Tx& tx) { return list_attempts(tx, key.run, 3); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].attempt, 2u);
  EXPECT_EQ(all[0].cluster, "c");
  EXPECT_EQ(all[0].name, "build-x");
  EXPECT_EQ(all[0].uid, "");
  EXPECT_EQ(all[0].state, AttemptState::assigned);
  EXPECT_EQ(all[0].assigned, clock.now());
  EXPECT_FALSE(all[0].started || all[0].ended);
  EXPECT_EQ(all[1].attempt, 3u);
  EXPECT_EQ(all[1].cluster, "d");
  EXPECT_EQ(read([&](Tx& tx) { return list_attempts(tx, key.run, 3, 1); }).size(), 1u);
}

TEST_P(Attempts, KeepTheirCourse) {
  change(AttemptState::starting);
  EXPECT_EQ(row().state, AttemptState::starting);
  EXPECT_FALSE(row().started);
  clock.advance(1s);
  const auto started = clock.now();
  change(AttemptState::running);
  clock.advance(1s);
  change(AttemptState::stopping);
  EXPECT_EQ(row().state, AttemptState::stopping);
  EXPECT_EQ(row().started, started);
  EXPECT_FALSE(row().ended);
  clock.advance(1s);
  const model::Outcome outcome{AttemptState::failed, Class::run_timeout,       137, 9,
                               "too long",           base::Object{{"rows", 3}}};
  change(AttemptState::failed, outcome);
  EXPECT_EQ(row().outcome, outcome);
  EXPECT_EQ(row().started, started);
  EXPECT_EQ(row().ended, clock.now());
}

TEST_P(Attempts, KeepSeveralChangesOfOneTransaction) {
  write([&](Tx& tx) {
    update_attempts(tx, key.run,
                    {{3, 2, AttemptState::starting, {}},
                     {3, 2, AttemptState::running, {}},
                     {4, 1, AttemptState::assigned, {}},
                     {3, 2, AttemptState::succeeded, model::Outcome{AttemptState::succeeded}}});
  });
  EXPECT_EQ(row().state, AttemptState::succeeded);
  EXPECT_EQ(row().started, clock.now());
  EXPECT_EQ(row().ended, clock.now());
}

TEST_P(Attempts, StayAsTheyEnded) {
  const model::Outcome outcome{AttemptState::succeeded, {}, 0, {}, ""};
  change(AttemptState::succeeded, outcome);
  const auto ended = clock.now();
  clock.advance(1s);
  change(AttemptState::failed, model::Outcome{AttemptState::failed, Class::exit});
  write([&](Tx& tx) { note_waiting(tx, key, "late"); });
  EXPECT_EQ(row().outcome, outcome);
  EXPECT_EQ(row().ended, ended);
}

TEST_P(Attempts, RefuseEndsThatContradictThemselves) {
  const model::Outcome rows[] = {{AttemptState::failed},
                                 {AttemptState::succeeded, Class::exit},
                                 {AttemptState::canceled, Class::deleted}};
  for (const auto& o : rows) EXPECT_THROW(change(o.state, o), sql::ConstraintFailure);
  EXPECT_EQ(row().state, AttemptState::assigned);
}

TEST_P(Attempts, KeepTheFirstLateEvidence) {
  for (const auto& message : {"first", "second"})
    write([&](Tx& tx) {
      note_late(tx, key.run, {3, 2, {AttemptState::failed, Class::exit, 3, 15, message}});
    });
  EXPECT_EQ(row().late,
            R"({"state":"failed","message":"first","class":"exit","exitCode":3,"signal":15})");
  EXPECT_EQ(row().state, AttemptState::assigned);
}

TEST_P(Attempts, ArePinnedToTheFirstUid) {
  for (const auto* uid : {"one", "two"}) write([&](Tx& tx) { note_uid(tx, key, uid); });
  EXPECT_EQ(row().uid, "one");
}

TEST_P(Attempts, SayWhyTheyWait) {
  for (const auto* why : {"quota", "image"}) write([&](Tx& tx) { note_waiting(tx, key, why); });
  EXPECT_EQ(row().outcome.message, "image");
}

}  // namespace
}  // namespace store
