#include "kube/informer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/metrics.h"
#include "json/parse.h"
#include "json/text.h"
#include "kube/client.h"
#include "kube/pod.h"
#include "kube/testing.h"
#include "kube/testing_selector.h"
#include "loop/deadline.h"
#include "loop/loop.h"

namespace kube::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

base::Value pod_json(const std::string& name) {
  return json::parse(
             fmt::format(R"({{"metadata":{{"name":"{}","labels":{{"fairlead.dev/a":"b"}}}},)"
                         R"("spec":{{"containers":[{{"name":"main"}}]}}}})",
                         name))
      .value();
}

ObjectRef pod_named(const std::string& name) { return {pods("work"), name}; }

/// A server, a client of it, and an informer that follows its Pods.
struct World {
  explicit World(ApiServer::Settings settings = {})
      : server(loop.executor(), std::move(settings)),
        client(clock, server.config()),
        informer(clock, client, {pods("work"), "fairlead.dev/a=b"}, read_pod, base::Rng(7)) {}

  void play(const std::function<loop::Task<>(World&)>& scenario, base::Micros time = 20s) {
    loop.run_until_done(play_and_stop(scenario, time));
  }
  loop::Task<> play_and_stop(const std::function<loop::Task<>(World&)>& scenario,
                             base::Micros time) {
    loop::Group serving(loop.executor()), following(loop.executor());
    serving.spawn("api server", server.serve());
    following.spawn("informer", informer.run());
    try {
      EXPECT_TRUE(co_await loop::within(clock, clock.mono() + time, scenario(*this)))
          << "the scenario hangs";
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    co_await following.stop();
    co_await server.stop();
    co_await serving.join();
  }

  /// Waits until this is true.
  loop::Task<> until(std::function<bool()> wanted) {
    for (;;) {
      const auto heard = informer.bell().rings();
      if (wanted()) co_return;
      co_await informer.bell().wait(clock, heard, clock.mono() + 10ms);
    }
  }
  loop::Task<> synced() {
    return until([this] { return informer.synced(); });
  }
  /// Waits until a list is here that was asked for now.
  loop::Task<> certain() {
    const auto asked = clock.mono();
    informer.relist();
    return until([this, asked] { return informer.fresh_since() >= asked; });
  }
  loop::Task<> phase_is(const std::string& name, const std::string& phase) {
    return until([this, name, phase] {
      const auto pod = informer.find(name);
      return pod && pod->phase == phase;
    });
  }
  void create(const std::string& name) { server.objects().create(pods("work"), pod_json(name)); }
  void set_phase(const std::string& name, const std::string& phase) {
    const base::Value patch = {{"status", {{"phase", phase}}}};
    server.objects().patch(pod_named(name), patch, true);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, pod] : informer.all()) out.push_back(name);
    return out;
  }

  loop::Loop loop;
  loop::RealClock clock;
  ApiServer server;
  Client client;
  Informer<model::Pod> informer;
};

TEST(Informer, ListsThenFollowsAndTellsWhatChanged) {
  World w({.tls = true, .token = "sesame"});
  w.create("a");
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    EXPECT_THAT(x.informer.take_changes(), ElementsAre("a"));
    EXPECT_TRUE(x.informer.take_changes().empty());
    x.create("b");
    x.set_phase("a", "Running");
    co_await x.phase_is("a", "Running");
    EXPECT_THAT(x.informer.take_changes(), ElementsAre("a", "b"));
    const auto before = x.informer.find("b");
    x.server.objects().remove(pod_named("b"), {});
    co_await x.until([&] { return !x.informer.find("b"); });
    EXPECT_EQ(before->phase, "Pending") << "what was taken stays";
    EXPECT_THAT(x.informer.take_changes(), ElementsAre("b"));
    const auto gone = x.informer.take_gone();
    EXPECT_TRUE(gone.contains("b"));
    EXPECT_EQ(gone.at("b").last->phase, "Pending") << "as it was at last";
    EXPECT_TRUE(gone.at("b").final);
    EXPECT_TRUE(x.informer.take_gone().empty());
    EXPECT_EQ(x.server.count("GET /api/v1/namespaces/work/pods"), 2u) << "one list, one watch";
  });
}

TEST(Informer, KeepsOnlyWhatItsSelectionTakes) {
  World w;
  w.create("a");
  w.server.objects().create(pods("other"), pod_json("x"));
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    EXPECT_THAT(x.names(), ElementsAre("a"));
    const auto patch = json::parse(R"({"metadata":{"labels":{"fairlead.dev/a":null}}})").value();
    x.server.objects().patch(pod_named("a"), patch, false);
    co_await x.until([&] { return x.informer.all().empty(); });
  });
}

TEST(Informer, AChangeOfWhatIsNotKeptIsNoChange) {
  World w;
  w.create("a");
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    x.informer.take_changes();
    const auto kept = x.informer.find("a");
    x.server.objects().patch(pod_named("a"),
                             json::parse(R"({"metadata":{"labels":{"x":"y"}}})").value(), false);
    x.create("b");
    co_await x.until([&] { return x.informer.find("b") != nullptr; });
    EXPECT_THAT(x.informer.take_changes(), ElementsAre("b"));
    EXPECT_EQ(x.informer.find("a"), kept);
  });
}

TEST(Informer, ReadsManyPages) {
  World w;
  for (int i = 0; i < 1203; ++i) w.create(fmt::format("p{:04}", i));
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    EXPECT_EQ(x.informer.all().size(), 1203u);
    co_await x.until([&] { return x.server.watches() > 0; });
    EXPECT_EQ(x.server.count("GET /api/v1/namespaces/work/pods"), 4u) << "three pages, one watch";
  });
}

