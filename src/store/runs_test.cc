#include "store/runs.h"

#include "store/assignments.h"
#include "store/attempts.h"
#include "store/feed.h"
#include "store/logs.h"
#include "store/testing.h"

namespace store {
namespace {

using model::RunState;

class Runs : public Conformance {
 protected:
  std::string ids(const std::vector<RunRecord>& page) {
    std::string out;
    for (const auto& r : page) out += names_.at(r.run.id) + " ";
    return out;
  }
  model::RunId add(const std::string& name, NewRun n = {}) {
    const auto id = add_run(*core::plan_of(core::numbered_jobs(1)), std::move(n));
    names_[id] = name;
    return id;
  }
  std::string list(const RunFilter& f = {}, const RunCursor& at = {}, std::size_t limit = 100) {
    return ids(read([&](Tx& tx) { return list_runs(tx, "p", f, at, limit); }));
  }
  void finish(model::RunId id, RunState state = RunState::succeeded) {
    set_run({.id = id, .state = state, .finished = clock.now()});
  }

  std::map<model::RunId, std::string> names_;
  std::uint64_t next_revision_ = 1;
};

INSTANTIATE_TEST_SUITE_P(Engines, Runs, testing::ValuesIn(engines), engine_name);

TEST_P(Runs, KeepEverythingTheyWereMadeOf) {
  const NewRun n{.id = next_id(),
                 .project = "tools",
                 .pipeline = "nightly",
                 .version = 7,
                 .spec_hash = "abc",
                 .params = R"({"n":1})",
                 .labels = {{"a", "1"}, {"b", "é\"\\"}},
                 .origin = "api",
                 .jobs = 5,
                 .main_jobs = 3};
  const auto found = write([&](Tx& tx) {
    insert_run(tx, n);
    return *read_run(tx, "tools", n.id);
  });
  EXPECT_EQ(found.project, "tools");
  EXPECT_EQ(found.pipeline, "nightly");
  EXPECT_EQ(found.version, 7);
  EXPECT_EQ(found.spec_hash, "abc");
  EXPECT_EQ(found.params, n.params);
  EXPECT_EQ(found.labels, R"({"a":"1","b":"é\"\\"})");
  EXPECT_EQ(found.origin, "api");
  EXPECT_EQ(found.jobs, 5u);
  EXPECT_EQ(found.created, clock.now());
  EXPECT_EQ(found.held, "");
  const model::Run first{.id = n.id, .open = 3, .open_finally = 2};
  EXPECT_EQ(found.run, first);
  const auto locked = *run(n.id);
  EXPECT_EQ(locked.run, first);
  EXPECT_EQ(locked.spec_hash, "abc");
  EXPECT_EQ(locked.project, "tools");
  EXPECT_EQ(locked.pipeline, "nightly");
}

TEST_P(Runs, OfASpecOfTheirOwnHaveNoVersion) {
  const auto id = add("a");
  const auto found = read([&](Tx& tx) { return *read_run(tx, "p", id); });
  EXPECT_FALSE(found.version);
  EXPECT_EQ(found.pipeline, "");
}

TEST_P(Runs, AreInsertedOnce) {
  const auto id = add("a");
  EXPECT_THROW(write([&](Tx& tx) {
                 insert_run(tx, {.id = next_id(), .project = "p", .labels = {{"k", "v"}}});
                 insert_run(tx, {.id = id, .project = "other"});
               }),
               sql::ConstraintFailure);
  EXPECT_EQ(number("select count(*) from runs"), 1);
  EXPECT_EQ(number("select count(*) from run_labels"), 0);
  EXPECT_EQ(run(id)->project, "p");
}

TEST_P(Runs, AreUnseenUntilTheyAreShownOnce) {
  const auto id = add("a", {.visible = false});
  const auto seen = [&] { return read([&](Tx& tx) { return read_run(tx, "p", id).has_value(); }); };
  EXPECT_FALSE(seen());
  EXPECT_EQ(list(), "");
  EXPECT_TRUE(run(id));
  write([&](Tx& tx) { show_run(tx, id); });
  EXPECT_TRUE(seen());
  EXPECT_EQ(list(), "a ");
  EXPECT_THROW(write([&](Tx& tx) { show_run(tx, id); }), core::Broken);
}

TEST_P(Runs, BelongToOneProject) {
  const auto id = add("a");
  EXPECT_FALSE(read([&](Tx& tx) { return read_run(tx, "q", id); }));
  EXPECT_TRUE(read([&](Tx& tx) { return list_runs(tx, "q", {}, {}, 10); }).empty());
}

TEST_P(Runs, KeepEveryFieldOfTheirHeader) {
  const auto id = add("a");
  model::Run stopping{.id = id,
                      .state = RunState::stopping,
                      .stop = model::StopCause::run_timed_out,
                      .in_finally = true,
                      .open = 3,
                      .open_finally = 4,
                      .unhandled = 5,
                      .pending = 6,
                      .due = clock.now() + 1us,
                      .started = clock.now() + 2us};
  model::Run done{.id = id,
                  .state = RunState::canceled,
                  .stop = model::StopCause::cancel,
                  .unhandled = 1,
                  .started = clock.now(),
                  .finished = clock.now() + 3us};
  for (const auto& header : {stopping, done}) {
    set_run(header);
    EXPECT_EQ(run(id)->run, header);
  }
  EXPECT_FALSE(run(next_id()));
}

TEST_P(Runs, RefuseHeadersThatContradictThemselves) {
  const auto id = add("a");
  const auto now = clock.now();
  const model::Run rows[] = {
      {.id = id, .state = RunState::succeeded},
      {.id = id, .state = RunState::running, .finished = now},
      {.id = id, .state = RunState::failed, .open = 1, .finished = now},
      {.id = id, .state = RunState::failed, .open_finally = 1, .finished = now},
      {.id = id, .state = RunState::failed, .pending = 1, .finished = now},
      {.id = id, .stop = model::StopCause::queue_timeout},
  };
  const auto before = run(id)->run;
  for (const auto& row : rows) EXPECT_THROW(set_run(row), sql::ConstraintFailure);
  EXPECT_EQ(run(id)->run, before);
}

TEST_P(Runs, AreHeldOnceAndNeverDue) {
  const auto id = add("a");
  set_run({.id = id, .open = 1, .due = clock.now()});
  EXPECT_EQ(read([](Tx& tx) { return due_runs(tx, 9); }).size(), 1u);
  for (const auto* why : {"first", "second"}) write([&](Tx& tx) { hold_run(tx, id, why); });
  EXPECT_EQ(read([&](Tx& tx) { return read_run(tx, "p", id)->held; }), "first");
  EXPECT_TRUE(run(id)->run.held);
  EXPECT_FALSE(run(id)->run.due);
  EXPECT_TRUE(read([](Tx& tx) { return due_runs(tx, 9); }).empty());
}

TEST_P(Runs, AreDueInTheOrderOfTheirTimes) {
  const auto a = add("a"), b = add("b"), c = add("c"), d = add("d");
  add("never");
  for (const auto& [id, after] : {std::pair(a, 3s), {b, 1s}, {c, 2s}, {d, 10s}})
    set_run({.id = id, .open = 1, .due = clock.now() + after});
  const auto due = [&](std::size_t limit) {
    return read([=](Tx& tx) { return due_runs(tx, limit); });
  };
  EXPECT_TRUE(due(9).empty());
  clock.advance(3s);
  EXPECT_EQ(due(9), (std::vector{b, c, a}));
  EXPECT_EQ(due(2), (std::vector{b, c}));
}

TEST_P(Runs, AreListedInPagesThatHoldStillUnderInserts) {
  std::vector<model::RunId> all;
  for (char name = 'a'; name <= 'g'; ++name) all.push_back(add(std::string(1, name)));
  const auto at = [&](char name, bool before) {
    return RunCursor{all[std::size_t(name - 'a')].str(), before};
  };
  EXPECT_EQ(list({}, {}, 3), "g f e ");
  add("new");
  EXPECT_EQ(list({}, at('e', false), 3), "d c b ");
  add("newer");
  EXPECT_EQ(list({}, at('b', false), 3), "a ");
  EXPECT_EQ(list({}, at('a', false), 3), "");
  EXPECT_EQ(list({}, at('a', true), 3), "d c b ");
  EXPECT_EQ(list({}, at('d', true), 3), "g f e ");
  EXPECT_EQ(list({}, at('g', true), 3), "newer new ");
}

TEST_P(Runs, AreFilteredByWhatTheyAre) {
  add("a", {.pipeline = "x", .labels = {{"team", "red"}, {"env", "dev"}}});
  const auto b = add("b", {.pipeline = "y", .labels = {{"team", "red"}}});
  clock.advance(1s);
  const auto middle = clock.now();
  add("c", {.pipeline = "x", .labels = {{"team", "blue"}}});
  const auto d = add("d", {.pipeline = "x"});
  finish(b);
  finish(d, RunState::failed);
  EXPECT_EQ(list(), "d c b a ");
  EXPECT_EQ(list({.state = "queued"}), "c a ");
  EXPECT_EQ(list({.pipeline = "x"}), "d c a ");
  EXPECT_EQ(list({.state = "failed", .pipeline = "x"}), "d ");
  EXPECT_EQ(list({.label_key = "team", .label_value = "red"}), "b a ");
  EXPECT_EQ(list({.pipeline = "x", .label_key = "team", .label_value = "red"}), "a ");
  EXPECT_EQ(list({.label_key = "team", .label_value = "green"}), "");
  EXPECT_EQ(list({.since = middle}), "d c ");
  EXPECT_EQ(list({.until = middle}), "b a ");
  EXPECT_EQ(list({.since = middle, .until = middle}), "");
  // The same filter, page by page, from both ends.
  EXPECT_EQ(list({.pipeline = "x", .until = middle}, {}, 1), "a ");
  EXPECT_EQ(list({.pipeline = "x"}, {b.str(), false}, 1), "a ");
  EXPECT_EQ(list({.pipeline = "x"}, {b.str(), true}, 1), "c ");
  EXPECT_EQ(list({.until = middle}, {b.str(), true}), "");
}

TEST_P(Runs, KeepTheirPayload) {
  const auto a = add("a"), b = add("b"), c = add("c");
  const std::string bytes("\0\xff{}\n", 5);
  write([&](Tx& tx) {
    insert_payload(tx, a, {"application/json", bytes});
    insert_payload(tx, b, {"", ""});
  });
  const auto payload = [&](auto id) { return read([&](Tx& tx) { return read_payload(tx, id); }); };
  EXPECT_EQ(payload(a)->content_type, "application/json");
  EXPECT_EQ(payload(a)->bytes, bytes);
  EXPECT_EQ(payload(b)->bytes, "");
  EXPECT_FALSE(payload(c));
}

TEST_P(Runs, AreOldOnceTheirRetentionIsOver) {
  const auto a = add("a"), b = add("b"), c = add("c");
  add("open");
  for (const auto& id : {b, a, c}) {
    clock.advance(1s);
    finish(id);
  }
  const auto old = [&](base::Micros age, std::size_t limit) {
    return read([&](Tx& tx) { return old_runs(tx, tx.now() - age, limit); });
  };
  EXPECT_TRUE(old(2s, 9).empty());
  EXPECT_EQ(old(1s, 9), (std::vector{b}));
  EXPECT_EQ(old(-1s, 9), (std::vector{b, a, c}));
  EXPECT_EQ(old(-1s, 2), (std::vector{b, a}));
}

TEST_P(Runs, StayAsLongAsSomethingOfThemIsOnACluster) {
  const auto a = add("a"), b = add("b");
  finish(a), finish(b);
  write([&](Tx& tx) {
    insert_assignments(tx, {{{{.key = {a, 0, 1}, .revision = 1, .name = "n"}, "c"}}});
  });
  const auto old = read([](Tx& tx) { return old_runs(tx, tx.now() + 1s, 9); });
  EXPECT_EQ(old, (std::vector{b}));
}

TEST_P(Runs, ThatWereNeverShownAreFoundByAge) {
  const auto a = add("a", {.visible = false});
  add("b");
  clock.advance(1h);
  const auto c = add("c", {.visible = false});
  const auto found = [&](base::Micros age) {
    return read([&](Tx& tx) { return invisible_runs(tx, tx.now() - age, 9); });
  };
  EXPECT_EQ(found(30min), (std::vector{a}));
  EXPECT_EQ(found(-1s), (std::vector{a, c}));
}

TEST_P(Runs, LeaveNoRowsWhenTheyAreDeleted) {
  const auto fill = [&](const model::RunId& id) {
    write([&](Tx& tx) {
      insert_payload(tx, id, {"text", "x"});
      insert_continuations(tx, id, {core::Sweep{0}});
      for (std::uint32_t job : {0u, 2u}) {
        insert_assignments(
            tx, {{{{.key = {id, job, 1}, .revision = next_revision_++, .name = "n"}, "c"}}});
        append_log(tx, "c", {.key = {id, job, 1}, .bytes = {"log"}}, 100);
        delete_assignment(tx, {id, job, 1});
      }
    });
  };
  const auto plan = core::plan_of(core::numbered_jobs(3));
  const auto gone = add_run(*plan, {.labels = {{"a", "b"}}}),
             kept = add_run(*plan, {.labels = {{"a", "b"}}});
  fill(gone), fill(kept);
  const auto whole = rows_of(*this, kept);
  EXPECT_EQ(whole.size(), 8u) << "runs, run_labels, payloads, jobs, attempts, continuations, "
                                 "log_chunks, log_streams";
  write([&](Tx& tx) { delete_job_rows(tx, gone, 2); });
  EXPECT_EQ(rows_of(*this, gone)["jobs"], 1);
  EXPECT_EQ(rows_of(*this, gone)["log_chunks"], 1);
  EXPECT_EQ(rows_of(*this, gone)["log_streams"], 1);
  write([&](Tx& tx) { delete_job_rows(tx, gone, 3); });
  write([&](Tx& tx) { delete_run(tx, gone); });
  EXPECT_EQ(rows_of(*this, gone), (std::map<std::string, std::int64_t>()));
  EXPECT_EQ(rows_of(*this, kept), whole);
}

}  // namespace
}  // namespace store
