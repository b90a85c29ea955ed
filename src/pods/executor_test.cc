#include "pods/executor.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "core/pod_spec.h"
#include "kube/client.h"
#include "kube/testing.h"
#include "loop/deadline.h"
#include "loop/loop.h"

namespace pods {
namespace {

using namespace std::chrono_literals;
using agent::Created;

/// An executor on an API server in miniature, and somebody who looks whenever it rings.
struct World {
  World() {
    assignment.key = {*model::RunId::parse("01arz3ndektsv4rrffq69g5fav"), 0, 1};
    assignment.name = "build-x";
    assignment.work = model::Work{.image = "busybox"};
    executor.begin({.cluster = context.cluster, .installation = context.installation});
  }

  loop::Task<> play(std::function<loop::Task<>(World&)> scenario) {
    loop::Group group(loop.executor());
    group.spawn("serve", server.serve());
    group.spawn("look", look());
    try {
      EXPECT_TRUE(co_await loop::within(clock, clock.mono() + 20s, scenario(*this)));
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    co_await executor.end();
    co_await server.stop();
    co_await group.stop();
  }
  loop::Task<> look() {
    for (;;) {
      const auto heard = executor.changed().rings();
      const auto all = co_await executor.look(false);
      shown += all.objects.size();
      gone.insert(gone.end(), all.gone.begin(), all.gone.end());
      looked.ring();
      co_await executor.changed().wait(clock, heard, loop::never);
    }
  }
  loop::Task<> until(std::function<bool()> wanted) {
    while (!wanted()) co_await looked.wait(clock, looked.rings(), loop::never);
  }

  const core::PodContext context{"home", "east", "work", {}};
  const kube::ObjectRef pod{kube::pods("work"), "build-x"};
  model::Assignment assignment;
  loop::Loop loop;
  loop::RealClock clock;
  kube::testing::ApiServer server{loop.executor()};
  kube::Client client{clock, server.config()};
  PodExecutor executor{loop.executor(), clock, client, {.name_space = "work"}};
  std::size_t shown = 0;
  std::vector<agent::Object> gone;
  loop::Bell looked;
};

void play(std::function<loop::Task<>(World&)> scenario) {
  World w;
  w.loop.run_until_done(w.play(std::move(scenario)));
}

TEST(PodExecutor, SaysThatARemovedPodIsGoneWhenItIs) {
  play([](World& w) -> loop::Task<> {
    const auto made = co_await w.executor.create(w.assignment, w.clock.mono() + 10s);
    EXPECT_EQ(made.kind, Created::Kind::created);
    EXPECT_TRUE(co_await w.executor.remove("build-x", made.uid));
    EXPECT_FALSE(w.server.objects().find(w.pod));
    EXPECT_EQ(w.gone.at(0).uid, made.uid);
    EXPECT_TRUE(co_await w.executor.remove("build-x", made.uid)) << "there is nothing to remove";
  });
}

/// The answer to its POST comes when all of its life has been told.
TEST(PodExecutor, LooksAnewWhenItShowsWhatIsNotThere) {
  play([](World& w) -> loop::Task<> {
    w.server.objects().create(w.pod.resource, core::object_of(w.context, w.assignment));
    const auto body = boost::json::serialize(*w.server.objects().find(w.pod));
    co_await w.until([&] { return w.shown > 0; });
    w.server.objects().remove(w.pod, {{"gracePeriodSeconds", 0}});
    co_await w.until([&] { return w.gone.size() == 1; });
    w.server.on_request = [&](const http::Request& r) -> std::optional<http::Response> {
      if (r.verb != http::Verb::post) return {};
      return http::respond(201, "application/json", body);
    };
    const auto made = co_await w.executor.create(w.assignment, w.clock.mono() + 10s);
    EXPECT_EQ(made.uid, w.gone[0].uid);
    co_await w.executor.stop("build-x", made.uid);
    co_await w.until([&] { return w.gone.size() == 2; });
    EXPECT_EQ(w.gone[1].uid, made.uid);
  });
}

}  // namespace
}  // namespace pods
