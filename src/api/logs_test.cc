#include "api/log_text.h"
#include "api/testing.h"
#include "core/log_times.h"

namespace api::testing {
namespace {

/// A run of one job whose attempt is on a cluster.
struct Started {
  explicit Started(World& w) : world(w), agent(w, "c1") {
    agent.open();
    run = w.post(home + "/runs", submit_of(pipeline("p"))).text("/id");
    key = agent.pull().at(0).key;
    agent.report(key, model::Sight::running);
    log = home + "/runs/" + run + "/jobs/only/log";
  }
  void print(std::uint64_t offset, const std::string& bytes, bool last = false,
             const std::string& stream = "", const std::vector<core::LineTime>& times = {}) {
    const auto stored = agent.upload({.key = key,
                                      .stream = stream,
                                      .offset = offset,
                                      .bytes = {bytes},
                                      .times = {core::encode_times(times)},
                                      .last = last,
                                      .note = last ? "complete" : ""});
    EXPECT_EQ(stored.status, 200) << stored.body;
  }
  Reply events(const std::string& query, const std::string& last_id = "") {
    http::Headers headers{{"Accept", "text/event-stream"}};
    if (!last_id.empty()) headers.set("Last-Event-ID", last_id);
    return world.get(log + query, headers);
  }
  World& world;
  Agent agent;
  std::string run, log;
  model::AttemptKey key;
};

/// `ID EVENT DATA`, a line an event.
std::string told(const std::string& text) {
  http::SseParser parser;
  std::string lines;
  for (const auto& event : parser.feed(text))
    lines += event.id + " " + event.event + " " + event.data + "\n";
  return lines;
}

core::LineTime line(std::uint64_t offset, std::int64_t second) {
  return {offset, base::from_micros(second * 1'000'000)};
}

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

TEST(Logs, AreThoseOfTheMainStreamUnlessAnotherIsNamed) {
  World w;
  Started s(w);
  s.print(0, "first\n", true, "init");
  EXPECT_EQ(w.read(w.get(s.log)), "first\n") << "the first there is";
  s.print(0, "main\n");
  EXPECT_EQ(w.read(w.get(s.log)), "main\n");
  EXPECT_EQ(w.read(w.get(s.log + "?stream=init")), "first\n");
  EXPECT_EQ(w.get(s.log + "?stream=nosuch").text("/code"), "no_such_stream");
  EXPECT_EQ(w.get(s.log + "?stream=*").text("/code"), "bad_query");
  const auto attempts = w.get(home + "/runs/" + s.run + "/jobs/only/attempts");
  EXPECT_EQ(attempts.at("/items/0/logBytes"), 5);
  EXPECT_EQ(attempts.at("/items/0/streams/0"), (base::Value{{"name", ""}, {"bytes", 5}}));
  EXPECT_EQ(attempts.at("/items/0/streams/1"),
            (base::Value{{"name", "init"}, {"bytes", 6}, {"note", "complete"}}));
}

TEST(Logs, WaitForTheMainStreamWhenTheyAreFollowed) {
  World w;
  Started s(w);
  s.print(0, "first\n", true, "init");
  const auto running = w.start(w.get(s.log + "?follow=true"));
  s.print(0, "main\n", true);
  EXPECT_EQ(w.await(*running, "never"), "main\n");
}

TEST(Logs, OfSeveralPodsBeginWithTheFirst) {
  World w;
  Started s(w);
  s.print(0, "", true, "/others");
  s.print(0, "zero\n", true, "0-abc/main");
  s.print(0, "one\n", true, "1-abc/main");
  EXPECT_EQ(w.read(w.get(s.log + "?follow=true")), "zero\n");
  EXPECT_EQ(w.read(w.get(s.log + "?stream=1-abc/main")), "one\n");
}

TEST(Logs, HaveNamesThatHarmNobody) {
  World w;
  Started s(w);
  for (const auto* name : {"a=1", "a,b", "\x1b[1m", "*"})
    EXPECT_EQ(s.agent.upload({.key = s.key, .stream = name}).text("/code"), "invalid_input");
}

TEST(Logs, ShowTheirLastLinesAndSoManyBytes) {
  World w;
  Started s(w);
  s.print(0, "one\ntwo\nthree\n");
  EXPECT_EQ(w.read(w.get(s.log + "?tail=2")), "two\nthree\n");
  EXPECT_EQ(w.read(w.get(s.log + "?tail=0")), "");
  EXPECT_EQ(w.read(w.get(s.log + "?limit=5")), "one\nt");
  EXPECT_EQ(w.read(w.get(s.log + "?tail=2&limit=3")), "two");
  EXPECT_EQ(w.read(w.get(s.log + "?offset=4&limit=3&follow=true")), "two") << "that is all of it";
}

TEST(Logs, ShowWhenTheirLinesWereWritten) {
  World w;
  Started s(w);
  s.print(0, "one\ntwo\nthr", false, "", {line(0, 1), line(4, 2)});
  s.print(11, "ee\nfour\n", true, "", {line(14, 3)});
  EXPECT_EQ(w.read(w.get(s.log + "?timestamps=true&offset=2")),
            "e\n1970-01-01T00:00:02.000000Z two\nthree\n1970-01-01T00:00:03.000000Z four\n");
  EXPECT_EQ(w.read(w.get(s.log)), "one\ntwo\nthree\nfour\n");
}

TEST(Logs, SayWhatWasLeftOut) {
  World w({}, {.log_bytes_max = 8});
  Started s(w);
  s.print(0, "abcdefghijklmnop", true);
  EXPECT_EQ(w.read(w.get(s.log)), "abcd\n[fairlead: 8 bytes left out]\nmnop");
  EXPECT_EQ(w.read(w.get(s.log + "?offset=6")), "\n[fairlead: 6 bytes left out]\nmnop");
  EXPECT_EQ(told(w.read(s.events(""))),
            "4 log {\"stream\":\"\",\"offset\":0,\"text\":\"abcd\"}\n"
            "16 log {\"stream\":\"\",\"offset\":12,\"text\":\"mnop\"}\n"
            "16 end {\"streams\":[{\"name\":\"\",\"bytes\":16,\"note\":\"cut: 8 bytes in the "
            "middle were left out\"}]}\n");
}

TEST(Logs, ComeAsEventsThatAreResumed) {
  World w;
  Started s(w);
  s.print(0, "one\n", false, "", {line(0, 1)});
  s.print(4, "\xff\n", true, "", {line(4, 2)});
  const auto reply = s.events("?timestamps=true&limit=4");
  EXPECT_EQ(reply.headers.get("Content-Type"), "text/event-stream");
  EXPECT_EQ(told(w.read(reply)),
            "4 log {\"stream\":\"\",\"offset\":0,\"text\":\"one\\n\",\"times\":[[0,"
            "\"1970-01-01T00:00:01.000000Z\"]]}\n"
            "4 end {\"streams\":[{\"name\":\"\",\"bytes\":6,\"note\":\"complete\"}]}\n");
  EXPECT_EQ(told(w.read(s.events("?tail=5", "4"))),
            "6 log {\"stream\":\"\",\"offset\":4,\"base64\":\"/wo=\"}\n"
            "6 end {\"streams\":[{\"name\":\"\",\"bytes\":6,\"note\":\"complete\"}]}\n");
  EXPECT_EQ(s.events("", "x").text("/code"), "bad_header");
  EXPECT_EQ(s.events("", "1,side=2").text("/code"), "bad_header");
}

TEST(Logs, OfAllStreamsComeAsEventsToTheEndOfTheAttempt) {
  World w({.log_period = std::chrono::milliseconds(5)});
  Started s(w);
  s.print(0, "i\n", true, "init");
  const auto running = w.start(s.events("?stream=*&follow=true"));
  w.await(*running, "\"i\\n\"");
  s.print(0, "m\n");
  s.print(0, "s\n", true, "side");
  s.print(2, "n\n", true);
  w.await(*running, "n\\n\"");
  EXPECT_FALSE(running->ended) << "there may be more while it runs";
  s.agent.end(s.key);
  const auto text = told(w.await(*running, "event: end"));
  EXPECT_NE(text.find("4,init=2,side=2 end "), text.npos) << text;
  EXPECT_TRUE(text.starts_with(
      " streams {\"streams\":[{\"name\":\"init\",\"bytes\":2,\"note\":\"complete\"}]}\n"
      "init=2 log {\"stream\":\"init\",\"offset\":0,\"text\":\"i\\n\"}\n"))
      << text;
  const auto rest = told(w.read(s.events("?stream=*&follow=true", "2,init=2,side=2")));
  EXPECT_NE(rest.find("4,init=2,side=2 log {\"stream\":\"\",\"offset\":2,\"text\":\"n\\n\"}\n"),
            rest.npos)
      << rest;
  EXPECT_EQ(rest.find("\"i\\n\""), rest.npos) << "that was known";
}

TEST(Logs, BreatheAsEventsWhileNothingIsWritten) {
  World w({.heartbeat = std::chrono::milliseconds(5), .log_period = std::chrono::milliseconds(5)});
  Started s(w);
  const auto running = w.start(s.events("?follow=true"));
  w.await(*running, ":\n\n:\n\n");
  EXPECT_FALSE(running->ended);
}

TEST(LogOffsets, ComesBackFromItsText) {
  for (const LogOffsets& offsets :
       {LogOffsets{}, LogOffsets{{"", 5}}, LogOffsets{{"", 0}, {"0-x/main", 12}},
        LogOffsets{{"a", 1}, {"b", ~std::uint64_t(0)}}})
    EXPECT_EQ(read_offsets(offsets_text(offsets)), offsets);
  for (const auto* bad : {"x", "a=", "=x", "-1", "5 ", ",5", "99999999999999999999"})
    EXPECT_FALSE(read_offsets(bad)) << bad;
}

}  // namespace
}  // namespace api::testing
