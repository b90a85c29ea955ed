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
    log = home + "/runs/" + run + "/jobs/only/log";
  }
  void print(std::uint64_t offset, const std::string& bytes, bool last = false) {
    const auto stored = agent.upload(
        {.key = key, .offset = offset, .bytes = {bytes}, .last = last, .note = "complete"});
    EXPECT_EQ(stored.status, 200) << stored.body;
  }
  Agent agent;
  std::string run, log;
  model::AttemptKey key;
};

TEST(Logs, AreReadFromAnyOffset) {
  World w;
  Started s(w);
  s.print(0, "hello ");
  s.print(6, "world");
  const auto reply = w.get(s.log);
  EXPECT_EQ(reply.headers.get("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(w.read(reply), "hello world");
  EXPECT_EQ(w.read(w.get(s.log + "?offset=6&attempt=1")), "world");
  EXPECT_EQ(w.read(w.get(s.log + "?offset=100")), "");
  EXPECT_EQ(w.get(s.log + "?attempt=2").text("/code"), "no_such_attempt");
  EXPECT_EQ(w.get(s.log + "?attempt=0").status, 404);
}

TEST(Logs, ThatAreLongComeInPieces) {
  World w;
  Started s(w);
  std::string all;
  for (int i = 0; i < 5; ++i) {
    const std::string part(200'000, char('a' + i));
    s.print(all.size(), part);
    all += part;
  }
  EXPECT_EQ(w.read(w.get(s.log)), all);
}

TEST(Logs, AreFollowedToTheirEnd) {
  World w;
  Started s(w);
  s.print(0, "one\n");
  const auto running = w.start(w.get(s.log + "?follow=true"));
  EXPECT_EQ(w.await(*running, "one"), "one\n");
  s.print(4, "two\n");
  w.await(*running, "two");
  EXPECT_FALSE(running->ended);
  s.print(8, "three\n", true);
  EXPECT_EQ(w.await(*running, "never"), "one\ntwo\nthree\n");
  EXPECT_TRUE(running->ended);
}

TEST(Logs, AreFollowedFromBeforeTheFirstAttempt) {
  World w({.log_period = std::chrono::milliseconds(5)});
  const auto run = w.post(home + "/runs", submit_of(chain())).text("/id");
  const auto log = home + "/runs/" + run + "/jobs/deploy/log";
  EXPECT_EQ(w.get(log).text("/code"), "no_such_attempt");
  const auto running = w.start(w.get(log + "?follow=true"));
  w.post(home + "/runs/" + run + "/cancel");
  EXPECT_EQ(w.await(*running, "never"), "");
  EXPECT_TRUE(running->ended);
}

TEST(Logs, EndWhenNothingCanFollowAnyMore) {
  World w({.log_period = std::chrono::milliseconds(5)});
  Started s(w);
  const auto running = w.start(w.get(s.log + "?follow=true"));
  s.agent.end(s.key);
  s.agent.report(s.key, model::Sight::gone);
  EXPECT_EQ(w.await(*running, "never"), "");
}

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
