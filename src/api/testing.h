#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "api/api.h"
#include "http/sse.h"
#include "json/blob.h"
#include "json/encode.h"
#include "json/parse.h"
#include "json/text.h"
#include "loop/deadline.h"
#include "loop/group.h"
#include "loop/loop.h"
#include "seal/tokens.h"

namespace api::testing {

/// An answer, with its JSON at hand.
struct Reply {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::function<loop::Task<>(http::Sink&)> stream;
  base::Value json;

  /// The value at a JSON pointer; null when there is none.
  base::Value at(std::string_view pointer) const {
    boost::system::error_code none;
    const auto* found = json.find_pointer(pointer, none);
    return found ? *found : base::Value();
  }
  std::string text(std::string_view pointer) const {
    const auto value = at(pointer);
    return value.is_string() ? std::string(value.get_string()) : json::print(value);
  }
  std::size_t count(std::string_view pointer) const {
    const auto value = at(pointer);
    return value.is_array() ? value.get_array().size() : 0;
  }
};

/// Takes what a stream writes.
struct Collector final : http::Sink {
  std::string got;
  loop::Bell written;
  loop::Task<> write(std::string_view bytes) override {
    got += bytes;
    written.ring();
    co_return;
  }
  bool open() const override { return true; }
};

/// A stream that runs beside the test.
struct Running {
  Collector sink;
  bool ended = false;
};

/// The whole server but its sockets, on a store in memory.
struct World {
  explicit World(Settings settings = {}, control::Limits limits = {})
      : store(store::open_in_memory(clock, rng)),
        scene(*store, clock, pool, {}, limits),
        link(scene),
        admin(seal::make_token()),
        gate(*store, clock, seal::hash_token(admin)),
        api(scene, link, gate, rng, settings),
        streams(loop.executor()) {}
  ~World() {
    finish(streams.stop());
    finish(api.stop());
  }

  /// Runs a task to its end.
  void finish(loop::Task<> task) { loop.run_until_done(std::move(task)); }
  template <class T>
  T finish(loop::Task<T> task) {
    std::optional<T> value;
    finish(keep(std::move(task), value));
    return std::move(*value);
  }
  template <class T>
  static loop::Task<> keep(loop::Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
  }

  Reply call(http::Verb verb, std::string target, std::string body = "",
             http::Headers headers = {}) {
    auto request = std::make_shared<http::Request>();
    request->verb = verb;
    request->method = http::to_string(verb);
    request->target = std::move(target);
    request->body = std::move(body);
    if (!headers.has("Authorization")) headers.set("Authorization", "Bearer " + admin);
    request->headers = std::move(headers);
    EXPECT_TRUE(http::split_target(*request)) << request->target;
    kept.push_back(request);  // streams may look at it
    auto response = finish(api.handle(*request));
    Reply reply{response.status, response.headers, response.body, response.stream, {}};
    if (auto tree = json::parse(reply.body)) reply.json = *tree;
    return reply;
  }
  Reply get(std::string target, http::Headers headers = {}) {
    return call(http::Verb::get, std::move(target), "", std::move(headers));
  }
  Reply post(std::string target, std::string body = "", http::Headers headers = {}) {
    return call(http::Verb::post, std::move(target), std::move(body), std::move(headers));
  }

  /// Runs a stream to its end.
  std::string read(const Reply& reply) {
    Collector sink;
    const bool ended = finish(loop::within(clock, soon(), reply.stream(sink)));
    EXPECT_TRUE(ended) << "the stream does not end: " << sink.got;
    return sink.got;
  }
  /// Runs a stream beside the test.
  std::shared_ptr<Running> start(const Reply& reply) {
    auto running = std::make_shared<Running>();
    streams.spawn("stream", run(reply.stream, running));
    return running;
  }
  /// Runs the loop until the stream has written this, or has ended.
  std::string await(Running& running, std::string text) {
    finish(until_written(running, std::move(text)));
    return running.sink.got;
  }
  loop::Task<> until_written(Running& running, std::string text) {
    const auto until = soon();
    for (;;) {
      const auto heard = running.sink.written.rings();
      if (running.ended || running.sink.got.find(text) != std::string::npos) co_return;
      if (co_await running.sink.written.wait(clock, heard, until)) continue;
      ADD_FAILURE() << "waited for " << text << ", got " << running.sink.got;
      co_return;
    }
  }
  base::Mono soon() { return clock.mono() + std::chrono::seconds(10); }

