#include "net/tls.h"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>

#include "loop/deadline.h"
#include "loop/group.h"
#include "loop/loop.h"
#include "net/testing.h"
#include "net/testing_stream.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using boost::system::system_error;
using testing::Authority;
using testing::CertificateWish;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

loop::Task<std::string> read_all(Stream& s) {
  std::string out;
  char buffer[7000];
  while (auto n = co_await s.read_some(buffer, sizeof buffer)) out.append(buffer, n);
  co_return out;
}

/// What this work throws as a sentence; "" if it ends well.
loop::Task<std::string> complaint(loop::Task<> work) {
  try {
    co_await std::move(work);
    co_return "";
  } catch (const std::exception& e) {
    co_return e.what();
  }
}

loop::Task<> drop(loop::Task<std::unique_ptr<Stream>> dialed) { co_await std::move(dialed); }
loop::Task<> read_one(Stream& s) {
  char byte;
  co_await s.read_some(&byte, 1);
}

/// Hands every byte on alone, each in a turn of its own.
class SlicedStream final : public testing::PassingStream {
 public:
  using PassingStream::PassingStream;
  loop::Task<std::size_t> read_some(char* data, std::size_t) override {
    co_await turn();
    co_return co_await below_->read_some(data, 1);
  }
  loop::Task<> write_all(std::string_view bytes) override {
    for (char byte : bytes) {
      co_await turn();
      co_await below_->write_all({&byte, 1});
    }
  }

 private:
  static loop::Task<> turn() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
  }
};

class SlicingDialer final : public Dialer {
 public:
  loop::Task<std::unique_ptr<Stream>> dial(const Address& at) override {
    co_return std::make_unique<SlicedStream>(co_await connect(at));
  }
};

/// A server on a real socket with a certificate of `authority`.
struct World {
  using Serve = std::function<loop::Task<>(Stream&)>;
  explicit World(const CertificateWish& wish = {}, bool demands_certificate = false)
      : acceptor(settings(wish, demands_certificate)) {}

  TlsServerSettings settings(const CertificateWish& wish, bool demands_certificate) const {
    auto own = authority.issue(wish);
    return {own.cert_pem, own.key_pem, demands_certificate ? clients.pem() : ""};
  }