TEST(Informer, AnExpiredPageStartsTheListAnew) {
  World w;
  for (int i = 0; i < 600; ++i) w.create(fmt::format("p{:04}", i));
  bool expired = false;
  w.server.on_request = [&](const http::Request& r) -> std::optional<http::Response> {
    if (r.param("continue") && !std::exchange(expired, true)) {
      w.server.objects().remove(pod_named("p0000"), {});
      w.server.objects().expire_pages();
    }
    return std::nullopt;
  };
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    EXPECT_EQ(x.informer.all().size(), 599u);
    EXPECT_EQ(x.informer.find("p0000"), nullptr);
  });
}

TEST(Informer, AWatchThatEndsOrBreaksMeansNothingAndGoesOn) {
  World w;
  w.create("a");
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    x.informer.take_changes();
    const auto listed = x.informer.fresh_since();
    for (int i = 0; i < 6; ++i) {
      co_await x.until([&] { return x.server.watches() > 0; });
      if (i % 2 == 0)
        x.server.end_streams();
      else
        x.server.break_streams();
      x.set_phase("a", fmt::format("Phase{}", i));
      co_await x.phase_is("a", fmt::format("Phase{}", i));
    }
    EXPECT_THAT(x.informer.take_changes(), ElementsAre("a"));
    EXPECT_EQ(x.informer.fresh_since(), listed) << "it did not list anew";
  });
}

TEST(Informer, ListsAnewWhenItsVersionIsForgotten) {
  World w;
  w.create("a");
  w.create("b");
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    const auto first = x.informer.fresh_since();
    co_await x.until([&] { return x.server.watches() > 0; });
    x.server.break_streams();
    x.server.objects().remove(pod_named("b"), {});
    x.create("c");
    x.server.objects().compact();
    co_await x.until([&] { return x.informer.find("c") != nullptr && !x.informer.find("b"); });
    EXPECT_THAT(x.names(), ElementsAre("a", "c"));
    EXPECT_GT(x.informer.fresh_since(), first);
  });
}

TEST(Informer, BookmarksKeepItsVersionYoung) {
  World w({.bookmark_time = 1ms});
  w.create("a");
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    co_await x.until([&] { return x.server.watches() > 0; });
    // Nothing of the selection happens, and the history is forgotten all the same.
    x.server.objects().create(secrets("work"), json::parse(R"({"metadata":{"name":"s"}})").value());
    const auto listed = x.informer.fresh_since();
    const auto events = [] {
      return base::metrics::counter("fairlead_kube_events", "Events of watches",
                                    "resource=\"pods\"")
          .value();
    };
    const auto heard = events();
    co_await x.until([&] { return events() > heard + 1; });
    x.server.objects().compact();
    x.server.break_streams();
    co_await x.until([&] { return x.server.watches() == 0; });
    x.create("b");
    co_await x.until([&] { return x.informer.find("b") != nullptr; });
    EXPECT_EQ(x.informer.fresh_since(), listed) << "it did not list anew";
  });
}

TEST(Informer, ANewListIsNewerThanTheMomentItWasAskedFor) {
  World w;
  w.create("a");
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    // A watch that says nothing: only the list can tell.
    x.server.on_request = [](const http::Request& r) -> std::optional<http::Response> {
      if (!r.param("watch")) return std::nullopt;
      return http::respond(500, "text/plain", "no watches today");
    };
    x.server.break_streams();
    co_await x.until([&] { return x.server.watches() == 0; });
    x.create("b");
    co_await x.certain();
    EXPECT_THAT(x.names(), ElementsAre("a", "b"));
    x.server.objects().remove(pod_named("a"), {});
    co_await x.certain();
    EXPECT_THAT(x.names(), ElementsAre("b"));
  });
}

TEST(Informer, GetsThereWhateverTheServerAnswersMeanwhile) {
  World w;
  w.create("a");
  w.server.on_request = [n = 0](const http::Request&) mutable -> std::optional<http::Response> {
    switch (n++) {
      case 0: return http::respond(500, "text/plain", "oops");
      case 1:
        return http::respond(200, "application/json", "{\"metadata\":{\"resourceVersion\":\"1\"}");
      case 3:  // a watch, behind a list that went well
        return http::respond(200, "application/json", "{\"type\":\"ADDED\"}\nwhat?\n");
      case 5: return http::respond(403, "text/plain", "not you");
      default: return std::nullopt;
    }
  };
  w.play([](World& x) -> loop::Task<> {
    co_await x.synced();
    co_await x.until([&] { return x.server.seen().size() > 6 && x.server.watches() > 0; });
    x.set_phase("a", "Running");
    co_await x.phase_is("a", "Running");
  });
}

loop::Task<> see_an_odd_pod(World& w, Informer<std::string>& picky) {
  loop::Group group(w.loop.executor());
  group.spawn("picky", picky.run());
  co_await w.until([&] { return picky.synced(); });
  w.set_phase("a", "Odd");
  co_await w.until(
      [&] { return picky.find("a") && picky.find("a")->find("Odd") != std::string::npos; });
  co_await group.stop();
}

TEST(Informer, AnObjectThatIsNotUnderstoodMakesItListAnew) {
  World w;
  int refusals = 2;
  Informer<std::string> picky(
      w.clock, w.client, {pods("work")},
      [&](std::string_view json) {
        if (json.find("Odd") != std::string_view::npos && refusals-- > 0)
          throw base::Failure("odd");
        return std::string(json);
      },
      base::Rng(1));
  w.create("a");
  w.play([&](World& x) { return see_an_odd_pod(x, picky); });
  EXPECT_LE(refusals, 0);
}

}  // namespace
}  // namespace kube::testing
