#include "kube/client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/bytes.h"
#include "json/parse.h"
#include "json/text.h"
#include "kube/status.h"
#include "kube/testing.h"
#include "kube/testing_folder.h"
#include "kube/testing_selector.h"
#include "loop/deadline.h"
#include "loop/loop.h"

namespace kube::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view small_pod =
    R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"main","image":"i"}]}})";
const ObjectRef the_pod{pods("work"), "p"};

/// A server and a client of it.
struct World {
  explicit World(ApiServer::Settings settings = {})
      : server(loop.executor(), std::move(settings)) {}

  void play(const std::function<loop::Task<>(World&)>& scenario) {
    loop.run_until_done(play_and_stop(scenario));
  }
  loop::Task<> play_and_stop(const std::function<loop::Task<>(World&)>& scenario) {
    loop::Group group(loop.executor());
    group.spawn("api server", server.serve());
    if (!client) client.emplace(clock, server.config());
    try {
      EXPECT_TRUE(co_await loop::within(clock, soon(), scenario(*this))) << "the scenario hangs";
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    co_await server.stop();
    co_await group.join();
  }
  loop::Task<Response> send(Request r) { return client->send(std::move(r), soon()); }
  base::Mono soon() { return clock.mono() + 10s; }

  loop::Loop loop;
  loop::RealClock clock;
  ApiServer server;
  std::optional<Client> client;
};

/// What this call fails with; "" if it does not.
loop::Task<std::string> complaint(loop::Task<Response> call) {
  try {
    co_await std::move(call);
    co_return "";
  } catch (const base::Failure& e) {
    co_return e.what();
  }
}

/// Reads until this text has come; everything so far.
loop::Task<std::string> read_until(World& w, http::Incoming& in, std::string text) {
  std::string out;
  while (out.find(text) == std::string::npos) {
    const auto more = co_await in.next(w.soon());
    if (more.empty()) break;
    out += more;
  }
  co_return out;
}

TEST(Client, DoesEverythingThatRequestsSayOverTls) {
  World({.tls = true, .token = "sesame"}).play([](World& w) -> loop::Task<> {
    EXPECT_EQ((co_await w.send(version())).status, 200);
    EXPECT_EQ((co_await w.send(get(the_pod))).status, 404);
    EXPECT_EQ((co_await w.send(create(pods("work"), std::string(small_pod)))).status, 201);
    EXPECT_EQ((co_await w.send(create(pods("work"), std::string(small_pod)))).status, 409);
    const auto patched =
        co_await w.send(merge_patch(the_pod, R"({"metadata":{"labels":{"a":"b"}}})"));
    EXPECT_EQ(text_at(json::parse(patched.body).value(), "/metadata/labels/a"), "b");
    co_await w.send(merge_patch_status(the_pod, R"({"status":{"phase":"Running"}})"));
    EXPECT_EQ(text_at(*w.server.objects().find(the_pod), "/status/phase"), "Running");
    const auto listed = co_await w.send(list({pods("work"), "a=b"}));
    EXPECT_THAT(listed.body, HasSubstr("\"name\":\"p\""));
    EXPECT_EQ((co_await w.send(remove(the_pod, {.uid = "other"}))).status, 409);
    EXPECT_EQ((co_await w.send(remove(the_pod, {.grace_seconds = 0}))).status, 200);
    EXPECT_EQ(w.server.objects().find(the_pod), nullptr);
    w.server.on_review = [](const std::string& right) { return right == "get pods/log"; };
    EXPECT_THAT((co_await w.send(access_review({"get", pods("work"), "log"}))).body,
                HasSubstr("\"allowed\":true"));
    EXPECT_THAT((co_await w.send(access_review({"create", pods("work")}))).body,
                HasSubstr("\"allowed\":false"));
  });
}

TEST(Client, RefusesAServerThatItsAuthorityDoesNotVouchFor) {
  World w({.tls = true});
  auto config = w.server.config();
  config.tls.ca_pem = net::testing::Authority("another").pem();
  w.client.emplace(w.clock, config);
  w.play([](World& x) -> loop::Task<> {
    EXPECT_THAT(co_await complaint(x.send(version())), HasSubstr("not trusted here"));
  });
}

loop::Task<> change_tokens(World& w, const Folder& folder) {
  EXPECT_EQ((co_await w.send(version())).status, 401) << "the file holds nothing newer";
  folder.write("token", "new");
  EXPECT_EQ((co_await w.send(create(pods("work"), std::string(small_pod)))).status, 201);
  EXPECT_EQ(w.server.count("POST"), 2u);
  w.server.set_token("newer");
  folder.write("token", "newer");
  EXPECT_EQ((co_await w.client->open(version(), w.soon()))->status, 200);
}

TEST(Client, SendsARefusedRequestAgainWithAFreshToken) {
  const Folder folder;
  World w({.token = "new"});
  auto config = w.server.config();
  config.login = {.token_file = folder.write("token", "old")};
  w.client.emplace(w.clock, config);
  w.play([&](World& x) { return change_tokens(x, folder); });
}

/// What a plugin answers: this token, and a certificate that is new each time.
std::string plugin_answer(std::string_view token) {
  const auto own = net::testing::Authority().issue();
  return fmt::format(
      R"({{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)"
      R"({{"token":"{}","clientCertificateData":{},"clientKeyData":{}}}}})",
      token, json::print(base::Value(own.cert_pem)), json::print(base::Value(own.key_pem)));
}

loop::Task<> change_certificates(World& w, const Folder& folder) {
  EXPECT_EQ((co_await w.send(version())).status, 200);
  EXPECT_EQ((co_await w.send(version())).status, 200);
  w.server.set_token("b");
  folder.write("answer", plugin_answer("b"));
  EXPECT_EQ((co_await w.send(version())).status, 200);
}

TEST(Client, AFreshCertificateOfAPluginGetsFreshConnections) {
  const Folder folder;
  folder.write("answer", plugin_answer("a"));
  World w({.tls = true, .token = "a"});
  auto config = w.server.config();
  config.login = {.exec = ExecPlugin{.api_version = "client.authentication.k8s.io/v1",
                                     .command = "cat",
                                     .arguments = {(folder.path() / "answer").string()}}};
  w.client.emplace(w.clock, config);
  std::vector<std::string> peers;
  w.server.on_request = [&](const http::Request& r) -> std::optional<http::Response> {
    peers.push_back(r.peer);
    return std::nullopt;
  };
  w.play([&](World& x) { return change_certificates(x, folder); });
  EXPECT_EQ(peers.at(0), peers.at(1));
  EXPECT_NE(peers.at(1), peers.at(2));
}

TEST(Client, EverythingWaitsAsLongAsTheServerAsked) {
  World().play([](World& w) -> loop::Task<> {
    w.server.on_request = [first = true](const http::Request&) mutable {
      auto busy = http::respond(429, "text/plain", "slow down");
      busy.headers.set("Retry-After", "1");
      return std::exchange(first, false) ? std::optional(std::move(busy)) : std::nullopt;
    };
    const auto refused = co_await w.send(version());
    EXPECT_EQ(describe(status_of(refused)), "429: slow down");
    EXPECT_EQ(refused.retry_after, 1s);
    const auto asked = w.clock.mono();
    EXPECT_THAT(co_await complaint(w.client->send(version(), asked + 10ms)),
                HasSubstr("no turn in time"));
    EXPECT_EQ((co_await w.send(version())).status, 200);
    EXPECT_GE(w.clock.mono() - asked, 990ms);
  });
}

TEST(Client, NothingIsSentAfterItsDeadline) {
  World().play([](World& w) -> loop::Task<> {
    EXPECT_NE(co_await complaint(w.client->send(version(), w.clock.mono() - 1ms)), "");
    EXPECT_TRUE(w.server.seen().empty());
  });
}

TEST(Client, SaysThatTheServerCannotBeReached) {
  World w;
  auto config = w.server.config();
  config.server.server.port = net::Listener::open(w.loop.executor(), {"127.0.0.1", 0}).port();
  w.client.emplace(w.clock, config);
  w.play([](World& x) -> loop::Task<> {
    EXPECT_THAT(co_await complaint(x.send(version())), HasSubstr("cannot reach http://127.0.0.1:"));
  });
}

TEST(Client, FollowsALogWhileCallsGoOn) {
  World().play([](World& w) -> loop::Task<> {
    w.server.objects().create(pods("work"), json::parse(small_pod).value());
    w.server.write_log(the_pod, "main", "one");
    std::vector<std::unique_ptr<http::Incoming>> followed;
    for (int i = 0; i < 40; ++i)
      followed.push_back(co_await w.client->open(
          pod_log(the_pod, {.container = "main", .follow = true}), w.soon()));
    EXPECT_EQ((co_await w.send(get(the_pod))).status, 200);
    w.server.write_log(the_pod, "main", "two");
    for (auto& in : followed)
      EXPECT_THAT(co_await read_until(w, *in, "two"), HasSubstr("one\ntwo\n"));
    w.server.end_streams();
    EXPECT_EQ(co_await followed[0]->next(w.soon()), "");
    const auto part = co_await w.send(pod_log(the_pod, {.container = "main", .limit_bytes = 5}));
    EXPECT_EQ(part.body, "one\nt");
  });
}

TEST(Client, ManyCallsTakeTurnsAndAllAreAnswered) {
  World().play([](World& w) -> loop::Task<> {
    std::size_t most = 0, now = 0, done = 0;
    w.server.on_request = [&](const http::Request&) -> std::optional<http::Response> {
      most = std::max(most, ++now);
      return std::nullopt;
    };
    w.server.on_answer = [&](const http::Request&, http::Response&) { --now; };
    loop::Group group(w.loop.executor());
    const auto call = [](World* x, std::size_t* count) -> loop::Task<> {
      if ((co_await x->send(version())).status == 200) ++*count;
    };
    for (int i = 0; i < 500; ++i) group.spawn("call", call(&w, &done));
    co_await group.join();
    EXPECT_EQ(done, 500u);
  });
}

}  // namespace
}  // namespace kube::testing
