#include "http/client.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <cctype>
#include <limits>
#include <list>

#include "http/exchange.h"
#include "loop/deadline.h"

namespace http {
namespace {

using boost::system::system_error;

constexpr std::size_t idle_max = 64;
constexpr base::Micros idle_time =
    base::Micros(30'000'000);  // below the idle time of our own server
constexpr auto unbounded = std::numeric_limits<std::size_t>::max();

base::Failure unreachable(const std::string& url, const system_error& e) {
  std::string why = e.code().message();
  if (!why.empty()) why[0] = char(std::tolower(static_cast<unsigned char>(why[0])));
  return base::Failure(fmt::format("cannot reach {}: {}; is the server running?", url, why));
}

bool may_repeat(const ClientRequest& r) {
  return r.idempotent || r.verb == Verb::get || r.verb == Verb::head;
}

/// A kept connection and when it was last used.
struct Idle {
  net::Address server;
  std::unique_ptr<net::Stream> stream;
  base::Mono since;
};

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
  State(loop::Clock& c, net::Dialer& d) : clock(c), dialer(d) {}
  loop::Clock& clock;
  net::Dialer& dialer;
  std::list<Idle> idle;  // the oldest first

  std::unique_ptr<net::Stream> take(const net::Address& server) {
    const auto oldest = clock.mono() - idle_time;
    while (!idle.empty() && idle.front().since < oldest) idle.pop_front();
    for (auto at = idle.end(); at != idle.begin();) {
      if ((--at)->server != server) continue;
      auto stream = std::move(at->stream);
      at = idle.erase(at);
      if (stream->quiet()) return stream;  // else the server has closed it meanwhile
    }
    return nullptr;
  }

  void give_back(const net::Address& server, std::unique_ptr<net::Stream> stream) {
    if (idle.size() >= idle_max) idle.pop_front();
    idle.push_back({server, std::move(stream), clock.mono()});
  }

  loop::Task<std::unique_ptr<net::Stream>> dial(const net::Address& server) {
    try {
      co_return co_await dialer.dial(server);
    } catch (const system_error& e) {
      if (e.code() == boost::asio::error::operation_aborted) throw;
      throw unreachable(url_of(server, dialer.secure()), e);
    }
  }

  base::Failure too_late(const net::Address& server) const {
    return base::Failure(fmt::format("{} did not answer in time", url_of(server, dialer.secure())));
  }

  /// Sends the request and reads the head of its response. `r` outlives the wait.
  loop::Task<std::unique_ptr<Exchange>> begin(const ClientRequest& r, std::size_t body_bytes_max) {
    const Exchange::Terms terms{body_bytes_max, dialer.secure(),
                                [weak = weak_from_this()](const auto& server, auto stream) {
                                  if (const auto state = weak.lock())
                                    state->give_back(server, std::move(stream));
                                }};
    auto stream = take(r.server);
    if (stream) {
      auto kept = std::make_unique<Exchange>(clock, std::move(stream), r, terms);
      try {
        co_await kept->send(r);
        co_await kept->read_head();
        co_return kept;
      } catch (const base::Failure&) {
        if (kept->answered() || !may_repeat(r)) throw;
      }
    }
    stream = co_await dial(r.server);
    auto fresh = std::make_unique<Exchange>(clock, std::move(stream), r, terms);
    co_await fresh->send(r);
    co_await fresh->read_head();
    co_return fresh;
  }

  loop::Task<ClientResponse> whole(const ClientRequest& r) {
    const auto exchange = co_await begin(r, client_body_bytes_max);
    auto body = co_await exchange->read_all();
    co_return ClientResponse{exchange->status, std::move(exchange->headers), std::move(body)};
  }
};

Client::Client(loop::Clock& clock, net::Dialer& dialer)
    : state_(std::make_shared<State>(clock, dialer)) {}
Client::~Client() = default;

loop::Task<ClientResponse> Client::send(ClientRequest request, base::Mono until) {
  const auto state = state_;
  auto response = co_await loop::within(state->clock, until, state->whole(request));
  if (!response) throw state->too_late(request.server);
  co_return std::move(*response);
}

loop::Task<std::unique_ptr<Incoming>> Client::open(ClientRequest request, base::Mono until) {
  const auto state = state_;
  auto exchange = co_await loop::within(state->clock, until, state->begin(request, unbounded));
  if (!exchange) throw state->too_late(request.server);
  co_return std::move(*exchange);
}

void Client::close_idle() { state_->idle.clear(); }

}  // namespace http
