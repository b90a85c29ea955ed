#include <gtest/gtest.h>

#include "agent/agent.h"
#include "agent/testing_link.h"
#include "loop/group.h"
#include "loop/loop.h"

namespace agent {
namespace {

using namespace std::chrono_literals;

/// Hands with one running object, whose cluster refuses the first stop.
class RefusesOnce final : public Executor {
 public:
  std::string kind() const override { return "fake"; }
  loop::Task<Sightings> look(bool) override {
    co_return Sightings{.objects = {{.key = {}, .name = "job", .uid = "u", .running = true}}};
  }
  loop::Task<Created> create(model::Assignment, base::Mono) override { co_return Created{}; }
  loop::Task<> stop(std::string name, std::string uid) override {
    EXPECT_EQ(name, "job");
    EXPECT_EQ(uid, "u");
    if (++stops == 1) throw base::Failure("the API server is away");
    stopped.ring();
    co_return;
  }
  loop::Task<bool> remove(std::string, std::string) override { co_return true; }
  loop::Task<LogPiece> read_log(LogName, LogFrom, std::size_t) override {
    co_return LogPiece{.bytes = {}, .end = true};
  }
  std::set<LogName> take_written() override { return {}; }
  loop::Bell& written() override { return bell_; }
  loop::Bell& changed() override { return bell_; }

  int stops = 0;
  loop::Bell stopped;

 private:
  loop::Bell bell_;
};

loop::Task<> until_stopped(loop::Clock& clock, Agent& agent, RefusesOnce& hands,
                           loop::Executor executor) {
  loop::Group group(std::move(executor));
  group.spawn("agent", agent.run());
  co_await hands.stopped.wait(clock, 0, clock.mono() + 30s);
  co_await group.stop();
}

TEST(Session, AsksAgainForAStopThatFailed) {
  loop::Loop loop;
  loop::RealClock clock;
  testing::OneAttempt link(clock, model::Wanted::gone);
  RefusesOnce hands;
  Agent agent(clock, link, hands, {.version = "1", .instance = "i"});
  loop.run_until_done(until_stopped(clock, agent, hands, loop.executor()));
  EXPECT_EQ(hands.stops, 2);
}

}  // namespace
}  // namespace agent
