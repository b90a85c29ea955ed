// Random operations on a server whose streams break, whose history is forgotten and whose answers
// are cut into slices: when all is quiet, an informer has exactly what the server has.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "json/parse.h"
#include "json/text.h"
#include "kube/client.h"
#include "kube/informer.h"
#include "kube/testing.h"
#include "kube/testing_selector.h"
#include "loop/deadline.h"
#include "loop/loop.h"
#include "net/testing_stream.h"

namespace kube::testing {
namespace {

using namespace std::chrono_literals;

/// Hands on at most a few bytes at a time.
class SlicedStream final : public net::testing::PassingStream {
 public:
  SlicedStream(std::unique_ptr<net::Stream> below, std::uint64_t seed)
      : PassingStream(std::move(below)), rng_(seed) {}
  loop::Task<std::size_t> read_some(char* data, std::size_t size) override {
    return below_->read_some(data, std::min<std::size_t>(size, 1 + rng_.below(200)));
  }

 private:
  base::Rng rng_;
};

class SlicingDialer final : public net::Dialer {
 public:
  explicit SlicingDialer(std::uint64_t seed) : rng_(seed) {}
  loop::Task<std::unique_ptr<net::Stream>> dial(const net::Address& at) override {
    co_return std::make_unique<SlicedStream>(co_await net::connect(at), rng_.next());
  }

 private:
  base::Rng rng_;
};

/// What is compared: all of an object.
std::string whole(std::string_view json) { return json::print(json::parse(json).value()); }

struct World {
  explicit World(std::uint64_t seed)
      : rng(seed),
        dialer(seed + 1),
        server(loop.executor(), {.bookmark_time = 2ms}),
        client(clock, server.config(), dialer),
        informer(clock, client, {pods("work"), "kept=yes"}, whole, base::Rng(seed + 2)) {}

  loop::Task<> play() {
    loop::Group serving(loop.executor()), following(loop.executor());
    serving.spawn("api server", server.serve());
    following.spawn("informer", informer.run());
    server.on_request = [this](const http::Request&) { return fault(); };
    for (int i = 0; i < 120; ++i) {
      operate();
      // Mostly quicker than a watch comes back, now and then long enough for it.
      const auto pause = rng.chance(0.1) ? 120'000 : 2'000;
      co_await clock.sleep(base::Micros(std::int64_t(rng.below(pause))));
      look();
    }
    server.on_request = nullptr;
    EXPECT_TRUE(co_await loop::within(clock, clock.mono() + 60s, settle()))
        << "it never got what the server has: " << difference();
    co_await following.stop();
    co_await server.stop();
    co_await serving.join();
  }

  std::optional<http::Response> fault() {
    if (rng.chance(0.05)) return http::respond(500, "text/plain", "a fault");
    if (rng.chance(0.03)) return http::respond(410, "text/plain", "gone");
    if (rng.chance(0.02)) return http::respond(409, "text/plain", "conflict");
    if (rng.chance(0.02)) {
      auto busy = http::respond(429, "text/plain", "busy");
      busy.headers.set("Retry-After", "0");
      return busy;
    }
    return std::nullopt;
  }

  void operate() {
    auto& objects = server.objects();
    const ObjectRef pod{pods("work"), fmt::format("p{}", rng.below(12))};
    switch (rng.below(10)) {
      case 0:
      case 1:
      case 2: objects.create(pod.resource, new_pod(pod.name)); break;
      case 3: objects.remove(pod, base::Value()); break;
      case 4: objects.confirm_deletion(pod); break;
      case 5:
        objects.patch(pod, {{"status", {{"phase", fmt::format("P{}", rng.below(5))}}}}, true);
        break;
      case 6:
        objects.patch(pod, {{"metadata", {{"labels", {{"kept", rng.chance(0.7) ? "yes" : "no"}}}}}},
                      false);
        break;
      case 7: objects.bind(pod, "node"); break;
      case 8: disturb(); break;
      default:
        asked = clock.mono();
        then = truth();
        informer.relist();
    }
  }

  void disturb() {
    switch (rng.below(4)) {
      case 0: return server.objects().compact();
      case 1: return server.end_streams();
      case 2: return server.break_streams();
      default: return server.objects().expire_pages();
    }
  }

  static base::Value new_pod(const std::string& name) {
    return {{"metadata", {{"name", name}, {"labels", {{"kept", "yes"}}}}},
            {"spec", {{"containers", base::Array{{{"name", "main"}}}}}}};
  }

  /// Follows the changes that are told, and checks what a list that was asked for promises.
  void look() {
    for (const auto& name : informer.take_changes()) {
      if (const auto kept = informer.find(name))
        picture[name] = *kept;
      else
        picture.erase(name);
    }
    if (!asked || informer.fresh_since() < asked) return;
    asked.reset();
    ++promises;
    const auto now = truth(), has = seen();
    // What was there when the list was asked for and never changed since has to be known.
    for (const auto& [name, json] : then)
      if (now.contains(name) && now.at(name) == json)
        EXPECT_TRUE(has.contains(name) && has.at(name) == json) << name;
  }

  std::map<std::string, std::string> truth() {
    std::map<std::string, std::string> out;
    for (const auto& pod : server.objects().all({pods("work"), "kept=yes"}))
      out.emplace(text_at(*pod, "/metadata/name"), json::print(*pod));
    return out;
  }
  std::map<std::string, std::string> seen() const {
    std::map<std::string, std::string> out;
    for (const auto& [name, json] : informer.all()) out.emplace(name, *json);
    return out;
  }
  std::string difference() {
    std::string out;
    const auto is = truth(), was = seen();
    for (const auto& [name, json] : is)
      if (!was.contains(name) || was.at(name) != json) out += name + " ";
    for (const auto& [name, json] : was)
      if (!is.contains(name)) out += "(" + name + ") ";
    return out;
  }

  loop::Task<> settle() {
    for (;;) {
      const auto heard = informer.bell().rings();
      look();
      if (informer.synced() && truth() == seen() && !asked) break;
      co_await informer.bell().wait(clock, heard, clock.mono() + 5ms);
    }
    EXPECT_EQ(picture, seen()) << "a change was not told";
    EXPECT_GT(promises, 0);
  }

  base::Rng rng;
  std::map<std::string, std::string> picture;  // made of the changes that were told
  std::optional<base::Mono> asked;             // for a list, and what there was then
  std::map<std::string, std::string> then;
  int promises = 0;  // of lists that were looked at
  loop::Loop loop;
  loop::RealClock clock;
  SlicingDialer dialer;
  ApiServer server;
  Client client;
  Informer<std::string> informer;
};

TEST(InformerProperty, HasWhatTheServerHasOnceAllIsQuiet) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World w(seed);
    w.loop.run_until_done(w.play());
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace kube::testing
