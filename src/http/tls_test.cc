// The server and the client over TLS.
#include <gmock/gmock.h>

#include "http/testing.h"
#include "net/testing.h"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A server that speaks TLS, and a client that trusts it.
struct SecureWorld {
  explicit SecureWorld(Handler handler, ServerLimits limits = {})
      : server(clock, std::move(limits), std::move(handler)) {}

  void play(const std::function<loop::Task<>(SecureWorld&)>& scenario) {
    loop.run_until_done(testing::play_beside(loop.executor(), clock, server,
                                             server.serve(listener, &acceptor), scenario(*this)));
  }

  base::Mono soon() { return clock.mono() + 10s; }
  ClientRequest request(std::string target) const {
    return {.server = {"localhost", listener.port()}, .target = std::move(target)};
  }

  loop::Loop loop;
  loop::RealClock clock;
  net::testing::Authority authority;
  net::testing::Certified own = authority.issue();
  net::TlsAcceptor acceptor{{own.cert_pem, own.key_pem}};
  net::TlsDialer dialer{{.ca_pem = authority.pem()}};
  net::Listener listener = net::Listener::open(loop.executor(), {"127.0.0.1", 0});
  Server server;
  Client client{clock, dialer};
};

/// What the failure of this request says; "" if it does not fail.
loop::Task<std::string> failure_of(SecureWorld& w, ClientRequest r) {
  try {
    co_await w.client.send(std::move(r), w.soon());
    co_return "";
  } catch (const base::Failure& e) {
    co_return e.what();
  }
}

TEST(TlsServer, AnswersAndKeepsTheConnection) {
  const auto peer = [](Request& r) -> loop::Task<Response> {
    co_return respond(200, "text/plain", r.peer + std::string(300'000, 'x'));
  };
  SecureWorld(peer).play([](SecureWorld& w) -> loop::Task<> {
    const auto first = co_await w.client.send(w.request("/"), w.soon());
    const auto second = co_await w.client.send(w.request("/"), w.soon());
    EXPECT_GT(first.body.size(), 300'000u);
    EXPECT_EQ(first.body, second.body);
  });
}

TEST(TlsServer, EndsABodyThatLastsToTheEndOfTheConnection) {
  const auto handler = [](Request&) -> loop::Task<Response> {
    Response r;
    r.stream = [](Sink& sink) -> loop::Task<> { co_await sink.write("all of it"); };
    co_return r;
  };
  SecureWorld(handler).play([](SecureWorld& w) -> loop::Task<> {
    auto stream = co_await w.dialer.dial({"localhost", w.listener.port()});
    co_await stream->write_all("GET / HTTP/1.0\r\n\r\n");
    std::string got;
    char buffer[4096];
    while (auto n = co_await stream->read_some(buffer, sizeof buffer)) got.append(buffer, n);
    EXPECT_THAT(got, HasSubstr("\r\n\r\nall of it"));
  });
}

TEST(TlsServer, HangsUpOnAClientThatDoesNotShakeHands) {
  SecureWorld(echo, {.header_time = 20ms}).play([](SecureWorld& w) -> loop::Task<> {
    auto mute = co_await net::connect({"127.0.0.1", w.listener.port()});
    char byte;
    EXPECT_EQ(co_await mute->read_some(&byte, 1), 0u);
    EXPECT_EQ((co_await w.client.send(w.request("/"), w.soon())).status, 200);
  });
}

TEST(TlsClient, NamesTheServerByItsUrl) {
  SecureWorld(echo).play([](SecureWorld& w) -> loop::Task<> {
    auto closed = w.request("/");
    {
      closed.server.port = net::Listener::open(w.loop.executor(), {"127.0.0.1", 0}).port();
    }
    EXPECT_THAT(co_await failure_of(w, closed),
                HasSubstr("cannot reach https://localhost:" + std::to_string(closed.server.port)));
    auto other = w.request("/");
    other.server.host = "127.0.0.1";
    EXPECT_EQ(co_await failure_of(w, other), "");
  });
}

TEST(TlsClient, SeesThatAStreamWasCutOff) {
  const auto handler = [](Request&) -> loop::Task<Response> {
    Response r;
    r.stream = [](Sink& sink) -> loop::Task<> {
      co_await sink.write("x");
      throw base::Failure("the log is gone");
    };
    co_return r;
  };
  SecureWorld(handler).play([](SecureWorld& w) -> loop::Task<> {
    EXPECT_THAT(co_await failure_of(w, w.request("/")), HasSubstr("broke"));
  });
}

}  // namespace
}  // namespace http::testing
