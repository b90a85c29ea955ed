#include "store/jobs.h"

#include "model/names.h"

#include "store/testing.h"

namespace store {
namespace {

using model::JobState;
using model::StopCause;

class Jobs : public Conformance {
 protected:
  model::RunId add(std::size_t jobs) { return add_run(*core::plan_of(core::numbered_jobs(jobs))); }
  void queue(model::RunId run, std::uint32_t index, base::Micros since) {
    set_job(run,
            {.index = index, .state = JobState::queued, .attempt = 1, .since = core::noon + since});
  }
  std::string heads(std::size_t limit = 100) {
    std::string out;
    for (const auto& h : read([=](Tx& tx) { return queue_heads(tx, limit); })) out += h.name + " ";
    return out;
  }
  std::string list(model::RunId run, std::int64_t cursor, bool before, std::size_t limit,
                   std::string_view state = "") {
    std::string out;
    for (const auto& j :
         read([=](Tx& tx) { return list_jobs(tx, run, cursor, before, state, limit); }))
      out += j.name + " ";
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Jobs, testing::ValuesIn(engines), engine_name);

TEST_P(Jobs, BeginAsTheirPlanSays) {
  auto spec = core::numbered_jobs(4, 1);
  core::add_edge(spec, 0, 2);
  core::add_edge(spec, 1, 2);
  const auto run = add_run(*core::plan_of(std::move(spec)));
  for (std::uint32_t i = 0; i < 4; ++i) {
    const model::Job first{.index = i, .unmet = i == 2 ? 2u : 0u, .since = clock.now()};
    EXPECT_EQ(job(run, i), first) << i;
  }
  EXPECT_EQ(list(run, -1, false, 10), "j0 j1 j2 j3 ");
}

TEST_P(Jobs, AreWrittenInPieces) {
  const auto plan = core::plan_of(core::numbered_jobs(10));
  const auto id = next_id();
  write([&](Tx& tx) {
    insert_jobs(tx, id, *plan, 4, 10);
    insert_jobs(tx, id, *plan, 0, 4);
    insert_jobs(tx, id, *plan, 4, 4);
  });
  EXPECT_EQ(read([&](Tx& tx) { return job_rows(tx, id); }), 10u);
  EXPECT_THROW(write([&](Tx& tx) { insert_jobs(tx, id, *plan, 9, 10); }), sql::ConstraintFailure);
}

TEST_P(Jobs, KeepEveryField) {
  const auto run = add(2);
  const auto now = clock.now();
  const model::Job stopping{.index = 1,
                            .state = JobState::stopping,
                            .attempt = 3,
                            .burned = 2,
                            .infra = 4,
                            .deleted = 5,
                            .created = true,
                            .unreachable = true,
                            .stop = StopCause::start_timeout,
                            .class_ = model::Class::early_exit,
                            .due = now + 1us,
                            .hard = now + 2us,
                            .since = now + 3us};
  const model::Job failed{.index = 1,
                          .state = JobState::failed,
                          .attempt = 3,
                          .handled = true,
                          .stop = StopCause::cancel,
                          .class_ = model::Class::oom,
                          .since = now};
  const model::Job skipped{.index = 1, .state = JobState::skipped, .unmet = 7, .since = now};
  const auto other = job(run, 0);
  for (const auto& row : {stopping, failed, skipped}) {
    set_job(run, row);
    EXPECT_EQ(job(run, 1), row);
  }
  EXPECT_EQ(job(run, 0), other);
}

TEST_P(Jobs, KeepTheWordOfEveryState) {
  const auto run = add(1);
  for (auto s = JobState::waiting; s <= JobState::canceled; s = JobState(int(s) + 1)) {
    set_job(run, {.state = s, .since = clock.now()});
    EXPECT_EQ(job(run, 0).state, s);
    EXPECT_EQ(list(run, -1, false, 9, model::word(s)), "j0 ");
  }
}

TEST_P(Jobs, AreStoredOnlyWhereTheyChanged) {
  const auto run = add(2);
  write([&](Tx& tx) {
    core::Slice slice{.run = {.id = run}};
    const std::uint32_t both[] = {0, 1};
    load_jobs(tx, slice, both);
    for (auto& [index, row] : slice.jobs) row.job.attempt = 9;
    slice.jobs.at(1).changed = true;
    update_jobs(tx, slice);
  });
  EXPECT_EQ(job(run, 0).attempt, 0u);
  EXPECT_EQ(job(run, 1).attempt, 9u);
}

TEST_P(Jobs, ThatAreMissingAreABrokenInvariant) {
  const auto run = add(2);
  EXPECT_THROW(job(run, 2), core::Broken);
  EXPECT_THROW(job(next_id(), 0), core::Broken);
}

TEST_P(Jobs, RefuseRowsThatContradictThemselves) {
  const auto run = add(1);
  const auto now = clock.now();
  const model::Job rows[] = {
      {.state = JobState::waiting, .due = now},
      {.state = JobState::succeeded, .due = now},
      {.state = JobState::succeeded, .handled = true},
      {.state = JobState::running, .handled = true},
      {.state = JobState::queued, .unmet = 1},
      {.state = JobState::succeeded, .unmet = 1},
      {.state = JobState::running, .stop = StopCause::run_timed_out},
  };
  const auto before = job(run, 0);
  for (const auto& row : rows) EXPECT_THROW(set_job(run, row), sql::ConstraintFailure);
  EXPECT_EQ(job(run, 0), before);
}

TEST_P(Jobs, QueueInTheOrderOfTheirWaiting) {
  const auto a = add(4), b = add(4);
  queue(b, 3, 2s), queue(b, 1, 1s), queue(b, 0, 2s), queue(a, 2, 2s);
  EXPECT_EQ(heads(), "j1 j2 j0 j3 ");
  EXPECT_EQ(heads(2), "j1 j2 ");
  std::string rest;
  read([&](Tx& tx) {
    const auto first = queue_heads(tx, 2);
    for (const auto& h : queue_heads(tx, 9, &first.back())) rest += h.name + " ";
    return queue_heads(tx, 9, &first.back());
  });
  EXPECT_EQ(rest, "j0 j3 ");
  const auto head = read([](Tx& tx) { return queue_heads(tx, 1); }).at(0);
  EXPECT_EQ(head.key, (JobKey{b, 1}));
  EXPECT_EQ(head.attempt, 1u);
  const auto length = read([](Tx& tx) { return queue_length(tx); });
  EXPECT_EQ(length.jobs, 4);
  EXPECT_EQ(length.oldest, core::noon + 1s);
}

TEST_P(Jobs, OfNobodyMakeAnEmptyQueue) {
  EXPECT_EQ(heads(), "");
  const auto length = read([](Tx& tx) { return queue_length(tx); });
  EXPECT_EQ(length.jobs, 0);
  EXPECT_FALSE(length.oldest);
}

TEST_P(Jobs, OfHeldAndStoppingRunsAreNotLaunched) {
  const auto held = add(1), stopping = add(2), finally = add(3), good = add(4);
  queue(held, 0, 1s), queue(stopping, 1, 1s), queue(finally, 2, 1s), queue(good, 3, 1s);
  write([&](Tx& tx) { hold_run(tx, held, "x"); });
  set_run({.id = stopping, .stop = StopCause::cancel, .open = 1});
  set_run({.id = finally, .stop = StopCause::cancel, .in_finally = true, .open_finally = 1});
  EXPECT_EQ(heads(), "j2 j3 ");
}

TEST_P(Jobs, AreDueInTheOrderOfTheirTimes) {
  const auto run = add(4), held = add(1);
  const auto set = [&](model::RunId id, std::uint32_t index, base::Micros after) {
    set_job(id, {.index = index, .state = JobState::running, .due = clock.now() + after});
  };
  set(run, 0, 3s), set(run, 1, 1s), set(run, 2, 9s), set(held, 0, 1s);
  write([&](Tx& tx) { hold_run(tx, held, "x"); });
  const auto due = [&](std::size_t limit) {
    return read([=](Tx& tx) { return due_jobs(tx, limit); });
  };
  EXPECT_TRUE(due(9).empty());
  clock.advance(3s);
  EXPECT_EQ(due(9), (std::vector<JobKey>{{run, 1}, {run, 0}}));
  EXPECT_EQ(due(1), (std::vector<JobKey>{{run, 1}}));
}

TEST_P(Jobs, AreListedInPagesFromBothEnds) {
  const auto run = add(7);
  add(3);
  for (std::uint32_t i : {1u, 3u, 5u}) queue(run, i, 1s);
  EXPECT_EQ(list(run, -1, false, 3), "j0 j1 j2 ");
  EXPECT_EQ(list(run, 2, false, 3), "j3 j4 j5 ");
  EXPECT_EQ(list(run, 5, false, 3), "j6 ");
  EXPECT_EQ(list(run, 6, true, 3), "j3 j4 j5 ");
  EXPECT_EQ(list(run, 3, true, 5), "j0 j1 j2 ");
  EXPECT_EQ(list(run, 1, false, 9, "queued"), "j3 j5 ");
  EXPECT_EQ(list(run, 5, true, 1, "queued"), "j3 ");
  EXPECT_EQ(list(run, -1, false, 9, "failed"), "");
}

TEST_P(Jobs, ShowReadersWhatTheyAre) {
  const auto run = add(1);
  const model::Job row{.state = JobState::running,
                       .attempt = 2,
                       .unreachable = true,
                       .stop = StopCause::cancel,
                       .class_ = model::Class::exit,
                       .due = clock.now() + 5s,
                       .since = clock.now()};
  set_job(run, row);
  const auto seen = read([&](Tx& tx) { return list_jobs(tx, run, -1, false, "", 1); }).at(0);
  EXPECT_EQ(seen.job, row);
  EXPECT_EQ(seen.name, "j0");
}

TEST_P(Jobs, AreCountedByState) {
  const auto run = add(5);
  for (std::uint32_t i : {1u, 3u}) queue(run, i, 1s);
  const auto counts = read([&](Tx& tx) { return count_jobs(tx, run); });
  EXPECT_EQ(counts, (std::map<std::string, std::int64_t>{{"queued", 2}, {"waiting", 3}}));
  EXPECT_EQ(read([&](Tx& tx) { return job_rows(tx, next_id()); }), 0u);
}

}  // namespace
}  // namespace store
