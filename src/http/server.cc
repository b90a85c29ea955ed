#include "http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.h"
#include "http/connection.h"
#include "http/serving.h"
#include "loop/deadline.h"
#include "loop/group.h"

namespace http {
namespace {

namespace asio = boost::asio;

/// Connections that are told the server is full at the same time; more are closed without a word.
constexpr std::size_t full_answers_max = 256;
constexpr base::Micros sweep_period_min = base::Micros(5'000);
constexpr base::Micros sweep_period_max = base::Micros(250'000);

base::Micros sweep_period(const ServerLimits& l) {
  const auto least = std::min(
      {l.header_time, l.body_time, l.body_grace, l.idle_time, l.request_time, l.write_time});
  return std::clamp(least / 4, sweep_period_min, sweep_period_max);
}

/// The stream that TLS makes of this one; null when the client does not manage in time.
loop::Task<std::unique_ptr<net::Stream>> secured(Serving& serving, net::TlsAcceptor& tls,
                                                 std::unique_ptr<net::Stream> stream) {
  const auto until = serving.clock.mono() + serving.limits.header_time;
  const auto peer = stream->peer();
  try {
    auto made = co_await loop::within(serving.clock, until, tls.accept(std::move(stream)));
    if (made) co_return std::move(*made);
  } catch (const base::Failure& e) {
    base::log::info("a client did not get in", {{"peer", peer}, {"error", e.what()}});
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted) throw;
  }
  co_return nullptr;
}

loop::Task<> run_connection(Serving& serving, std::unique_ptr<net::Stream> stream,
                            net::TlsAcceptor* tls) {
  if (tls) {
    ++serving.handshakes;
    struct Leave {
      Serving& serving;
      ~Leave() { --serving.handshakes; }
    } leave{serving};
    stream = co_await secured(serving, *tls, std::move(stream));
    if (!stream || serving.stopping) co_return;
  }
  const auto executor = co_await asio::this_coro::executor;
  const bool full = serving.connections.size() >= serving.limits.connections_max;
  Connection connection(serving, std::move(stream), executor);
  if (full)
    co_await connection.run_full();
  else
    co_await connection.run();
}

}  // namespace

Serving::Serving(loop::Clock& c, ServerLimits l, Handler h)
    : clock(c),
      limits(std::move(l)),
      handler(std::move(h)),
      rng(base::Rng::from_entropy()),
      open(base::metrics::gauge("fairlead_http_connections", "Open connections of the server")),
      seconds(
          base::metrics::histogram("fairlead_http_request_seconds",
                                   "From the end of a request to the end of its answer, streams "
                                   "left out")) {
  for (int i = 1; i <= 5; ++i)
    by_class[i] = &base::metrics::counter("fairlead_http_requests", "Answered requests",
                                          fmt::format("status=\"{}xx\"", i));
}

void Serving::count(int status) { by_class[std::clamp(status / 100, 1, 5)]->add(); }

std::string Serving::make_id() { return fmt::format("{:015x}", rng.next() >> 4); }

struct Server::State : Serving {
  using Serving::Serving;
  std::list<net::Listener*> listeners;
  std::list<loop::Group*> groups;

  loop::Task<> accept_until_stopped(net::Listener& listener, loop::Group& group,
                                    net::TlsAcceptor* tls) {
    while (!stopping) {
      auto stream = co_await listener.accept();
      if (connections.size() + handshakes >= limits.connections_max + full_answers_max) continue;
      group.spawn("http connection", run_connection(*this, std::move(stream), tls));
    }
  }

  loop::Task<> sweep() {
    const auto period = sweep_period(limits);
    for (;;) {
      const auto heard = ended.rings();
      if (stopping && connections.empty()) co_return;
      const auto now = clock.mono();
      for (auto* connection : connections) connection->sweep(now);
      co_await ended.wait(clock, heard, now + period);
    }
  }
};

Server::Server(loop::Clock& clock, ServerLimits limits, Handler handler)
    : state_(std::make_unique<State>(clock, std::move(limits), std::move(handler))) {}
Server::~Server() = default;

std::size_t Server::connections() const { return state_->connections.size(); }

loop::Task<> Server::serve(net::Listener& listener, net::TlsAcceptor* tls) {
  auto& s = *state_;
  loop::Group group(co_await asio::this_coro::executor);
  s.listeners.push_back(&listener);
  s.groups.push_back(&group);
  group.spawn("http sweep", s.sweep());
  std::exception_ptr ended;
  try {
    co_await s.accept_until_stopped(listener, group, tls);
  } catch (...) {
    ended = std::current_exception();
  }
  // The connections use this server: they end first, even if this task is cancelled.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (!s.stopping) group.cancel();
  co_await group.join();
  s.groups.remove(&group);
  s.listeners.remove(&listener);
  if (ended && !s.stopping) std::rethrow_exception(ended);
}

loop::Task<> Server::stop(base::Micros grace) {
  auto& s = *state_;
  s.stopping = true;
  for (auto* listener : s.listeners) listener->close();
  for (auto* connection : s.connections) connection->wind_down();
  s.ended.ring();
  const auto until = s.clock.mono() + grace;
  while (!s.connections.empty() && s.clock.mono() < until)
    co_await s.ended.wait(s.clock, s.ended.rings(), until);
  for (auto* group : s.groups) group->cancel();
  while (!s.connections.empty()) co_await s.ended.wait(s.clock, s.ended.rings(), loop::never);
}

}  // namespace http
