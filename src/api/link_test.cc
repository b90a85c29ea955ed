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

TEST(Agents, GetAnotherKeyAndKeepTheOldOneForAWhile) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto old = agent.key;
  const auto rotated = w.post("/api/v1/agents/a-c1/rotate", R"({"grace":"1h"})");
  ASSERT_EQ(rotated.status, 200) << rotated.body;
  EXPECT_EQ(rotated.headers.get("Cache-Control"), "no-store");
  EXPECT_NE(rotated.text("/key"), old);
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 200) << "by the old one";
  agent.key = rotated.text("/key");
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 200);
  const auto last = w.post("/api/v1/agents/a-c1/rotate", R"({"grace":"0s"})");
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 401) << "without grace it ends at once";
  agent.key = last.text("/key");
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 200);
  EXPECT_EQ(w.post("/api/v1/agents/x/rotate", "{}").text("/code"), "no_such_agent");
  EXPECT_EQ(w.post("/api/v1/agents/a-c1/rotate", R"({"grace":"721h"})").status, 422);
}

TEST(Agents, AreCutOffWhenTheirKeyIsRevoked) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto pull = w.get("/link/v1/pull?epoch=1", agent.headers());
  const auto running = w.start(pull);
  w.await(*running, "\n");
  EXPECT_EQ(w.post("/api/v1/agents/a-c1/revoke").status, 200);
  w.await(*running, "this never comes: the stream ends");
  EXPECT_TRUE(running->ended);
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 401);
  EXPECT_EQ(agent.say("open", {{"protocol", 1}, {"instance", "i1"}}).status, 401);
  EXPECT_NE(w.get("/api/v1/agents").text("/items/0/revoked"), "null");
  // A new key makes it an agent again; who holds the former session may not have noticed yet.
  agent.key = w.post("/api/v1/agents/a-c1/rotate", "{}").text("/key");
  const auto early = agent.say("open", {{"protocol", 1}, {"instance", "i1"}});
  EXPECT_EQ(early.text("/code"), "session_held");
  EXPECT_EQ(w.post("/api/v1/agents/x/revoke").text("/code"), "no_such_agent");
}

TEST(Clusters, AreForgottenWhenNobodyIsThereOrByForce) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto refused = w.post("/api/v1/clusters/c1/forget", "{}");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.text("/code"), "cluster_connected");
  EXPECT_EQ(w.post("/api/v1/clusters/c1/forget", R"({"force":true})").status, 204);
  EXPECT_EQ(w.get("/api/v1/clusters/c1").status, 404);
  EXPECT_EQ(w.get("/api/v1/agents").count("/items"), 0u);
  EXPECT_EQ(agent.say("renew", {{"epoch", 1}}).status, 401);
  EXPECT_EQ(w.post("/api/v1/clusters/c1/forget", "{}").text("/code"), "no_such_cluster");
}

TEST(Clusters, ShowHowTheirAgentFindsThem) {
  World w;
  Agent agent(w, "c1");
  agent.open(5);
  const auto say = [&](std::string_view trouble, int held) {
    const base::Object health{{"trouble", trouble},
                              {"kubernetes", "v1.34.0"},
                              {"namespace", "work"},
                              {"pruneHeld", held}};
    EXPECT_EQ(agent.say("renew", {{"epoch", 1}, {"health", health}}).status, 200);
    return w.get("/api/v1/clusters/c1");
  };
  const auto bad = say("its API cannot be asked: refused", 2);
  EXPECT_EQ(bad.text("/state"), "troubled");
  EXPECT_EQ(bad.text("/trouble"), "its API cannot be asked: refused");
  EXPECT_EQ(bad.text("/kubernetes"), "v1.34.0");
  EXPECT_EQ(bad.text("/namespace"), "work");
  EXPECT_EQ(bad.at("/pruneHeld"), 2);
  EXPECT_EQ(w.post(home + "/runs", submit_of(pipeline("p"))).status, 201);
  EXPECT_TRUE(agent.pull().empty()) << "nothing goes there";
  EXPECT_EQ(say("", 0).text("/state"), "ready");
  EXPECT_EQ(w.post("/api/v1/agents/a-c1/confirm-prune").status, 200);
  EXPECT_EQ(say("", 0).at("/pruneHeld"), 0);
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
  EXPECT_EQ(agent.upload({.key = key, .offset = 0, .bytes = {"abc"}}).body,
            R"({"stored":[{"bytes":3}]})");
  EXPECT_EQ(agent.upload({.key = key, .offset = 9, .bytes = {"abc"}}).body,
            R"({"stored":[{"bytes":3}]})");
  EXPECT_EQ(agent.upload({.key = {key.run, 7, 1}, .bytes = {"abc"}}).body,
            R"({"stored":[{"bytes":-1}]})");
}

}  // namespace
}  // namespace api::testing
