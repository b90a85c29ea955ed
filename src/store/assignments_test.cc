#include "store/assignments.h"

#include "store/clusters.h"
#include "store/testing.h"

namespace store {
namespace {

using model::AssignmentState;
using model::Wanted;

class Assignments : public Conformance {
 protected:
  model::Assignment make(std::uint32_t job, std::uint64_t revision,
                         AssignmentState state = AssignmentState::assigned) {
    return {.key = {run_, job, 1},
            .revision = revision,
            .state = state,
            .epoch = state == AssignmentState::assigned ? 0u : 4u,
            .name = "j" + std::to_string(job)};
  }
  void insert(model::Assignment a, std::string cluster = "c") {
    write([&](Tx& tx) { insert_assignments(tx, {{{a, cluster}}}); });
  }
  void update(const model::Assignment& a) {
    write([&](Tx& tx) { update_assignment(tx, a); });
  }
  std::string pull(std::uint64_t after, std::size_t limit, const std::string& cluster = "c") {
    std::string out;
    for (const auto& a : read([=](Tx& tx) { return pull_assignments(tx, cluster, after, limit); }))
      out += a.name + "@" + std::to_string(a.revision) + " ";
    return out;
  }
  std::string jobs(std::vector<model::AttemptKey> (*which)(Tx&, std::string_view, std::size_t),
                   std::size_t limit = 99) {
    std::string out;
    for (const auto& k : read([=](Tx& tx) { return which(tx, "c", limit); }))
      out += std::to_string(k.job) + " ";
    return out;
  }
  std::optional<AssignmentRecord> find(const model::AttemptKey& key) {
    return read([&](Tx& tx) { return lock_assignment(tx, key); });
  }

  const model::RunId run_ = add_run(*core::plan_of(core::numbered_jobs(9)));
};

INSTANTIATE_TEST_SUITE_P(Engines, Assignments, testing::ValuesIn(engines), engine_name);

TEST_P(Assignments, KeepEveryField) {
  auto a = make(2, 7, AssignmentState::offered);
  insert(a);
  const auto check = [&] {
    const auto found = *find(a.key);
    EXPECT_EQ(found.cluster, "c");
    const auto& b = found.assignment;
    EXPECT_EQ(b.key, a.key);
    EXPECT_EQ(b.revision, a.revision);
    EXPECT_EQ(b.state, a.state);
    EXPECT_EQ(b.wanted, a.wanted);
    EXPECT_EQ(b.epoch, a.epoch);
    EXPECT_EQ(b.name, a.name);
    EXPECT_EQ(b.uid, a.uid);
    const auto pulled = read([](Tx& tx) { return pull_assignments(tx, "c", 0, 9); }).at(0);
    EXPECT_EQ(pulled.uid, a.uid);
    EXPECT_EQ(pulled.state, a.state);
    EXPECT_EQ(pulled.wanted, a.wanted);
    EXPECT_EQ(pulled.epoch, a.epoch);
  };
  check();
  a.state = AssignmentState::created;
  a.wanted = Wanted::gone;
  a.epoch = 9;
  a.uid = "u";
  a.revision = 12;
  update(a);
  check();
  write([&](Tx& tx) { delete_assignment(tx, a.key); });
  EXPECT_FALSE(find(a.key));
  EXPECT_THROW(update(a), core::Broken);
}

TEST_P(Assignments, RefuseRowsThatContradictThemselves) {
  auto with_epoch = make(0, 1), without = make(0, 1, AssignmentState::offered),
       nameless = make(0, 1, AssignmentState::created);
  with_epoch.epoch = 1;
  without.epoch = 0;
  for (const auto& a : {with_epoch, without, nameless})
    EXPECT_THROW(insert(a), sql::ConstraintFailure);
  insert(make(0, 1));
  EXPECT_THROW(insert(make(0, 2)), sql::ConstraintFailure) << "the attempt is assigned already";
  EXPECT_THROW(insert(make(1, 1)), sql::ConstraintFailure) << "the revision is given";
  insert(make(1, 1), "other");
  EXPECT_EQ(number("select count(*) from attempts"), 2);
}

TEST_P(Assignments, ArePulledInTheOrderOfTheirRevisions) {
  for (const auto& [job, revision] : {std::pair(0u, 5u), {1u, 3u}, {2u, 8u}, {3u, 4u}})
    insert(make(job, revision, AssignmentState::offered));
  insert(make(4, 6));
  insert(make(5, 1, AssignmentState::offered), "other");
  EXPECT_EQ(pull(0, 9), "j1@3 j3@4 j0@5 j2@8 ");
  EXPECT_EQ(pull(0, 2), "j1@3 j3@4 ");
  EXPECT_EQ(pull(4, 2), "j0@5 j2@8 ");
  EXPECT_EQ(pull(8, 2), "");
  EXPECT_EQ(pull(0, 9, "other"), "j5@1 ");
  EXPECT_EQ(jobs(unoffered_assignments), "4 ");
}

TEST_P(Assignments, WaitForTheirOfferInOrder) {
  for (const auto& [job, revision] : {std::pair(0u, 5u), {1u, 3u}, {2u, 8u}})
    insert(make(job, revision));
  EXPECT_EQ(jobs(unoffered_assignments), "1 0 2 ");
  EXPECT_EQ(jobs(unoffered_assignments, 2), "1 0 ");
  auto offered = make(1, 9, AssignmentState::offered);
  update(offered);
  EXPECT_EQ(jobs(unoffered_assignments), "0 2 ");
}

TEST_P(Assignments, MayBeAliveUntilTheyAreMarkedOrEnded) {
  const auto set = [&](std::uint32_t index, model::JobState state, std::uint32_t attempt,
                       bool unreachable) {
    set_job(run_, {.index = index, .state = state, .attempt = attempt, .unreachable = unreachable});
  };
  for (std::uint32_t job = 0; job < 7; ++job)
    insert(make(job, 10 - job, job == 4 ? AssignmentState::assigned : AssignmentState::offered));
  set(0, model::JobState::running, 1, false);
  set(1, model::JobState::starting, 1, false);
  set(2, model::JobState::running, 1, true);
  set(3, model::JobState::running, 2, false);
  set(4, model::JobState::starting, 1, false);
  set(5, model::JobState::canceled, 1, false);
  set(6, model::JobState::stopping, 1, false);
  EXPECT_EQ(jobs(reachable_assignments), "6 1 0 ");
  EXPECT_EQ(jobs(reachable_assignments, 1), "6 ");
  write([&](Tx& tx) { hold_run(tx, run_, "x"); });
  EXPECT_EQ(jobs(reachable_assignments), "");
}

TEST_P(Assignments, AreCountedByRun) {
  insert(make(0, 1)), insert(make(1, 2));
  EXPECT_EQ(read([&](Tx& tx) { return count_assignments(tx, run_); }), 2);
  EXPECT_EQ(read([&](Tx& tx) { return count_assignments(tx, next_id()); }), 0);
}

}  // namespace
}  // namespace store
