// Streams of the server, and how its stop ends them.
#include <gmock/gmock.h>

#include "http/testing.h"
#include "loop/bell.h"

namespace http::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

/// Says `began`, then waits for ever; rings when it is cancelled.
struct Endless {
  loop::RealClock clock;
  loop::Bell ended;
  Handler handler() {
    return [this](Request&) -> loop::Task<Response> {
      Response r;
      r.stream = [this](Sink& sink) { return stream(sink); };
      co_return r;
    };
  }
  loop::Task<> stream(Sink& sink) {
    struct Ring {
      loop::Bell& bell;
      ~Ring() { bell.ring(); }
    } ring{ended};
    co_await sink.write("began");
    co_await clock.sleep(1h);
  }
};

TEST(Server, CancelsAStreamWhenItsClientLeaves) {
  Endless endless;
  World(endless.handler()).play([&](World& w) -> loop::Task<> {
    auto peer = co_await Peer::connect(w);
    co_await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(co_await peer.read_until("began"), HasSubstr("\r\n\r\n5\r\nbegan\r\n"));
    peer.stream->close();
    EXPECT_TRUE(co_await endless.ended.wait(w.clock, 0, w.soon()));
  });
}

TEST(Server, CancelsAStreamWhoseClientTakesNothing) {
  loop::Bell ended;
  const auto handler = [&](Request&) -> loop::Task<Response> {
    Response r;
    r.stream = [&](Sink& sink) -> loop::Task<> {
      try {
        for (;;) co_await sink.write(std::string(1 << 20, 'x'));
      } catch (const boost::system::system_error&) {
        EXPECT_FALSE(sink.open());
        ended.ring();
      }
    };
    co_return r;
  };
  World(handler, {.write_time = 30ms}).play([&](World& w) -> loop::Task<> {
    auto peer = co_await Peer::connect(w);
    co_await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(co_await ended.wait(w.clock, 0, w.soon()));
  });
}

TEST(Server, AStreamIsChunkedOrEndsWithAnHttp10Connection) {
  const auto handler = [](Request&) -> loop::Task<Response> {
    Response r;
    r.stream = [](Sink& sink) -> loop::Task<> {
      co_await sink.write("one");
      co_await sink.write("");
      co_await sink.write("two");
    };
    co_return r;
  };
  World(handler).play([](World& w) -> loop::Task<> {
    const auto got = co_await talk(w,
                                   "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string body = "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
    EXPECT_LT(got.find(body), got.rfind(body));
    EXPECT_THAT(got, EndsWith(body));
    EXPECT_THAT(co_await talk(w, "GET / HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\nonetwo"));
  });
}

TEST(Server, StopEndsStreamsAndIdleConnectionsAndAnswersTheRest) {
  Endless endless;
  loop::Bell asked, go;
  Handler handler = [&](Request& r) -> loop::Task<Response> {
    if (r.path == "/stream") co_return co_await endless.handler()(r);
    if (r.path == "/idle") co_return Response{};
    asked.ring();
    co_await go.wait(endless.clock, 0, loop::never);
    co_return respond(200, "text/plain", "answered");
  };
  World(handler).play([&](World& w) -> loop::Task<> {
    auto stream = co_await Peer::connect(w), idle = co_await Peer::connect(w),
         slow = co_await Peer::connect(w);
    co_await stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await stream.read_until("began");
    co_await idle.send("GET /idle HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await idle.read_until("\r\n\r\n");
    co_await slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await asked.wait(w.clock, 0, w.soon());
    loop::Group group(w.loop.executor());
    group.spawn("stop", w.server.stop(10s));
    EXPECT_THAT(co_await stream.read_all(), Not(EndsWith("0\r\n\r\n")));
    EXPECT_THAT(co_await idle.read_all(), EndsWith("\r\n\r\n"));
    go.ring();
    EXPECT_THAT(co_await slow.read_all(),
                AllOf(HasSubstr("Connection: close"), EndsWith("answered")));
    co_await group.join();
  });
}

TEST(Server, StopCancelsWhatIsLeftAfterTheGrace) {
  Endless endless;
  loop::Bell asked;
  Handler handler = [&](Request&) -> loop::Task<Response> {
    asked.ring();
    co_await endless.clock.sleep(1h);
    co_return Response{};
  };
  World(handler).play([&](World& w) -> loop::Task<> {
    auto slow = co_await Peer::connect(w);
    co_await slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await asked.wait(w.clock, 0, w.soon());
    co_await w.server.stop(1ms);
    EXPECT_EQ(w.server.connections(), 0u);
  });
}

}  // namespace
}  // namespace http::testing
