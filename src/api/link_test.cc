#include "api/testing.h"

namespace api::testing {
namespace {

TEST(Agents, AreAddedWithAKeyThatIsShownOnce) {
  World w;
  const auto made = w.post("/api/v1/agents", R"({"name":"a","cluster":"c"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(seal::is_token(made.text("/key")));
  EXPECT_EQ(made.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(w.get("/api/v1/agents").body.find(made.text("/key")), std::string::npos);
  EXPECT_EQ(w.get("/api/v1/agents").text("/items/0/name"), "a");
  EXPECT_EQ(w.get("/api/v1/clusters/c").text("/state"), "never");
  EXPECT_EQ(w.get("/api/v1/clusters").count("/items"), 1u);
  EXPECT_EQ(w.get("/api/v1/clusters/d").text("/code"), "no_such_cluster");
  const auto add = [&](const std::string& body) { return w.post("/api/v1/agents", body); };
  EXPECT_EQ(add(R"({"name":"a","cluster":"d"})").text("/code"), "agent_exists");
  EXPECT_EQ(add(R"({"name":"b","cluster":"c"})").text("/code"), "cluster_taken");
  const auto bad = add(R"({"name":"A","cluster":""})");
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(bad.count("/errors"), 2u);
  EXPECT_EQ(add("{}").count("/errors"), 2u);
}

TEST(Clusters, ShowTheirSession) {
  World w;
  Agent agent(w, "c1");
  agent.open(5);
  const auto cluster = w.get("/api/v1/clusters/c1");
  EXPECT_EQ(cluster.text("/state"), "ready");
  EXPECT_EQ(cluster.at("/capacity"), 5);
  EXPECT_EQ(cluster.at("/epoch"), 1);
  EXPECT_EQ(agent.say("close", {{"epoch", agent.epoch}}).status, 204);
  EXPECT_EQ(w.get("/api/v1/clusters/c1").text("/state"), "unreachable");
}

TEST(Link, RefusesOtherProtocolsAndNamelessInstances) {
  World w;
  Agent agent(w, "c1");
  const auto other = agent.say("open", {{"protocol", 2}, {"new", "field"}});
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(other.text("/code"), "unsupported_protocol");
  const auto nameless = agent.say("open", {{"protocol", 1}, {"capacity", 1}});
  EXPECT_EQ(nameless.status, 422);
  EXPECT_EQ(nameless.text("/errors/0/pointer"), "/instance");
}

TEST(Link, FencesAnOlderSession) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 200);
  const auto held = agent.say("open", {{"protocol", 1}, {"instance", "other"}});
  EXPECT_EQ(held.text("/code"), "session_held");
  agent.open();
  EXPECT_EQ(agent.epoch, 2u);
  for (const auto* path : {"renew", "close", "reports", "logs"})
    EXPECT_EQ(agent.say(path, {{"epoch", 1}}).text("/code"), "stale_epoch") << path;
  const auto pull = w.get("/link/v1/pull?epoch=1", agent.headers());
  EXPECT_EQ(pull.status, 409);
  EXPECT_EQ(w.get("/link/v1/pull", agent.headers()).text("/code"), "bad_query");
}

TEST(Link, StreamsBatchesUntilTheSessionIsOver) {
  World w({.pull_wait = std::chrono::milliseconds(5)});
  Agent agent(w, "c1");
  agent.open();
  const auto pull = w.get("/link/v1/pull?epoch=1", agent.headers());
  ASSERT_EQ(pull.status, 200) << pull.body;
  const auto running = w.start(pull);
  // The first batch says that it is complete; quiet is an empty batch, again and again.
  w.await(*running, "}\n{\"revision\":1");
  EXPECT_TRUE(running->sink.got.starts_with(R"({"revision":1,"complete":true})"))
      << running->sink.got;
  w.post(home + "/runs", R"({"payload":"hi","spec":)" + pipeline("p") + "}");
  const auto text = w.await(*running, "assignments");
  EXPECT_NE(text.find(R"("payload":"aGk=")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("command":["sh","-c","true"])"), std::string::npos) << text;
  agent.open();
  w.await(*running, "never");
  EXPECT_TRUE(running->ended);
}

TEST(Link, BoundsWhatAgentsSend) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto run = w.post(home + "/runs", submit_of(pipeline("p"))).text("/id");
  const auto key = agent.pull().at(0).key;
  EXPECT_EQ(agent.upload({.key = key, .bytes = {std::string(300'000, 'x')}}).status, 422);
  agent.report(key, model::Sight::waiting, {}, std::string(10'000, '\x41') + "\xc3\xa4");
  const auto attempts = w.get(home + "/runs/" + run + "/jobs/only/attempts");
  EXPECT_EQ(attempts.text("/items/0/message").size(), 4096u);
  base::Array many(1001, json::encode(model::Report{.key = key}));
  EXPECT_EQ(agent.say("reports", {{"epoch", 1}, {"reports", many}}).status, 422);
}

TEST(Link, TellsHowMuchOfALogIsStored) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  w.post(home + "/runs", submit_of(pipeline("p")));
  const auto key = agent.pull().at(0).key;
  EXPECT_EQ(agent.upload({.key = key, .offset = 0, .bytes = {"abc"}}).body, R"({"stored":[3]})");
  EXPECT_EQ(agent.upload({.key = key, .offset = 9, .bytes = {"abc"}}).body, R"({"stored":[3]})");
  EXPECT_EQ(agent.upload({.key = {key.run, 7, 1}, .bytes = {"abc"}}).body, R"({"stored":[-1]})");
}

}  // namespace
}  // namespace api::testing
