#include <gtest/gtest.h>

#include "agent/agent.h"
#include "agent/testing_link.h"
#include "loop/group.h"
#include "loop/loop.h"

namespace agent {
namespace {

using namespace std::chrono_literals;

/// Hands with one object, whose output is what the test says.
class Hand final : public Executor {
 public:
  std::string kind() const override { return "fake"; }
  loop::Task<Sightings> look(bool) override {
    Sightings all;
    if (there_) all.objects.push_back(object);
    co_return all;
  }
  loop::Task<Created> create(model::Assignment, base::Mono) override { co_return Created{}; }
  loop::Task<> stop(std::string, std::string) override { co_return; }
  loop::Task<bool> remove(std::string, std::string) override {
    there_ = false;
    changed_.ring();
    co_return true;
  }
  loop::Task<LogPiece> read_log(LogName, LogFrom from, std::size_t) override {
    ++reads;
    co_return LogPiece{.bytes = text.substr(from.offset), .end = object.outcome.has_value()};
  }
  std::set<LogName> take_written() override { return std::exchange(news_, {}); }
  loop::Bell& written() override { return written_; }
  loop::Bell& changed() override { return changed_; }

  void write(const std::string& bytes) {
    text += bytes;
    news_.insert({"job", ""});
    written_.ring();
  }
  void end() {
    object.outcome = model::Outcome{.state = model::AttemptState::succeeded};
    changed_.ring();
  }

  Object object{.key = {}, .name = "job", .uid = "u", .running = true, .streams = {""}};
  std::string text;
  int reads = 0;

 private:
  bool there_ = true;
  std::set<LogName> news_;
  loop::Bell written_, changed_;
};

/// Waits a while until this is true.
loop::Task<> until(loop::Clock& clock, std::function<bool()> wanted) {
  const auto end = clock.mono() + 20s;
  while (!wanted() && clock.mono() < end) co_await clock.sleep(1ms);
}

TEST(SessionLogs, AreNotAskedForWhenNobodyWantsThem) {
  loop::Loop loop;
  loop::RealClock clock;
  testing::OneAttempt link(clock, model::Wanted::present);
  Hand hand;
  hand.object.unkept = true;
  Agent agent(clock, link, hand, {.version = "1", .instance = "i", .log_period = 1ms});
  loop.run_until_done([&]() -> loop::Task<> {
    loop::Group group(loop.executor());
    group.spawn("agent", agent.run());
    hand.write("hello");
    co_await clock.sleep(50ms);
    hand.end();
    co_await until(clock, [&] { return !link.note.empty(); });
    EXPECT_EQ(link.note, "not kept, by keepLogs");
    EXPECT_EQ(hand.reads, 0);
    co_await group.stop();
  }());
}

TEST(SessionLogs, AreReadWhenThereIsSomethingToRead) {
  loop::Loop loop;
  loop::RealClock clock;
  testing::OneAttempt link(clock, model::Wanted::present);
  Hand hand;
  Agent agent(clock, link, hand, {.version = "1", .instance = "i", .log_period = 1ms});
  loop.run_until_done([&]() -> loop::Task<> {
    loop::Group group(loop.executor());
    group.spawn("agent", agent.run());
    co_await until(clock, [&] { return hand.reads > 0; });
    co_await clock.sleep(100ms);
    EXPECT_EQ(hand.reads, 1) << "it was said that nothing more is there";
    hand.write("hello");
    co_await until(clock, [&] { return link.log == "hello"; });
    EXPECT_EQ(link.log, "hello");
    co_await clock.sleep(100ms);
    EXPECT_EQ(hand.reads, 3) << "once with the text, and once to its end";
    hand.text += ", and bye";
    hand.end();
    co_await until(clock, [&] { return !link.note.empty(); });
    EXPECT_EQ(link.log, "hello, and bye");
    EXPECT_EQ(link.note, "complete");
    co_await group.stop();
  }());
}

}  // namespace
}  // namespace agent
