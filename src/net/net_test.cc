#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/post.hpp>

#include "loop/deadline.h"
#include "loop/group.h"
#include "loop/loop.h"
#include "net/tcp.h"

namespace net {
namespace {

using namespace std::chrono_literals;

loop::Task<std::string> read_all(Stream& s) {
  std::string out;
  char buffer[1024];
  while (auto n = co_await s.read_some(buffer, sizeof buffer)) out.append(buffer, n);
  co_return out;
}

TEST(Address, ReadsNamesAndBothFamilies) {
  EXPECT_EQ(parse_address("127.0.0.1:0").value(), (Address{"127.0.0.1", 0}));
  EXPECT_EQ(parse_address("[::1]:80").value(), (Address{"::1", 80}));
  EXPECT_EQ(parse_address("localhost:65535").value(), (Address{"localhost", 65535}));
  EXPECT_EQ(to_string(Address{"::1", 80}), "[::1]:80");
}

TEST(Address, RefusesWhatIsNoAddressAndSaysWhy) {
  for (auto text : {"", "localhost", ":80", "a:", "a:65536", "a:-1", "a:8x", "::1:80", "[::1]",
                    "[nope]:1", "a b:1", "http://a:1", "a:1\n"})
    EXPECT_EQ(parse_address(text).error().code, "bad_address") << text;
}

TEST(Address, KnowsWhatStaysOnThisMachine) {
  for (auto text : {"localhost:1", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1"})
    EXPECT_TRUE(is_loopback(parse_address(text).value())) << text;
  for (auto text : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "example.org:1"})
    EXPECT_FALSE(is_loopback(parse_address(text).value())) << text;
}

TEST(Tcp, CarriesBytesBothWaysAndTheEndOfEachSide) {
  loop::Loop loop;
  auto listener = Listener::open(loop.executor(), {"127.0.0.1", 0});
  const auto run = [&](loop::Executor executor) -> loop::Task<> {
    loop::Group group(executor);
    auto serve = [](Listener& l) -> loop::Task<> {
      auto s = co_await l.accept();
      const auto heard = co_await read_all(*s);
      co_await s->write_all("heard " + heard);
    };
    group.spawn("serve", serve(listener));
    auto s = co_await connect({"localhost", listener.port()});
    EXPECT_TRUE(s->quiet());
    co_await s->write_all("hello");
    co_await s->finish();
    EXPECT_EQ(co_await read_all(*s), "heard hello");
    EXPECT_FALSE(s->quiet());
    co_await group.join();
  };
  loop.run_until_done(run(loop.executor()));
}

TEST(Tcp, AWriteLargerThanTheSocketsBuffersArrivesWhole) {
  loop::Loop loop;
  auto listener = Listener::open(loop.executor(), {"127.0.0.1", 0});
  const std::string big(32 << 20, 'x');
  const auto run = [&](loop::Executor executor) -> loop::Task<> {
    loop::Group group(executor);
    auto serve = [](Listener& l, const std::string& bytes) -> loop::Task<> {
      auto s = co_await l.accept();
      co_await s->write_all(bytes);
    };
    group.spawn("serve", serve(listener, big));
    auto s = co_await connect({"127.0.0.1", listener.port()});
    EXPECT_EQ((co_await read_all(*s)).size(), big.size());
    co_await group.join();
  };
  loop.run_until_done(run(loop.executor()));
}

TEST(Tcp, CancelEndsAReadAndLeavesTheStreamUsable) {
  loop::Loop loop;
  auto listener = Listener::open(loop.executor(), {"127.0.0.1", 0});
  const auto run = [&](loop::Executor executor) -> loop::Task<> {
    loop::Group group(executor);
    auto client = co_await connect({"127.0.0.1", listener.port()});
    auto server = co_await listener.accept();
    auto cancel = [](Stream& s) -> loop::Task<> {
      // Behind the read below: a task starts at once, and there must be something to cancel.
      const auto here = co_await boost::asio::this_coro::executor;
      co_await boost::asio::post(here, boost::asio::use_awaitable);
      s.cancel();
    };
    group.spawn("cancel", cancel(*server));
    char byte;
    EXPECT_THROW(co_await server->read_some(&byte, 1), boost::system::system_error);
    co_await client->write_all("x");
    EXPECT_EQ(co_await server->read_some(&byte, 1), 1u);
    co_await group.join();
  };
  loop.run_until_done(run(loop.executor()));
}

TEST(Tcp, ARefusedConnectionThrows) {
  loop::Loop loop;
  std::uint16_t port = 0;
  {
    port = Listener::open(loop.executor(), {"127.0.0.1", 0}).port();
  }
  EXPECT_THROW(loop.run_until_done([](std::uint16_t p) -> loop::Task<> {
    co_await connect({"127.0.0.1", p});
  }(port)),
               boost::system::system_error);
}

TEST(Listener, ATakenPortIsRefusedWithTheAddressAndARemedy) {
  loop::Loop loop;
  const auto first = Listener::open(loop.executor(), {"127.0.0.1", 0});
  try {
    Listener::open(loop.executor(), {"127.0.0.1", first.port()});
    FAIL() << "opened twice";
  } catch (const base::Failure& e) {
    EXPECT_NE(std::string_view(e.what()).find(first.address()), std::string_view::npos) << e.what();
    EXPECT_NE(std::string_view(e.what()).find("choose another port"), std::string_view::npos);
  }
}

TEST(Listener, CloseEndsAnAccept) {
  loop::Loop loop;
  auto listener = Listener::open(loop.executor(), {"127.0.0.1", 0});
  const auto run = [&](loop::Executor executor) -> loop::Task<> {
    loop::Group group(executor);
    auto close = [](Listener& l) -> loop::Task<> {
      l.close();
      co_return;
    };
    group.spawn("close", close(listener));
    EXPECT_THROW(co_await listener.accept(), boost::system::system_error);
    co_await group.join();
  };
  loop.run_until_done(run(loop.executor()));
}

TEST(Listener, GoesOnAfterAShortageOfFiles) {
  loop::Loop loop;
  loop::RealClock clock;
  auto listener = Listener::open(loop.executor(), {"127.0.0.1", 0});
  const auto run = [&](loop::Executor) -> loop::Task<> {
    // Once before the shortage: the sanitizer opens a pipe when it meets a type for the first time.
    EXPECT_FALSE(co_await loop::within(clock, clock.mono() + 1ms, listener.accept()));
    EXPECT_FALSE(co_await loop::within(clock, clock.mono() + 1ms, clock.sleep(1h)));
    auto client = co_await connect({"127.0.0.1", listener.port()});
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    const auto during = co_await loop::within(clock, clock.mono() + 20ms, listener.accept());
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_FALSE(during.has_value());
    const auto after = co_await loop::within(clock, clock.mono() + 5s, listener.accept());
    EXPECT_TRUE(after.has_value());
  };
  loop.run_until_done(run(loop.executor()));
}

}  // namespace
}  // namespace net
