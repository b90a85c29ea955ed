#pragma once

#include <map>
#include <optional>
#include <string>

#include "sim/server.h"

namespace sim {

/// The wires between the server and everyone else. Requests and answers take time, get lost, come
/// twice and overtake each other; a route can be cut.
class Network {
 public:
  Network(Timeline& timeline, const Weather& weather, base::Rng& rng)
      : timeline_(timeline), weather_(weather), rng_(rng) {}

  /// Who answers now; null while there is no server.
  void connect(std::shared_ptr<Server> server) { server_ = std::move(server); }
  /// Nothing passes on this route before that moment.
  void cut(const std::string& route, base::Mono until) { cuts_[route] = until; }
  void mend() { cuts_.clear(); }

  /// Calls `serve` on the server and brings its answer; waits for it no longer than `patience`.
  /// Throws base::Failure when none comes: then it was done not at all, once or, where `repeats`,
  /// several times.
  template <class T>
  loop::Task<T> call(Process& from, std::string route, base::Micros patience, bool repeats,
                     std::function<loop::Task<T>(Server&)> serve);

 private:
  template <class T>
  struct Reply {
    std::optional<T> value;
    std::string failure;
    loop::Bell bell;
  };
  template <class T>
  using ReplyTo = std::shared_ptr<Reply<T>>;
  template <class T>
  using Serve = std::function<loop::Task<T>(Server&)>;

  bool is_cut(const std::string& route) const;
  base::Micros delay();
  template <class T>
  void deliver(const std::string& route, const Serve<T>&, const ReplyTo<T>&);
  template <class T>
  loop::Task<> handle(std::shared_ptr<Server>, std::string route, Serve<T>, ReplyTo<T>);
  template <class T>
  void answer(const std::string& route, const ReplyTo<T>&, std::optional<T>,
              const std::string& failure);

  Timeline& timeline_;
  const Weather& weather_;
  base::Rng& rng_;
  std::shared_ptr<Server> server_;
  std::map<std::string, base::Mono> cuts_;
};

template <class T>
loop::Task<T> Network::call(Process& from, std::string route, base::Micros patience, bool repeats,
                            Serve<T> serve) {
  co_await from.gate();
  const auto reply = std::make_shared<Reply<T>>();
  const int copies = repeats && rng_.chance(weather_.repeated) ? 2 : 1;
  for (int i = 0; i < copies; ++i)
    if (!rng_.chance(weather_.request_lost))
      // A repeated one may come much later: it waited in a queue on its way.
      timeline_.after(delay() + (i ? delay() * std::int64_t(1 + rng_.below(100)) : base::Micros(0)),
                      [this, route, serve, reply] { deliver<T>(route, serve, reply); });
  const auto until = from.clock.mono() + patience;
  while (!reply->value && reply->failure.empty() && from.clock.mono() < until)
    co_await reply->bell.wait(from.clock, reply->bell.rings(), until);
  co_await from.gate();
  if (reply->value) co_return std::move(*reply->value);
  throw base::Failure(reply->failure.empty() ? "no answer in time" : reply->failure);
}

template <class T>
void Network::deliver(const std::string& route, const Serve<T>& serve, const ReplyTo<T>& reply) {
  if (is_cut(route)) return;
  if (!server_ || !server_->process.alive())
    return answer<T>(route, reply, {}, "connection refused");
  server_->process.tasks.spawn("request of " + route, handle<T>(server_, route, serve, reply));
}

template <class T>
loop::Task<> Network::handle(std::shared_ptr<Server> server, std::string route, Serve<T> serve,
                             ReplyTo<T> reply) {
  std::optional<T> value;
  std::string failure;
  try {
    value.emplace(co_await serve(*server));
  } catch (const base::Failure& e) {
    failure = e.what();
  }
  if (!server->process.alive() || rng_.chance(weather_.answer_lost)) co_return;
  answer<T>(route, reply, std::move(value), failure);
}

template <class T>
void Network::answer(const std::string& route, const ReplyTo<T>& reply, std::optional<T> value,
                     const std::string& failure) {
  timeline_.after(delay(), [this, route, reply, value = std::move(value), failure] {
    if (is_cut(route) || reply->value) return;
    reply->value = value;
    reply->failure = failure;
    reply->bell.ring();
  });
}

}  // namespace sim
