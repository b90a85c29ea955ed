#include "pods/logs.h"

#include <gtest/gtest.h>

#include <deque>

#include "loop/loop.h"

namespace pods {
namespace {

using namespace std::chrono_literals;

/// The logs of one container, as a cluster's API gives them.
class Cluster final : public kube::Api {
 public:
  loop::Task<kube::Response> send(kube::Request, base::Mono) override {
    throw base::Failure("logs are opened");
  }
  loop::Task<std::unique_ptr<http::Incoming>> open(kube::Request request, base::Mono) override {
    asked.push_back(kube::target_of(request));
    const bool former = asked.back().find("previous=true") != std::string::npos;
    auto reading = std::make_unique<Reading>();
    reading->status = there ? 200 : 404;
    reading->lives_by = lives_by;
    reading->rest = there ? (former ? before : now) : R"({"message":"no such Pod"})";
    co_return reading;
  }

  std::string now, before;  ///< What it wrote, with stamps; and what before its last restart.
  bool there = true;
  loop::Clock* lives_by = nullptr;  ///< It writes on and on, by this clock.
  std::vector<std::string> asked;

 private:
  struct Reading final : http::Incoming {
    loop::Task<std::string> next(base::Mono) override {
      if (rest.empty() && lives_by) {
        co_await lives_by->sleep(2ms);
        co_return "more\n";
      }
      auto piece = rest.substr(0, 7);
      rest.erase(0, piece.size());
      co_return piece;
    }
    std::string rest;
    loop::Clock* lives_by = nullptr;
  };
};

/// A follower of one stream, with the agent's part played by the test.
struct World {
  ~World() { loop.run_until_done(group.stop()); }

  /// Reads on until this is the text and, if so, how it ends.
  void expect(const std::string& text, bool end = false, const std::string& lost = "") {
    loop.run_until_done(read_until(text, end));
    EXPECT_EQ(got, text);
    EXPECT_EQ(last.end, end);
    EXPECT_EQ(last.lost, lost);
  }
  loop::Task<> read_until(std::string text, bool end) {
    const auto until = clock.mono() + 20s;
    for (last = {}; (got != text || last.end != end) && clock.mono() < until;) {
      try {
        last = went ? logs.read_rest(name, got.size(), 5)
                    : logs.read(name, source, {got.size(), known}, 5);
        got += last.bytes;
      } catch (const base::Failure& e) {
        trouble = e.what();
      }
      co_await clock.sleep(1ms);
    }
  }