  static loop::Task<> run(std::function<loop::Task<>(http::Sink&)> stream,
                          std::shared_ptr<Running> running) {
    co_await stream(running->sink);
    running->ended = true;
    running->sink.written.ring();
  }

  loop::Loop loop;
  loop::RealClock clock;
  loop::Pool pool{1};
  base::Rng rng{7};
  std::unique_ptr<store::Store> store;
  control::Scene scene;
  control::Link link;
  std::string admin;
  auth::Gate gate;
  Api api;
  loop::Group streams;
  std::vector<std::shared_ptr<http::Request>> kept;
};

inline const std::string home = "/api/v1/projects/default";
/// A pipeline of one job, with this more inside.
inline std::string pipeline(const std::string& name, const std::string& more = "") {
  return R"({"kind":"Pipeline","name":")" + name + "\"" + more +
         R"(,"jobs":{"only":{"image":"busybox","run":"true"}}})";
}
/// Two jobs in a row, and one that waits for the failure of the first.
inline std::string chain() {
  return R"({"kind":"Pipeline","name":"chain","jobs":{
    "build":{"image":"busybox","run":"true"},
    "deploy":{"image":"busybox","run":"true","dependsOn":[{"job":"build"}]},
    "rescue":{"image":"busybox","run":"true",
              "dependsOn":[{"job":"build","conditions":{"failure":true}}]}}})";
}
inline std::string submit_of(const std::string& spec) { return "{\"spec\":" + spec + "}"; }

/// An agent that is played by hand, over the routes of the link.
struct Agent {
  Agent(World& world, std::string name) : w(world), cluster(std::move(name)) {
    const auto made =
        w.post("/api/v1/agents", R"({"name":"a-)" + cluster + R"(","cluster":")" + cluster + "\"}");
    EXPECT_EQ(made.status, 201) << made.body;
    key = made.text("/key");
  }
  http::Headers headers() const { return {{"Authorization", "Bearer " + key}}; }
  Reply say(const std::string& path, const base::Value& body) {
    return w.post("/link/v1/" + path, json::print(body), headers());
  }
  void open(std::uint32_t capacity = 10) {
    const auto opened = say("open", {{"protocol", 1},
                                     {"version", "test"},
                                     {"instance", "i1"},
                                     {"executor", "local"},
                                     {"capacity", capacity}});
    EXPECT_EQ(opened.status, 200) << opened.body;
    epoch = std::uint64_t(opened.at("/epoch").as_int64());
    after = 0;
  }
  /// What there is to do now.
  std::vector<model::Assignment> pull() {
    auto batch = w.finish(w.link.pull(cluster, epoch, after, w.clock.mono()));
    EXPECT_TRUE(batch);
    after = batch->revision;
    return std::move(batch->assignments);
  }
  Reply report(const model::AttemptKey& attempt, model::Sight sight,
               std::optional<model::Outcome> outcome = {}, const std::string& message = "") {
    model::Report r{.key = attempt,
                    .revision = after,
                    .sight = sight,
                    .uid = sight == model::Sight::waiting ? "" : "uid-1",
                    .outcome = std::move(outcome),
                    .message = message};
    return say("reports", json::encode(model::Reports{epoch, {r}}));
  }
  Reply upload(const model::LogChunk& chunk) {
    return say("logs", json::encode(model::Uploads{epoch, {chunk}}));
  }
  void end(const model::AttemptKey& attempt, std::optional<std::int32_t> failed_with = {}) {
    report(attempt, model::Sight::running);
    model::Outcome outcome{.state = failed_with ? model::AttemptState::failed
                                                : model::AttemptState::succeeded};
    if (failed_with) outcome.class_ = model::Class::exit;
    outcome.exit_code = failed_with.value_or(0);
    const auto told = report(attempt, model::Sight::ended, outcome);
    EXPECT_EQ(told.body, R"({"answers":["acked"]})");
  }

  World& w;
  std::string cluster;
  std::string key;
  std::uint64_t epoch = 0, after = 0;
};

}  // namespace api::testing
