#include "api/testing.h"
#include "store/feed.h"

namespace api::testing {
namespace {

/// A run of one job whose attempt is on a cluster.
struct Started {
  explicit Started(World& w) : agent(w, "c1") {
    agent.open();
    run = w.post(home + "/runs", submit_of(pipeline("p"))).text("/id");
    key = agent.pull().at(0).key;
    agent.report(key, model::Sight::running);
  }
  Agent agent;
  std::string run;
  model::AttemptKey key;
};

std::string states_of(const std::string& text) {
  http::SseParser parser;
  std::string states;
  for (const auto& event : parser.feed(text)) {
    states += states.empty() ? "" : " ";
    const auto body = json::parse(event.data);
    states += event.event == "change" ? std::string(body->at("state").as_string()) : event.event;
  }
  return states;
}

TEST(Events, ReplayAndFollowARunToItsEnd) {
  World w;
  Started s(w);
  const auto running = w.start(w.get(home + "/events?after=0&run=" + s.run));
  w.await(*running, "running");
  s.agent.end(s.key);
  const auto text = w.await(*running, "event: end");
  EXPECT_TRUE(states_of(text).starts_with("queued ")) << text;
  EXPECT_TRUE(states_of(text).ends_with(" succeeded end")) << text;
  // Of a run that has ended there is only the end.
  EXPECT_EQ(states_of(w.read(w.get(home + "/events?run=" + s.run))), "end");
  EXPECT_EQ(w.get(home + "/events?run=x").text("/code"), "no_such_run");
}

TEST(Events, GoOnAfterTheLastOneSeen) {
  World w;
  Started s(w);
  s.agent.end(s.key);
  const auto all = w.read(w.get(home + "/events?after=0&run=" + s.run));
  http::SseParser parser;
  const auto events = parser.feed(all);
  ASSERT_GT(events.size(), 3u);
  const auto rest =
      w.read(w.get(home + "/events?after=0&run=" + s.run, {{"Last-Event-ID", events[1].id}}));
  http::SseParser again;
  const auto later = again.feed(rest);
  ASSERT_EQ(later.size(), events.size() - 2);
  EXPECT_EQ(later[0], events[2]);
  EXPECT_EQ(w.get(home + "/events", {{"Last-Event-ID", "x"}}).text("/code"), "bad_header");
  EXPECT_EQ(w.get(home + "/events?after=-1").text("/code"), "bad_query");
}

TEST(Events, BeginWithWhatHappensFromNowOn) {
  World w;
  w.post(home + "/runs", submit_of(pipeline("old")));
  const auto running = w.start(w.get(home + "/events"));
  EXPECT_TRUE(w.await(*running, "id: ").starts_with("retry: "));
  w.post(home + "/runs", submit_of(pipeline("new")));
  const auto text = w.await(*running, "event: change");
  EXPECT_NE(text.find(R"("pipeline":"new")"), std::string::npos);
  EXPECT_EQ(text.find(R"("pipeline":"old")"), std::string::npos);
}

TEST(Events, AreGoneOnceTrimmed) {
  World w;
  for (int i = 0; i < 3; ++i) w.post(home + "/runs", submit_of(pipeline("p")));
  w.finish(w.store->transact(
      [&](store::Tx& tx) { store::trim_feed(tx, tx.now() + std::chrono::hours(1), 100); }));
  EXPECT_EQ(w.get(home + "/events?after=0").status, 410);
  EXPECT_EQ(w.get(home + "/events?after=1").text("/code"), "feed_gone");
  EXPECT_EQ(w.get(home + "/events?after=2").status, 200);
  EXPECT_EQ(w.get(home + "/events?after=3").status, 200);
  EXPECT_EQ(w.get(home + "/events?after=4").status, 410);
  // A run that began since then has lost nothing.
  w.finish(w.clock.sleep(std::chrono::milliseconds(2)));
  const auto run = w.post(home + "/runs", submit_of(pipeline("p"))).text("/id");
  EXPECT_EQ(w.get(home + "/events?after=0&run=" + run).status, 200);
}

TEST(Events, BreatheWhileNothingHappens) {
  World w({.heartbeat = std::chrono::milliseconds(5)});
  const auto running = w.start(w.get(home + "/events"));
  w.await(*running, ":\n\n:\n\n");
  EXPECT_FALSE(running->ended);
}

}  // namespace
}  // namespace api::testing
