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
  using Edit = std::function<void(model::Work&)>;
  explicit World(const Edit& edit) {
    auto& a = assignment;
    a.key = {*model::RunId::parse("01arz3ndektsv4rrffq69g5fav"), 0, 1};
    a.name = pod.name;
    a.work = model::Work();
    a.work.edit().image = "busybox";
    if (edit) edit(a.work.edit());
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
  model::Assignment assignment;
  loop::Loop loop;
  loop::RealClock clock;
  kube::testing::ApiServer server{loop.executor()};
  kube::Client client{clock, server.config()};
  View::Pods pods{clock, client, {kube::pods("work"), "", ""}, kube::read_pod};
  View::Jobs jobs{clock, client, {kube::jobs("work"), "", ""}, kube::read_job};
  View::Events events{clock, client, {kube::events("work"), "", ""}, kube::read_kube_event};
  View view{context, pods, jobs, events};
};

void play(std::function<loop::Task<>(World&)> scenario, const World::Edit& edit = {}) {
  World w(edit);
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

TEST(View, SaysWhatOutputIsNotToBeKept) {
  for (const auto* keep : {"", "always", "never"}) {
    const auto scenario = [&](World& w) -> loop::Task<> {
      EXPECT_EQ((co_await w.seen()).unkept, keep == std::string_view("never")) << keep;
    };
    play(scenario, [&](model::Work& work) { work.keep_logs = keep; });
  }
}

/// A Pod that was made a moment ago, as the answer to its POST has it.
std::shared_ptr<const model::Pod> made(World& w, const std::string& uid) {
  return std::make_shared<const model::Pod>(
      model::Pod{.name = "made", .uid = uid, .labels = w.view.find(w.pod.name)->pod->labels});
}

TEST(View, TellsOnceOfWhatWasMadeUntilAWatchShowsIt) {
  play([](World& w) -> loop::Task<> {
    co_await w.seen();
    w.view.made(made(w, "u"), w.clock.mono());
    EXPECT_EQ((co_await w.seen()).uid, "u");
    EXPECT_TRUE(w.view.look(w.clock.now(), false).objects.empty()) << "it was told";
    w.pods.relist();
    w.jobs.relist();
    EXPECT_EQ((co_await w.gone()).uid, "u") << "lists that are newer do not show it";
  });
}

TEST(View, DoesNotAwaitWhatCameAndWent) {
  play([](World& w) -> loop::Task<> {
    co_await w.seen();
    auto object = core::object_of(w.context, w.assignment);
    object.at_pointer("/metadata/name") = "made";
    const kube::ObjectRef ref{w.pod.resource, "made"};
    w.server.objects().create(w.pod.resource, object);
    const auto whole = w.server.objects().find(ref);
    const std::string uid(whole->at_pointer("/metadata/uid").get_string());
    w.server.objects().remove(ref, {{"gracePeriodSeconds", 0}});
    // Its POST is answered when the watch has told all of that.
    co_await w.clock.sleep(50ms);
    w.view.made(made(w, uid), w.clock.mono());
    EXPECT_EQ((co_await w.gone()).uid, uid);
  });
}

TEST(View, DoesNotKeepAPodInWhichSomethingStillRuns) {
  const auto ended = [](std::string_view beside) {
    return fmt::format(
        R"({{"phase":"Running","containerStatuses":[{{"name":"main","state":{{"terminated":{{)"
        R"("exitCode":0,"finishedAt":"2026-03-04T05:06:07Z"}}}}}},)"
        R"({{"name":"beside","state":{}}}]}})",
        beside);
  };
  const auto scenario = [&](World& w) -> loop::Task<> {
    co_await w.seen();
    w.set(ended(R"({"running":{}})"));
    EXPECT_TRUE((co_await w.seen()).outcome);
    EXPECT_EQ(w.view.kept_until(*w.view.find(w.pod.name)), base::Time());
    w.set(ended(R"({"terminated":{"exitCode":0,"finishedAt":"2026-03-04T05:06:09Z"}})"));
    EXPECT_TRUE((co_await w.seen()).outcome);
    EXPECT_EQ(w.view.kept_until(*w.view.find(w.pod.name)),
              base::parse_time("2026-03-04T05:11:09Z").value());
  };
  play(scenario, [](model::Work& work) { work.keep_pods = "5m"; });
}

}  // namespace
}  // namespace pods