  /// Plays the scenario beside a server that serves each connection like this.
  void play(Serve serve, const std::function<loop::Task<>(World&)>& scenario) {
    loop.run_until_done(play_and_stop(std::move(serve), scenario));
  }
  loop::Task<> play_and_stop(Serve serve, const std::function<loop::Task<>(World&)>& scenario) {
    loop::Group group(loop.executor());
    group.spawn("serve", accept_all(group, serve));
    try {
      EXPECT_TRUE(co_await loop::within(clock, soon(), scenario(*this))) << "the scenario hangs";
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    co_await group.stop();
  }
  loop::Task<> accept_all(loop::Group& group, const Serve& serve) {
    for (;;) group.spawn("serve one", serve_one(co_await listener.accept(), serve));
  }
  loop::Task<> serve_one(std::unique_ptr<Stream> plain, const Serve& serve) {
    try {
      auto stream = co_await acceptor.accept(std::move(plain));
      co_await serve(*stream);
    } catch (const std::exception& e) {
      server_said = e.what();
    }
  }

  loop::Task<std::unique_ptr<Stream>> dial(TlsSettings settings, std::string host = "localhost") {
    TlsDialer dialer(settings);
    co_return co_await dialer.dial({std::move(host), listener.port()});
  }
  base::Mono soon() { return clock.mono() + 20s; }
  std::string address(std::string host = "localhost") const {
    return to_string(Address{std::move(host), listener.port()});
  }

  Authority authority;
  Authority clients{"clients' authority"};
  loop::Loop loop;
  loop::RealClock clock;
  Listener listener = Listener::open(loop.executor(), {"127.0.0.1", 0});
  TlsAcceptor acceptor;
  std::string server_said;
};

/// Sends back what it was sent, and ends when the peer does.
loop::Task<> echo(Stream& s) {
  co_await s.write_all("heard " + co_await read_all(s));
  co_await s.finish();
}

loop::Task<> silent(Stream& s) { co_await read_one(s); }

TEST(Tls, CarriesBytesBothWaysAndTheEndOfEachSide) {
  World().play(echo, [](World& w) -> loop::Task<> {
    for (auto host : {"localhost", "127.0.0.1"}) {
      auto s = co_await w.dial({.ca_pem = w.authority.pem()}, host);
      EXPECT_TRUE(s->quiet());
      co_await s->write_all("hello");
      co_await s->finish();
      EXPECT_EQ(co_await read_all(*s), "heard hello") << host;
      EXPECT_FALSE(s->quiet());
    }
  });
}

TEST(Tls, RefusesACertificateForAnotherNameAndSaysForWhichItIs) {
  World({.names = {"one.test", "10.9.8.7", "two.test"}}).play(silent, [](World& w) -> loop::Task<> {
    const auto ca = w.authority.pem();
    for (auto host : {"localhost", "127.0.0.1"})
      EXPECT_EQ(co_await complaint(drop(w.dial({.ca_pem = ca}, host))),
                "cannot speak TLS with " + w.address(host) +
                    ": its certificate is for one.test, 10.9.8.7, two.test, not for " + host);
    co_await w.dial({.ca_pem = ca, .server_name = "two.test"});
    co_await w.dial({.ca_pem = ca, .server_name = "10.9.8.7"});
    co_await w.dial({.verify = false});
  });
}

TEST(Tls, TheSubjectsNameCountsForNothing) {
  World({.names = {}, .subject = "localhost"}).play(silent, [](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await complaint(drop(w.dial({.ca_pem = w.authority.pem()}))),
                HasSubstr("its certificate is for no name at all, not for localhost"));
  });
}

TEST(Tls, RefusesAnIssuerThatIsNotTrusted) {
  World().play(silent, [](World& w) -> loop::Task<> {
    const std::string want = "cannot speak TLS with " + w.address() +
                             ": its certificate was issued by CN=test authority, an issuer that "
                             "is not trusted here";
    EXPECT_EQ(co_await complaint(drop(w.dial({.ca_pem = w.clients.pem()}))), want);
    EXPECT_EQ(co_await complaint(drop(w.dial({}))), want) << "by the system's authorities";
  });
}

TEST(Tls, RefusesCertificatesOutOfTheirTime) {
  World({.from = -72h, .until = -48h}).play(silent, [](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await complaint(drop(w.dial({.ca_pem = w.authority.pem()}))),
                MatchesRegex(".*its certificate expired on 20..-..-.."));
  });
  World({.from = 48h, .until = 72h}).play(silent, [](World& w) -> loop::Task<> {
    EXPECT_THAT(co_await complaint(drop(w.dial({.ca_pem = w.authority.pem()}))),
                HasSubstr("its certificate is not valid before 20"));
  });
}

TEST(Tls, LetsInClientsWithACertificateAndNoOthers) {
  World({}, true).play(echo, [](World& w) -> loop::Task<> {
    const auto good = w.clients.issue(), foreign = w.authority.issue();
    const auto ca = w.authority.pem();
    auto s = co_await w.dial({.ca_pem = ca, .cert_pem = good.cert_pem, .key_pem = good.key_pem});
    co_await s->finish();
    EXPECT_EQ(co_await read_all(*s), "heard ");

    // The client's half of the handshake is over before the server has looked at its certificate.
    s = co_await w.dial({.ca_pem = ca});
    EXPECT_THAT(co_await complaint(read_one(*s)),
                HasSubstr("the server demands a client certificate and got none"));
    EXPECT_THAT(w.server_said, HasSubstr("it shows no client certificate, and one is demanded"));

    s = co_await w.dial({.ca_pem = ca, .cert_pem = foreign.cert_pem, .key_pem = foreign.key_pem});
    EXPECT_THAT(co_await complaint(read_one(*s)),
                HasSubstr("the peer does not know the issuer of our certificate"));
    EXPECT_THAT(w.server_said, HasSubstr("its certificate was issued by CN=test authority, an "
                                         "issuer that is not trusted here"));
  });
}

