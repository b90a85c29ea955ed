#include "http/client.h"

#include <gmock/gmock.h>

#include "http/sse.h"
#include "http/testing.h"
#include "loop/bell.h"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// What the failure of this request says; "" if it does not fail.
loop::Task<std::string> failure_of(World& w, ClientRequest r, base::Mono until) {
  try {
    co_await w.client.send(std::move(r), until);
    co_return "";
  } catch (const base::Failure& e) {
    co_return e.what();
  }
}

/// Answers one request of each connection with these bytes, reads another one, and hangs up.
loop::Task<> answer_once_each(net::Listener& listener, std::string answer, int* connections) {
  for (;;) {
    auto stream = co_await listener.accept();
    ++*connections;
    char buffer[4096];
    if (co_await stream->read_some(buffer, sizeof buffer) == 0) continue;
    co_await stream->write_all(answer);
    co_await stream->read_some(buffer, sizeof buffer);
  }
}

/// Plays against a server that `answer_once_each`.
void play_rudely(std::string answer,
                 std::function<loop::Task<>(World&, ClientRequest, int&)> scenario) {
  World(echo).play([&](World& w) -> loop::Task<> {
    auto listener = net::Listener::open(w.loop.executor(), {"127.0.0.1", 0});
    int connections = 0;
    loop::Group group(w.loop.executor());
    group.spawn("rude server", answer_once_each(listener, answer, &connections));
    std::exception_ptr failed;
    try {
      co_await scenario(w, {.server = {"127.0.0.1", listener.port()}}, connections);
    } catch (...) {
      failed = std::current_exception();
    }
    co_await group.stop();
    if (failed) std::rethrow_exception(failed);
  });
}

constexpr auto small_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(Client, SendsAndReadsAndKeepsItsConnection) {
  const auto peer = [](Request& r) -> loop::Task<Response> {
    co_return respond(201, "text/plain", r.peer + " " + r.method + " " + r.body);
  };
  World(peer).play([](World& w) -> loop::Task<> {
    const auto first = co_await w.client.send(w.request(Verb::post, "/", "x"), w.soon());
    const auto second = co_await w.client.send(w.request(Verb::post, "/", "x"), w.soon());
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(first.headers.get("content-type"), "text/plain");
    EXPECT_THAT(first.body, HasSubstr(" POST x"));
    EXPECT_EQ(first.body, second.body);
    EXPECT_EQ((co_await w.client.send(w.request(Verb::head, "/"), w.soon())).body, "");
  });
}

TEST(Client, SaysThatItCannotReachAServerAndAsksWhetherItRuns) {
  World(echo).play([](World& w) -> loop::Task<> {
    auto request = w.request(Verb::get, "/");
    {
      request.server.port = net::Listener::open(w.loop.executor(), {"127.0.0.1", 0}).port();
    }
    EXPECT_EQ(co_await failure_of(w, request, w.soon()),
              "cannot reach http://" + net::to_string(request.server) +
                  ": connection refused; is the server running?");
  });
}

TEST(Client, GivesUpAtItsDeadline) {
  loop::RealClock clock;
  const auto sleeps = [&](Request&) -> loop::Task<Response> {
    co_await clock.sleep(1h);
    co_return Response{};
  };
  World(sleeps).play([](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await failure_of(w, w.request(Verb::get, "/"), w.clock.mono() + 10ms),
                HasSubstr("did not answer in time"));
  });
}

TEST(Client, SendsAGetOnceMoreWhenAKeptConnectionDied) {
  play_rudely(small_answer, [](World& w, ClientRequest r, int& connections) -> loop::Task<> {
    EXPECT_EQ((co_await w.client.send(r, w.soon())).body, "ok");
    EXPECT_EQ((co_await w.client.send(r, w.soon())).body, "ok");
    EXPECT_EQ(connections, 2);
  });
}

TEST(Client, DoesNotRepeatAPostUnlessItIsIdempotent) {
  play_rudely(small_answer, [](World& w, ClientRequest r, int& connections) -> loop::Task<> {
    r.verb = Verb::post;
    EXPECT_EQ((co_await w.client.send(r, w.soon())).body, "ok");
    EXPECT_THAT(co_await failure_of(w, r, w.soon()), HasSubstr("broke"));
    EXPECT_EQ((co_await w.client.send(r, w.soon())).body, "ok");
    r.idempotent = true;
    EXPECT_EQ((co_await w.client.send(r, w.soon())).body, "ok");
    EXPECT_EQ(connections, 3);
  });
}

TEST(Client, DoesNotReuseAConnectionThatTheServerHasClosed) {
  World(echo, {.idle_time = 1ms}).play([](World& w) -> loop::Task<> {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ((co_await w.client.send(w.request(Verb::post, "/", "x"), w.soon())).status, 200);
      auto probe = co_await Peer::connect(w);  // closed by the same sweep, or a later one
      co_await probe.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      co_await probe.read_all();
    }
  });
}

TEST(Client, RefusesResponsesThatAreCutOffOrNoHttp) {
  for (auto answer : {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "SSH-2.0-x\r\n\r\n", "",
                      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"})
    play_rudely(answer, [](World& w, ClientRequest r, int&) -> loop::Task<> {
      r.headers.add("Connection", "close");
      EXPECT_NE(co_await failure_of(w, r, w.clock.mono() + 50ms), "");
    });
}

TEST(Client, RefusesToSendWhatWouldBreakTheRequest) {
  World(echo).play([](World& w) -> loop::Task<> {
    auto request = w.request(Verb::get, "/");
    request.headers.add("X", "a\r\nY: b");
    EXPECT_THAT(co_await failure_of(w, request, w.soon()), HasSubstr("header X"));
    EXPECT_THAT(co_await failure_of(w, w.request(Verb::get, "/a b"), w.soon()),
                HasSubstr("not a request target"));
  });
}

TEST(Client, ReadsAStreamAsItComes) {
  loop::Bell go;
  loop::RealClock clock;
  const auto handler = [&](Request&) -> loop::Task<Response> {
    Response r;
    r.headers.add("Content-Type", "text/event-stream");
    r.stream = [&](Sink& sink) -> loop::Task<> {
      co_await sink.write(format_sse({"1", "", "first"}));
      co_await go.wait(clock, 0, loop::never);
      co_await sink.write(format_sse({"2", "", "second"}));
    };
    co_return r;
  };
  World(handler).play([&](World& w) -> loop::Task<> {
    auto in = co_await w.client.open(w.request(Verb::get, "/"), w.soon());
    EXPECT_EQ(in->status, 200);
    SseParser parser;
    auto events = parser.feed(co_await in->next(w.soon()));
    EXPECT_EQ(events.at(0).data, "first");
    EXPECT_THROW(co_await in->next(w.clock.mono() + 5ms), base::Failure);
    go.ring();
    events = parser.feed(co_await in->next(w.soon()));
    EXPECT_EQ(events.at(0).data, "second");
    EXPECT_EQ(co_await in->next(w.soon()), "");
    EXPECT_EQ(co_await in->next(w.soon()), "");
  });
}

TEST(Client, SeesThatAStreamFailed) {
  const auto handler = [&](Request&) -> loop::Task<Response> {
    Response r;
    r.stream = [](Sink& sink) -> loop::Task<> {
      co_await sink.write("x");
      throw base::Failure("the log is gone");
    };
    co_return r;
  };
  World(handler).play([&](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await failure_of(w, w.request(Verb::get, "/"), w.soon()),
                HasSubstr("ended before the response did"));
  });
}

}  // namespace
}  // namespace http::testing
