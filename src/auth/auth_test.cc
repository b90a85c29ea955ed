#include <gtest/gtest.h>

#include "auth/gate.h"
#include "loop/loop.h"
#include "seal/tokens.h"
#include "store/clusters.h"

namespace auth {
namespace {

/// A clock that goes only when told.
struct HandClock final : loop::Clock {
  base::Mono at{base::Micros(0)};
  base::Time now() const override { return base::Time(std::chrono::hours(24)); }
  base::Mono mono() const override { return at; }
  loop::Task<> wait(loop::Waiter&, base::Mono) override { co_return; }
};

struct World {
  void add_agent(const std::string& name, const std::string& key) {
    loop.run_until_done(store->transact([&](store::Tx& tx) {
      store::insert_agent(tx, {"id-" + name, name, "cluster-" + name, {}, {}},
                          seal::hash_token(key));
    }));
  }
  void replace_key(const std::string& name, const std::string& key) {
    loop.run_until_done(store->transact([&](store::Tx& tx) {
      store::replace_agent_key(tx, name, seal::hash_token(key), tx.now());
    }));
  }

  /// `admin`, the agent's cluster, or the code of the refusal.
  std::string ask(const std::string& authorization, Access access) {
    http::Request request;
    if (!authorization.empty()) request.headers.set("Authorization", authorization);
    base::Result<Caller> caller = Caller{};
    loop.run_until_done(admit(request, access, caller));
    return !caller ? caller.error().code : caller->admin ? "admin" : caller->cluster;
  }
  loop::Task<> admit(const http::Request& request, Access access, base::Result<Caller>& caller) {
    caller = co_await gate.admit(request, access);
  }

  loop::Loop loop;
  HandClock clock;
  base::Rng rng{1};
  std::unique_ptr<store::Store> store = store::open_in_memory(clock, rng);
  std::string admin = seal::make_token();
  Gate gate{*store, clock, seal::hash_token(admin)};
};

TEST(Gate, KnowsTheAdministratorAndAgents) {
  World w;
  const auto key = seal::make_token();
  w.add_agent("a", key);
  for (const auto access : {Access::read, Access::invoke, Access::admin}) {
    EXPECT_EQ(w.ask("Bearer " + w.admin, access), "admin");
    EXPECT_EQ(w.ask("Bearer " + key, access), "forbidden");
  }
  EXPECT_EQ(w.ask("Bearer " + key, Access::agent), "cluster-a");
  EXPECT_EQ(w.ask("Bearer " + w.admin, Access::agent), "forbidden");
  EXPECT_EQ(w.ask("bEARER  " + w.admin, Access::read), "admin");
  EXPECT_EQ(w.ask("", Access::open), "");
}

TEST(Gate, RefusesWhateverElseIsSent) {
  World w;
  const std::string tokens[] = {"",
                                "Bearer",
                                "Bearer ",
                                "Bearer    ",
                                "Basic " + w.admin,
                                w.admin,
                                "Bearer " + w.admin.substr(0, 45),
                                "Bearer " + w.admin + " x",
                                "Bearer " + seal::hash_token(w.admin),
                                "Bearer " + seal::make_token(),
                                std::string(100'000, 'B')};
  for (const auto& token : tokens)
    EXPECT_EQ(w.ask(token, Access::read), "unauthenticated") << token.substr(0, 60);
}

TEST(Gate, RemembersAnAgentForAMinute) {
  World w;
  const auto key = seal::make_token();
  w.add_agent("a", key);
  EXPECT_EQ(w.ask("Bearer " + key, Access::agent), "cluster-a");
  w.replace_key("a", seal::make_token());
  w.clock.at += std::chrono::seconds(59);
  EXPECT_EQ(w.ask("Bearer " + key, Access::agent), "cluster-a");
  w.clock.at += std::chrono::seconds(1);
  EXPECT_EQ(w.ask("Bearer " + key, Access::agent), "unauthenticated");
}

TEST(Gate, ForgetsNobodyWhenManyAgentsCall) {
  World w;
  const auto key = seal::make_token();
  w.add_agent("a", key);
  for (std::size_t i = 0; i < Gate::remember_max + 10; ++i) {
    const auto other = seal::make_token();
    w.add_agent("b" + std::to_string(i), other);
    ASSERT_NE(w.ask("Bearer " + other, Access::agent), "unauthenticated");
  }
  EXPECT_EQ(w.ask("Bearer " + key, Access::agent), "cluster-a");
}

}  // namespace
}  // namespace auth
