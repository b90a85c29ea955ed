#include "store/feed.h"

#include "loop/group.h"
#include "store/testing.h"

namespace store {
namespace {

class Feed : public Conformance {
 protected:
  void add(model::RunId run, std::string body) {
    write([&](Tx& tx) { insert_feed(tx, run, body); });
  }
  std::string bodies(std::int64_t after, const std::string& run = "", std::size_t limit = 99) {
    std::string out;
    for (const auto& row : read([=](Tx& tx) { return read_feed(tx, after, run, limit); }))
      out += row.body + " ";
    return out;
  }
  std::vector<Continuation> continuations(std::size_t limit = 99) {
    return read([=](Tx& tx) { return read_continuations(tx, limit); });
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Feed, testing::ValuesIn(engines), engine_name);

TEST_P(Feed, ReplaysWhatCameAfterANumber) {
  const auto a = next_id(), b = next_id();
  EXPECT_EQ(read([](Tx& tx) { return feed_bounds(tx).last; }), 0);
  add(a, "1"), add(b, "2"), add(a, "3"), add(a, "4");
  const auto rows = read([](Tx& tx) { return read_feed(tx, 0, "", 99); });
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1].run, b.str());
  EXPECT_EQ(rows[1].at, clock.now());
  EXPECT_EQ(rows[1].body, "2");
  const auto bounds = read([](Tx& tx) { return feed_bounds(tx); });
  EXPECT_EQ(bounds.first, rows[0].seq);
  EXPECT_EQ(bounds.last, rows[3].seq);
  EXPECT_EQ(bodies(rows[1].seq), "3 4 ");
  EXPECT_EQ(bodies(0, "", 2), "1 2 ");
  EXPECT_EQ(bodies(0, a.str()), "1 3 4 ");
  EXPECT_EQ(bodies(rows[0].seq, a.str(), 1), "3 ");
}

TEST_P(Feed, IsTrimmedFromItsOldEnd) {
  const auto run = next_id();
  for (const auto* body : {"1", "2", "3", "4"}) {
    add(run, body);
    clock.advance(1s);
  }
  const auto trim = [&](base::Micros age, std::size_t limit) {
    return write([=](Tx& tx) { return trim_feed(tx, tx.now() - age, limit); });
  };
  EXPECT_EQ(trim(10s, 99), 0);
  EXPECT_EQ(trim(1s, 2), 2);
  EXPECT_EQ(bodies(0), "3 4 ");
  EXPECT_EQ(trim(1s, 2), 1);
  EXPECT_EQ(trim(1s, 2), 0);
  EXPECT_EQ(bodies(0), "4 ");
  EXPECT_EQ(trim(0s, 9), 0) << "the newest stays, so that readers see how far the numbers came";
  add(run, "5");
  EXPECT_EQ(trim(0s, 9), 1);
  EXPECT_EQ(bodies(0), "5 ");
}

TEST_P(Feed, IsNumberedInTheOrderOfCommits) {
  constexpr int writers = 8, each = 25;
  loop::Group group(loop.executor());
  const auto run = next_id();
  const auto writer = [&](int w) -> loop::Task<> {
    for (int i = 0; i < each; ++i) {
      const auto body = std::to_string(w) + ":" + std::to_string(i);
      co_await store->transact([&](Tx& tx) { insert_feed(tx, run, body); });
    }
  };
  std::vector<std::string> followed;
  const auto follower = [&]() -> loop::Task<> {
    for (std::int64_t after = 0; followed.size() < writers * each;) {
      const auto rows = co_await store->read([=](Tx& tx) { return read_feed(tx, after, "", 7); });
      for (const auto& row : rows) followed.push_back(row.body), after = row.seq;
    }
  };
  for (int w = 0; w < writers; ++w) group.spawn("writer", writer(w));
  group.spawn("follower", follower());
  await(group.join());
  std::map<std::string, int> next;
  for (const auto& body : followed) {
    const auto colon = body.find(':');
    EXPECT_EQ(next[body.substr(0, colon)]++, std::stoi(body.substr(colon + 1)));
  }
}

TEST_P(Feed, KeepsFollowUpsInTheirOrder) {
  const auto a = next_id(), b = next_id();
  write([&](Tx& tx) {
    insert_continuations(tx, a,
                         {core::Roots{5, true}, core::Resolve{3, 250}, core::Handle{4, 500}});
    insert_continuations(tx, b, {core::Sweep{750}});
    insert_continuations(tx, b, {});
  });
  const auto all = continuations();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].run, a);
  EXPECT_EQ(all[0].fact, core::stored(core::Roots{5, true}));
  EXPECT_EQ(all[1].fact, core::stored(core::Resolve{3, 250}));
  EXPECT_EQ(all[2].fact, core::stored(core::Handle{4, 500}));
  EXPECT_EQ(all[3].run, b);
  EXPECT_EQ(all[3].fact, core::stored(core::Sweep{750}));
  EXPECT_EQ(continuations(1).at(0).id, all[0].id);
}