TEST(Tls, AConnectionThatEndsWithoutTheEndOfTlsWasCutOff) {
  const auto hang_up = [](Stream& s) -> loop::Task<> {
    co_await s.write_all("half");
    s.close();
  };
  World().play(hang_up, [](World& w) -> loop::Task<> {
    auto s = co_await w.dial({.ca_pem = w.authority.pem()});
    char bytes[8];
    EXPECT_EQ(co_await s->read_some(bytes, sizeof bytes), 4u);
    EXPECT_THAT(co_await complaint(read_one(*s)), HasSubstr("cut off in the middle of TLS"));
  });
}

TEST(Tls, APeerThatHangsUpInTheHandshakeIsNamed) {
  World w;
  const auto run = [](World* world) -> loop::Task<> {
    loop::Group group(world->loop.executor());
    auto hang_up = [](World* x) -> loop::Task<> {
      auto s = co_await x->listener.accept();
      co_await read_one(*s);
      co_await s->finish();
      co_await read_all(*s);
    };
    group.spawn("hang up", hang_up(world));
    EXPECT_EQ(co_await complaint(drop(world->dial({}))),
              "cannot speak TLS with " + world->address() +
                  ": it closed the connection during the handshake");
    co_await group.stop();
  };
  w.loop.run_until_done(run(&w));
}

TEST(Tls, AServerThatSpeaksNoTlsIsToldFromABrokenOne) {
  World w;
  const auto run = [](World* world) -> loop::Task<> {
    loop::Group group(world->loop.executor());
    auto speak_http = [](World* x) -> loop::Task<> {
      auto s = co_await x->listener.accept();
      co_await s->write_all("HTTP/1.1 400 Bad Request\r\n\r\n");
      co_await read_all(*s);
    };
    group.spawn("plain", speak_http(world));
    EXPECT_EQ(co_await complaint(drop(world->dial({}))),
              "cannot speak TLS with " + world->address() + ": the peer does not speak TLS");
    co_await group.stop();
  };
  w.loop.run_until_done(run(&w));
}

