#include "store/clusters.h"

#include "store/testing.h"

namespace store {
namespace {

class Clusters : public Conformance {
 protected:
  Clusters() {
    write([](Tx& tx) {
      insert_cluster(tx, "b", "agent b");
      insert_cluster(tx, "a", "agent a");
    });
  }
  ClusterRecord get(std::string_view name = "a") {
    return *read([=](Tx& tx) { return lock_cluster(tx, name); });
  }
  void open(std::string instance = "one", base::Micros lease = 30s) {
    const model::Hello hello{.version = "1.2",
                             .instance = std::move(instance),
                             .executor = "local",
                             .capacity = 8,
                             .labels = {{"zone", "x"}}};
    write([&](Tx& tx) { open_session(tx, "a", hello, tx.now() + lease); });
  }
  std::uint64_t count(const ClusterDelta& d) {
    return write([&](Tx& tx) { return count_cluster(tx, "a", d); });
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Clusters, testing::ValuesIn(engines), engine_name);

TEST_P(Clusters, BeginWithoutASession) {
  const auto c = get();
  EXPECT_EQ(c.agent, "agent a");
  EXPECT_EQ(c.epoch, 0u);
  EXPECT_EQ(c.revision, 0u);
  EXPECT_EQ(c.session, "");
  EXPECT_EQ(c.capacity, 0u);
  EXPECT_EQ(c.labels, "{}");
  EXPECT_EQ(c.created, clock.now());
  EXPECT_TRUE(read([](Tx& tx) { return expired_clusters(tx); }).empty());
  EXPECT_FALSE(read([](Tx& tx) { return lock_cluster(tx, "nowhere"); }));
  EXPECT_THROW(write([](Tx& tx) { insert_cluster(tx, "a", "again"); }), sql::ConstraintFailure);
}

TEST_P(Clusters, AreReadByName) {
  const auto all = read([](Tx& tx) { return read_clusters(tx); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[1].name, "b");
}

TEST_P(Clusters, TakeOneEpochMoreWithEachSession) {
  open();
  count({.revisions = 3, .live = 2, .offered = 2});
  EXPECT_EQ(get().epoch, 1u);
  EXPECT_EQ(get().session, "one");
  EXPECT_EQ(get().lease, clock.now() + 30s);
  EXPECT_EQ(get().capacity, 8u);
  EXPECT_EQ(get().executor, "local");
  EXPECT_EQ(get().version, "1.2");
  EXPECT_EQ(get().labels, R"({"zone":"x"})");
  open("two");
  EXPECT_EQ(get().epoch, 2u);
  EXPECT_EQ(get().session, "two");
  EXPECT_EQ(get().revision, 5u)
      << "each session takes one, so that its first pull has something to pass";
  EXPECT_EQ(get().live, 2u);
  EXPECT_EQ(get().offered, 0u) << "what was offered to the former session is in doubt";
  EXPECT_EQ(get("b").epoch, 0u);
}

TEST_P(Clusters, AreRenewedAndReleasedOnlyByTheirEpoch) {
  open("one", 30s);
  open("two", 30s);
  const auto lease = get().lease;
  clock.advance(5s);
  write([](Tx& tx) {
    renew_session(tx, "a", 1, tx.now() + 99s, {.trouble = "x"});
    release_session(tx, "a", 1);
  });
  EXPECT_EQ(get().lease, lease);
  EXPECT_EQ(get().session, "two");
  write([](Tx& tx) { renew_session(tx, "a", 2, tx.now() + 30s, {"t", "v1", "ns", 0}); });
  EXPECT_EQ(get().health, (model::Health{"t", "v1", "ns", 0}));
  EXPECT_EQ(get().lease, clock.now() + 30s);
  write([](Tx& tx) { release_session(tx, "a", 2); });
  EXPECT_EQ(get().session, "");
  EXPECT_EQ(get().lease, clock.now());
  EXPECT_EQ(get().epoch, 2u);
}

TEST_P(Clusters, KeepWhatIsHeldUntilSomebodyConfirmsInTheSameEpoch) {
  open("one", 30s);
  const auto say = [&](std::uint32_t held) {
    write([=](Tx& tx) { renew_session(tx, "a", get().epoch, tx.now() + 30s, {"", "", "", held}); });
    return get().health.prune_held;
  };
  EXPECT_EQ(say(3), 3u);
  EXPECT_EQ(say(0), 3u);
  EXPECT_EQ(say(5), 5u);
  write([](Tx& tx) { confirm_prune(tx, "a"); });
  EXPECT_EQ(get().prune_epoch, 1u);
  EXPECT_EQ(say(0), 0u);
  open("two", 30s);
  EXPECT_EQ(say(2), 2u);
  EXPECT_EQ(say(0), 2u) << "what was confirmed was confirmed of the former session";
}

TEST_P(Clusters, AreFencedButNotFreeBeforeTheLeaseEnds) {
  open("one", 30s);
  write([](Tx& tx) { fence_session(tx, "a"); });
  EXPECT_EQ(get().epoch, 2u);
  EXPECT_NE(get().session, "");
  EXPECT_EQ(get().lease, clock.now() + 30s);
  write([](Tx& tx) { fence_session(tx, "b"); });
  EXPECT_EQ(get("b").epoch, 0u) << "nobody held it";
}

TEST_P(Clusters, AreExpiredUntilTheyAreMarked) {
  open("one", 30s);
  const auto expired = [&] { return read([](Tx& tx) { return expired_clusters(tx); }); };
  EXPECT_TRUE(expired().empty());
  clock.advance(30s + 1us);
  EXPECT_EQ(expired(), std::vector<std::string>{"a"});
  write([](Tx& tx) { set_unreachable(tx, "a", true); });
  EXPECT_TRUE(get().unreachable);
  EXPECT_TRUE(expired().empty());
  write([](Tx& tx) { set_unreachable(tx, "a", false); });
  EXPECT_FALSE(get().unreachable);
}

TEST_P(Clusters, CountWhatIsOnThem) {
  EXPECT_EQ(count({.revisions = 5, .live = 4, .offered = 3}), 5u);
  EXPECT_EQ(count({.revisions = 1, .live = -1, .offered = -3}), 6u);
  EXPECT_EQ(get().live, 3u);
  EXPECT_EQ(get().offered, 0u);
  EXPECT_THROW(count({.live = -4}), sql::ConstraintFailure);
  EXPECT_THROW(count({.offered = -1}), sql::ConstraintFailure);
  EXPECT_EQ(get().live, 3u);
  EXPECT_EQ(get("b").live, 0u);
}

TEST_P(Clusters, KnowTheirAgentsByTheHashOfAKey) {
  const AgentRecord one{.id = "1", .name = "one", .cluster = "a"},
      two{.id = "2", .name = "two", .cluster = "b"};
  write([&](Tx& tx) {
    insert_agent(tx, two, "hash2");
    insert_agent(tx, one, "hash1");
  });
  const auto find = [&](std::string_view hash) {
    const auto a = read([=](Tx& tx) { return find_agent(tx, hash); });
    return a ? a->agent.id + a->agent.name + a->agent.cluster + (a->former ? " former" : "") : "";
  };
  EXPECT_EQ(find("hash1"), "1onea");
  EXPECT_EQ(find("other"), "");
  const auto all = read([](Tx& tx) { return list_agents(tx); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "one");
  EXPECT_EQ(all[0].created, clock.now());
  EXPECT_FALSE(all[0].revoked);
  const auto named = [&](std::string_view name, std::string_view cluster) {
    const auto a = read([=](Tx& tx) { return find_agent_named(tx, name, cluster); });
    return a ? a->id : "";
  };
  EXPECT_EQ(named("one", "x"), "1");
  EXPECT_EQ(named("x", "b"), "2");
  EXPECT_EQ(named("x", "y"), "");
  write([](Tx& tx) { replace_agent_key(tx, "one", "fresh", tx.now() + 1h); });
  EXPECT_EQ(find("fresh"), "1onea");
  EXPECT_EQ(find("hash1"), "1onea former");
  clock.advance(1h);
  EXPECT_EQ(find("hash1"), "");
  write([](Tx& tx) { replace_agent_key(tx, "one", "other", tx.now() + 1h); });
  write([](Tx& tx) { revoke_agent(tx, "one"); });
  EXPECT_EQ(find("other") + find("fresh"), "");
  EXPECT_EQ(read([](Tx& tx) { return lock_agent(tx, "one"); })->revoked, clock.now());
  write([](Tx& tx) { replace_agent_key(tx, "one", "last", tx.now() + 1h); });
  EXPECT_EQ(find("last"), "1onea");
  EXPECT_EQ(find("other"), "") << "a revoked key gets no grace";
  write([](Tx& tx) { delete_cluster(tx, "a"); });
  EXPECT_EQ(find("last"), "");
  EXPECT_FALSE(read([](Tx& tx) { return lock_cluster(tx, "a"); }));
  EXPECT_EQ(find("hash2"), "2twob");
}

TEST_P(Clusters, HaveOneAgentEach) {
  write([](Tx& tx) { insert_agent(tx, {"1", "one", "a", {}, {}}, "h1"); });
  const AgentRecord others[] = {
      {"1", "x", "x", {}, {}}, {"2", "one", "x", {}, {}}, {"2", "x", "a", {}, {}}};
  for (const auto& a : others)
    EXPECT_THROW(write([&](Tx& tx) { insert_agent(tx, a, "h2"); }), sql::ConstraintFailure);
  EXPECT_THROW(write([](Tx& tx) { insert_agent(tx, {"2", "x", "x", {}, {}}, "h1"); }),
               sql::ConstraintFailure);
}

}  // namespace
}  // namespace store