TEST_P(Feed, GivesEachFollowUpToOneTaker) {
  write([&](Tx& tx) { insert_continuations(tx, next_id(), {core::Sweep{0}}); });
  const auto id = continuations().at(0).id;
  const auto take = [&] { return write([=](Tx& tx) { return take_continuation(tx, id); }); };
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  EXPECT_TRUE(continuations().empty());
}

TEST_P(Feed, LeavesFollowUpsOfHeldRunsWithThem) {
  const auto held = add_run(*core::plan_of(core::numbered_jobs(1)));
  const auto good = next_id();
  write([&](Tx& tx) {
    insert_continuations(tx, held, {core::Sweep{0}});
    insert_continuations(tx, good, {core::Sweep{0}});
    hold_run(tx, held, "x");
  });
  ASSERT_EQ(continuations().size(), 1u);
  EXPECT_EQ(continuations()[0].run, good);
}

TEST_P(Feed, RemembersAnswersByTheirKey) {
  const auto find = [&](std::string_view project, std::string_view route, std::string_view key) {
    return read([=](Tx& tx) { return find_idempotency(tx, project, route, key); });
  };
  const auto insert = [&](std::string_view hash) {
    write([=](Tx& tx) { insert_idempotency(tx, "p", "r", "k", {std::string(hash), 201, "body"}); });
  };
  EXPECT_FALSE(find("p", "r", "k"));
  insert("h");
  const auto found = *find("p", "r", "k");
  EXPECT_EQ(found.request_hash, "h");
  EXPECT_EQ(found.status, 201);
  EXPECT_EQ(found.body, "body");
  EXPECT_FALSE(find("q", "r", "k") || find("p", "s", "k") || find("p", "r", "l"));
  EXPECT_THROW(insert("other"), sql::ConstraintFailure);
}

TEST_P(Feed, ForgetsKeysWhenTheirTimeAndTheirRunAreOver) {
  const auto open = add_run(*core::plan_of(core::numbered_jobs(1)));
  for (const auto& body : {open.str(), std::string("other")}) {
    write([&](Tx& tx) { insert_idempotency(tx, "p", "r", body, {"h", 201, body}); });
    clock.advance(1s);
  }
  write([&](Tx& tx) { insert_idempotency(tx, "p", "r", "young", {"h", 201, "x"}); });
  const auto trim = [&] {
    return write([](Tx& tx) { return trim_idempotency(tx, tx.now() - 500ms, 9); });
  };
  EXPECT_EQ(trim(), 1);
  EXPECT_EQ(number("select count(*) from idempotency"), 2);
  set_run({.id = open, .state = model::RunState::canceled, .finished = clock.now()});
  EXPECT_EQ(trim(), 1);
  EXPECT_EQ(number("select count(*) from idempotency where key = 'young'"), 1);
}

}  // namespace
}  // namespace store