TEST(Tls, AClientThatSpeaksNoTlsIsToldFromABrokenOne) {
  World().play(silent, [](World& w) -> loop::Task<> {
    auto s = co_await connect({"127.0.0.1", w.listener.port()});
    co_await s->write_all("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    co_await s->finish();
    co_await complaint(read_one(*s));
    EXPECT_THAT(w.server_said, HasSubstr("the peer does not speak TLS"));
  });
}

/// Sends this and reads as much, at the same time.
loop::Task<> send_and_read(Stream& s, const std::string& big) {
  loop::Group group(co_await boost::asio::this_coro::executor);
  group.spawn("write", s.write_all(big));
  std::string got(big.size(), ' ');
  for (std::size_t n = 0; n < got.size();)
    n += co_await s.read_some(got.data() + n, got.size() - n);
  EXPECT_TRUE(got == big);
  co_await group.join();
}

loop::Task<> dial_and_exchange(World& w, const std::string& big) {
  auto s = co_await w.dial({.ca_pem = w.authority.pem()});
  co_await send_and_read(*s, big);
  EXPECT_EQ(w.server_said, "");
}

TEST(Tls, LargeTransfersArriveWholeBothWaysAtOnce) {
  std::string big(16 << 20, ' ');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = char(i * 31 + (i >> 8));
  World().play([&](Stream& s) { return send_and_read(s, big); },
               [&](World& w) { return dial_and_exchange(w, big); });
}

TEST(Tls, SlicesOfOneByteChangeNothing) {
  World().play(echo, [](World& w) -> loop::Task<> {
    SlicingDialer slices;
    TlsDialer dialer({.ca_pem = w.authority.pem()}, slices);
    auto s = co_await dialer.dial({"localhost", w.listener.port()});
    co_await s->write_all("hello");
    co_await s->finish();
    EXPECT_EQ(co_await read_all(*s), "heard hello");
  });
}

TEST(Tls, CancelEndsAReadAndLeavesTheStreamUsable) {
  World().play(echo, [](World& w) -> loop::Task<> {
    auto s = co_await w.dial({.ca_pem = w.authority.pem()});
    loop::Group group(w.loop.executor());
    auto cancel = [](Stream& stream) -> loop::Task<> {
      // Behind the read below: a task starts at once, and there must be something to cancel.
      const auto here = co_await boost::asio::this_coro::executor;
      co_await boost::asio::post(here, boost::asio::use_awaitable);
      stream.cancel();
    };
    group.spawn("cancel", cancel(*s));
    EXPECT_THROW(co_await read_one(*s), system_error);
    EXPECT_FALSE(co_await loop::within(w.clock, w.clock.mono() + 1ms, read_one(*s)));
    co_await s->write_all("on");
    co_await s->finish();
    EXPECT_EQ(co_await read_all(*s), "heard on");
    co_await group.join();
  });
}

TEST(Tls, AWriteThatWasEndedHalfWayIsNotGoneOnWith) {
  const auto takes_nothing = [](Stream&) -> loop::Task<> {
    loop::Waiter waiter(co_await boost::asio::this_coro::executor);
    co_await waiter.wait_woken();
  };
  World().play(takes_nothing, [](World& w) -> loop::Task<> {
    auto s = co_await w.dial({.ca_pem = w.authority.pem()});
    const std::string big(32 << 20, 'x');
    EXPECT_FALSE(co_await loop::within(w.clock, w.clock.mono() + 20ms, s->write_all(big)));
    EXPECT_THROW(co_await s->write_all("more"), system_error);
    co_await s->finish();
  });
}

TEST(Tls, AHandshakeThatTakesTooLongIsTheCallersToEnd) {
  World w;
  const auto run = [](World* world) -> loop::Task<> {
    EXPECT_FALSE(co_await loop::within(world->clock, world->clock.mono() + 5ms,
                                       drop(world->dial({}))));  // nobody accepts
  };
  w.loop.run_until_done(run(&w));
}

TEST(Tls, WhatCannotBeUsedIsRefusedWithItsPlace) {
  const Authority authority;
  const auto own = authority.issue(), other = authority.issue();
  const auto place = [](const base::Result<void>& r) {
    return r ? "none" : r.error().faults.at(0).pointer;
  };
  EXPECT_EQ(place(check_tls(TlsSettings{})), "none");
  EXPECT_EQ(place(check_tls(TlsSettings{.ca_pem = "nonsense"})), "/ca_pem");
  EXPECT_EQ(place(check_tls(TlsSettings{.ca_pem = own.key_pem})), "/ca_pem");
  EXPECT_EQ(
      place(check_tls(TlsSettings{.ca_pem = authority.pem() + authority.pem().substr(0, 60)})),
      "/ca_pem");
  EXPECT_EQ(place(check_tls(TlsSettings{.cert_pem = own.cert_pem})), "/key_pem");
  EXPECT_EQ(place(check_tls(TlsSettings{.key_pem = own.key_pem})), "/cert_pem");
  EXPECT_EQ(place(check_tls(TlsSettings{.cert_pem = "x", .key_pem = own.key_pem})), "/cert_pem");
  EXPECT_EQ(place(check_tls(TlsSettings{.cert_pem = own.cert_pem, .key_pem = other.key_pem})),
            "/key_pem");
  EXPECT_EQ(place(check_tls(
                TlsSettings{.cert_pem = own.cert_pem + authority.pem(), .key_pem = own.key_pem})),
            "none");
  EXPECT_EQ(place(check_tls(TlsServerSettings{})), "/key_pem");
  EXPECT_EQ(place(check_tls(TlsServerSettings{own.cert_pem, own.key_pem, "x"})), "/client_ca_pem");
  EXPECT_THROW(TlsDialer({.ca_pem = "nonsense"}), base::Failure);
}

}  // namespace
}  // namespace net