  loop::Loop loop;
  loop::RealClock clock;
  Cluster cluster;
  loop::Group group{loop.executor()};
  Logs logs{group, clock, cluster, "work", 5};
  Logs::Name name{"build-x", "side"};
  LogSource source{.pod = "build-x", .container = "side"};
  bool went = false;
  std::string got, known, trouble;
  agent::LogPiece last;
};

std::string line(int second, const std::string& text) {
  return "2026-11-21T12:00:0" + std::to_string(second) + ".000000001Z " + text + "\n";
}

TEST(Logs, AreFollowedAndThenReadToTheirEnd) {
  World w;
  w.cluster.now = line(1, "one");
  w.expect("one\n");
  w.cluster.now += line(2, "two");
  w.source.ended = true;
  w.expect("one\ntwo\n", true);
  EXPECT_EQ(w.cluster.asked.front(),
            "/api/v1/namespaces/work/pods/build-x/log?container=side&follow=true&timestamps=true");
  EXPECT_EQ(w.cluster.asked.back(),
            "/api/v1/namespaces/work/pods/build-x/log?container=side&timestamps=true");
}

/// Asks of these logs until there is something, or nothing to ask for any more.
loop::Task<std::string> read_out(World& w, Logs& logs, Logs::Name name) {
  for (const auto end = w.clock.mono() + 20s; w.clock.mono() < end; co_await w.clock.sleep(1ms)) {
    const auto piece = logs.read(name, {.pod = name.object, .container = "side"}, {}, 100);
    if (!piece.bytes.empty() || !piece.again) co_return piece.bytes;
  }
  co_return "it took too long";
}

TEST(Logs, AreReadOutOfTurnWhenSomebodyWaitsForThem) {
  World w;
  Logs logs(w.group, w.clock, w.cluster, "work", 0);
  w.cluster.now = line(1, "one");
  w.loop.run_until_done([&]() -> loop::Task<> {
    EXPECT_EQ(co_await read_out(w, logs, w.name), "") << "it waits for its turn";
    EXPECT_TRUE(logs.take_written().empty());
    logs.prefer({"another"});
    EXPECT_TRUE(logs.take_written().empty());
    logs.prefer({w.name.object});
    EXPECT_EQ(logs.take_written(), std::set{w.name}) << "it is worth to ask again";
    EXPECT_EQ(co_await read_out(w, logs, w.name), "one\n");
    co_await w.group.stop();
  }());
}

TEST(Logs, GiveUpTheirExtraTurnWhenNobodyWaitsForThem) {
  World w;
  Logs logs(w.group, w.clock, w.cluster, "work", 0);
  w.cluster.now = line(1, "one");
  w.cluster.lives_by = &w.clock;
  w.loop.run_until_done([&]() -> loop::Task<> {
    // More of them, one after the other, than there are extra turns.
    std::vector<Logs::Name> names;
    for (int i = 0; i < 70; ++i) names.push_back({"build-" + std::to_string(i), "side"});
    for (const auto& name : names) logs.read(name, w.source, {}, 100);
    co_await w.clock.sleep(600ms);
    for (const auto& name : names) EXPECT_EQ(co_await read_out(w, logs, name), "");
    for (const auto& name : names) {
      logs.prefer({name.object});
      EXPECT_EQ((co_await read_out(w, logs, name)).substr(0, 4), "one\n") << name.object;
      logs.prefer({});
      for (int i = 0; logs.following() > 0 && i < 1000; ++i) co_await w.clock.sleep(1ms);
    }
    co_await w.group.stop();
  }());
}

TEST(Logs, SurviveARestartOfTheirContainer) {
  World w;
  w.cluster.now = line(1, "one");
  w.expect("one\n");
  w.cluster.before = w.cluster.now + line(2, "last words");
  w.cluster.now = line(3, "again");
  w.source.restarts = 1;
  w.expect("one\nlast words\nagain\n");
  w.source.ended = true;
  w.expect("one\nlast words\nagain\n", true);
}

TEST(Logs, SayWhatNobodyReadBeforeARestart) {
  World w;
  w.cluster.now = line(3, "again");
  w.source.restarts = 2;
  w.source.ended = true;
  w.expect("again\n", true, "what it wrote before it was started again");
}

TEST(Logs, SayThatTheyWereRotatedTooSoon) {
  World w;
  w.cluster.now = line(1, "one");
  w.expect("one\n");
  w.cluster.now = line(5, "five");
  w.source.ended = true;
  w.expect("one\nfive\n", true, "it was rotated, and some of it may not have been read");
}

TEST(Logs, OfAPodThatWentAreWhatWasReadOfThem) {
  World w;
  w.cluster.now = line(1, "one");
  w.expect("one\n");
  w.cluster.there = false;
  w.went = true;
  w.expect("one\n", true, "its Pod went before all of it was read");
}

TEST(Logs, OfAnUnknownAttemptAreLost) {
  World w;
  w.went = true;
  w.expect("", true, "its Pod went before it was read");
}

TEST(Logs, OfWhatIsLeftRunningAreWhatItHasWritten) {
  World w;
  w.cluster.now = line(1, "one");
  w.source.ended = w.source.left = true;
  w.expect("one\n", true, "what it wrote after the attempt had ended");
}

TEST(Logs, TellWhyTheyCannotBeReadAndTryAgain) {
  World w;
  w.cluster.there = false;
  w.cluster.now = line(1, "one");
  w.loop.run_until_done([](World& world) -> loop::Task<> {
    const auto until = world.clock.mono() + 20s;
    while (world.trouble.empty() && world.clock.mono() < until) {
      try {
        world.logs.read(world.name, world.source, {}, 5);
      } catch (const base::Failure& e) {
        world.trouble = e.what();
      }
      co_await world.clock.sleep(1ms);
    }
  }(w));
  EXPECT_NE(w.trouble.find("the log of Pod build-x cannot be read"), std::string::npos);
  w.cluster.there = true;
  w.expect("one\n");
}

TEST(Logs, GoOnWhereAnEarlierAgentCameTo) {
  const auto time = [](int second) {
    return *base::parse_time("2026-11-21T12:00:0" + std::to_string(second) + ".000000001Z");
  };
  const auto known = core::encode_times({{0, time(1)}, {4, time(2)}});
  const auto begun = [&](World& w) {
    w.got = "one\ntwo\n";
    w.known = known;
    w.source.ended = true;
  };
  World whole;
  whole.cluster.now = line(1, "one") + line(2, "two") + line(3, "three");
  begun(whole);
  whole.expect("one\ntwo\nthree\n", true);
  World rotated;
  rotated.cluster.now = line(2, "two") + line(3, "three") + line(4, "four");
  // As a new session does: the first piece is from the start, and shows how far it came before.
  rotated.expect("two\nthree\nfour\n");
  begun(rotated);
  rotated.expect("one\ntwo\nthree\nfour\n", true);
  World torn;
  torn.cluster.now = line(5, "five");
  begun(torn);
  torn.expect("one\ntwo\nfive\n", true, "it was rotated, and some of it may not have been read");
}

}  // namespace
}  // namespace pods
