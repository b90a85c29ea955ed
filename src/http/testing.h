#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "http/client.h"
#include "http/server.h"
#include "loop/deadline.h"
#include "loop/group.h"
#include "loop/loop.h"

namespace http::testing {

/// Plays a scenario beside a server that serves; it must end within ten seconds.
inline loop::Task<> play_beside(loop::Executor executor, loop::Clock& clock, Server& server,
                                loop::Task<> serving, loop::Task<> scenario) {
  loop::Group group(std::move(executor));
  group.spawn("serve", std::move(serving));
  try {
    const auto soon = clock.mono() + std::chrono::seconds(10);
    EXPECT_TRUE(co_await loop::within(clock, soon, std::move(scenario))) << "the scenario hangs";
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
  co_await server.stop(base::Micros(0));
  co_await group.join();
}

/// A server on a real socket and a client of it, for the tests of this room.
struct World {
  explicit World(Handler handler, ServerLimits limits = {})
      : listener(net::Listener::open(loop.executor(), {"127.0.0.1", 0})),
        server(clock, std::move(limits), std::move(handler)),
        client(clock, dialer) {}

  /// Plays the scenario beside the server; it must end within ten seconds.
  void play(const std::function<loop::Task<>(World&)>& scenario) {
    loop.run_until_done(
        play_beside(loop.executor(), clock, server, server.serve(listener), scenario(*this)));
  }

  base::Mono soon() { return clock.mono() + std::chrono::seconds(10); }
  net::Address address() const { return {"127.0.0.1", listener.port()}; }
  ClientRequest request(Verb verb, std::string target, std::string body = "") const {
    return {
        .verb = verb, .server = address(), .target = std::move(target), .body = std::move(body)};
  }

  loop::Loop loop;
  loop::RealClock clock;
  net::TcpDialer dialer;
  net::Listener listener;
  Server server;
  Client client;
};

/// A client that sends and reads raw bytes.
struct Peer {
  std::unique_ptr<net::Stream> stream;
  std::string got;

  static loop::Task<Peer> connect(World& world) {
    co_return Peer{co_await net::connect(world.address()), ""};
  }
  loop::Task<> send(std::string bytes) { co_await stream->write_all(bytes); }
  /// Reads until this text has come or the connection ends; everything read so far.
  loop::Task<std::string> read_until(std::string text) {
    char buffer[4096];
    while (text.empty() || got.find(text) == std::string::npos) {
      std::size_t n = 0;
      try {
        n = co_await stream->read_some(buffer, sizeof buffer);
      } catch (const boost::system::system_error& e) {
        if (e.code() == boost::system::errc::operation_canceled) throw;
      }
      if (n == 0) break;
      got.append(buffer, n);
    }
    co_return got;
  }
  loop::Task<std::string> read_all() { return read_until(""); }
};

/// Sends these bytes on a new connection; everything that comes back until it ends.
inline loop::Task<std::string> talk(World& world, std::string bytes) {
  auto peer = co_await Peer::connect(world);
  co_await peer.send(std::move(bytes));
  co_return co_await peer.read_all();
}

/// Answers with the method, the path and the body.
inline loop::Task<Response> echo(Request& r) {
  co_return respond(200, "text/plain", r.method + " " + r.path + " " + r.body);
}

}  // namespace http::testing
