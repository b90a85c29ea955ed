#include "pods/view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "json/parse.h"
#include "kube/client.h"
#include "kube/pod.h"
#include "kube/testing.h"
#include "loop/deadline.h"
#include "loop/loop.h"

namespace pods {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

/// What a view shows of one Pod on an API server in miniature.
struct World {
  explicit World(const std::string& keep_logs = "") {
    model::Assignment a;
    a.key = {*model::RunId::parse("01arz3ndektsv4rrffq69g5fav"), 0, 1};
    a.name = pod.name;
    a.work = model::Work();
    a.work.edit().image = "busybox";
    a.work.edit().keep_logs = keep_logs;
    server.objects().create(pod.resource, core::object_of(context, a));
  }

  loop::Task<> play(std::function<loop::Task<>(World&)> scenario) {
    loop::Group group(loop.executor());
    group.spawn("serve", server.serve());
    group.spawn("pods", pods.run());
    group.spawn("jobs", jobs.run());
    group.spawn("events", events.run());
    try {
      EXPECT_TRUE(co_await loop::within(clock, clock.mono() + 20s, scenario(*this)));
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    co_await server.stop();
    co_await group.stop();
  }
  /// Looks until this is true of what was seen since.
  loop::Task<agent::Sightings> look_until(std::function<bool(const agent::Sightings&)> wanted) {
    for (;; co_await clock.sleep(5ms)) {
      auto seen = view.look(clock.now(), false);
      if (wanted(seen)) co_return seen;
    }
  }
  loop::Task<agent::Object> seen() {
    const auto s = co_await look_until([](const auto& all) { return !all.objects.empty(); });
    co_return s.objects.back();
  }
  loop::Task<agent::Object> gone() {
    const auto s = co_await look_until([](const auto& all) { return !all.gone.empty(); });
    co_return s.gone.back();
  }
  void set(const std::string& status) {
    server.objects().patch(pod, {{"status", json::parse(status).value()}}, true);
  }
  void remove() { server.objects().remove(pod, {{"gracePeriodSeconds", 0}}); }
  /// What happens in it is never told by a watch.
  loop::Task<> unwatched(const std::function<void()>& happens) {
    server.on_request = [](const http::Request&) { return http::respond(503, "text/plain", ""); };
    server.end_streams();
    while (server.watches() > 0) co_await clock.sleep(5ms);
    happens();
    server.objects().compact();
    server.on_request = nullptr;
  }

  const core::PodContext context{"home", "east", "work", {}};
  const kube::ObjectRef pod{kube::pods("work"), "build-x"};
  loop::Loop loop;
  loop::RealClock clock;
  kube::testing::ApiServer server{loop.executor()};
  kube::Client client{clock, server.config()};
  View::Pods pods{clock, client, {kube::pods("work"), "", ""}, kube::read_pod};
  View::Jobs jobs{clock, client, {kube::jobs("work"), "", ""}, kube::read_job};
  View::Events events{clock, client, {kube::events("work"), "", ""}, kube::read_kube_event};
  View view{context, pods, jobs, events};
};

void play(std::function<loop::Task<>(World&)> scenario, const std::string& keep_logs = "") {
  World w(keep_logs);
  w.loop.run_until_done(w.play(std::move(scenario)));
}

constexpr const char* running =
    R"({"phase":"Running","containerStatuses":[{"name":"main","state":{"running":{}}}]})";

TEST(View, KnowsThatAPodWhoseEndItSawWroteNothing) {
  play([](World& w) -> loop::Task<> {
    EXPECT_EQ((co_await w.seen()).streams, Strings());
    w.remove();
    const auto o = co_await w.gone();
    EXPECT_EQ(o.outcome->class_, model::Class::deleted);
    EXPECT_EQ(o.streams, Strings()) << "it never ran, so its empty log is complete";
  });
}

TEST(View, DoesNotKnowWhatAPodWroteThatWentUnseen) {
  play([](World& w) -> loop::Task<> {
    EXPECT_EQ((co_await w.seen()).streams, Strings());
    co_await w.unwatched([&] {
      w.set(running);
      w.remove();
    });
    const auto o = co_await w.gone();
    EXPECT_EQ(o.outcome->class_, model::Class::deleted);
    EXPECT_EQ(o.streams, Strings{""}) << "it may have run, and its output is lost";
  });
}

TEST(View, TellsTheStreamsOfWhatRan) {
  play([](World& w) -> loop::Task<> {
    co_await w.seen();
    w.set(running);
    EXPECT_EQ((co_await w.seen()).streams, Strings{""});
    co_await w.unwatched([&] { w.remove(); });
    EXPECT_EQ((co_await w.gone()).streams, Strings{""});
  });
}

constexpr const char* succeeded =
    R"({"phase":"Succeeded","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":0}}}]})";
constexpr const char* failed =
    R"({"phase":"Failed","containerStatuses":[{"name":"main","state":{"terminated":{"exitCode":1}}}]})";

/// What is to be read while it runs, then of how it ends.
void expect_kept(const std::string& keep, const char* end, Strings live, Strings ended) {
  const auto scenario = [&](World& w) -> loop::Task<> {
    co_await w.seen();
    w.set(running);
    EXPECT_EQ((co_await w.seen()).streams, live) << keep;
    w.set(end);
    const auto o = co_await w.seen();
    EXPECT_TRUE(o.outcome);
    EXPECT_EQ(o.streams, ended) << keep;
    EXPECT_EQ(o.unkept, ended.empty()) << keep;
  };
  play(scenario, keep);
}

TEST(View, AsksOnlyForOutputThatIsToBeKept) {
  expect_kept("always", succeeded, {""}, {""});
  expect_kept("onFailure", succeeded, {}, {});
  expect_kept("onFailure", failed, {}, {""});
  expect_kept("never", failed, {}, {});
}

}  // namespace
}  // namespace pods
