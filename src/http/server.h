#pragma once

#include <functional>
#include <memory>

#include "http/message.h"
#include "loop/clock.h"
#include "net/tcp.h"
#include "net/tls.h"

namespace http {

/// What a server takes from its clients, and for how long. Times are looked at every quarter of the
/// shortest one, at least four times a second, so they are exact to that.
struct ServerLimits {
  std::size_t body_bytes_max = 1 << 20;
  /// When set, chooses the body limit from the head of a request (its verb, path, headers) instead.
  std::function<std::size_t(const Request&)> body_bytes_max_of = {};
  std::size_t header_bytes_max = 16 << 10;
  std::size_t header_count_max = 100;
  /// Above it a connection is answered with 503 and closed.
  std::size_t connections_max = 4096;
  /// From the first byte of a request (or the accept) to the end of its head.
  base::Micros header_time = base::Micros(10'000'000);
  /// For a whole body; and after `body_grace` its bytes must come at this rate on average.
  base::Micros body_time = base::Micros(60'000'000);
  base::Micros body_grace = base::Micros(10'000'000);
  std::size_t body_bytes_per_second_min = 1024;
  /// Between two requests of a connection.
  base::Micros idle_time = base::Micros(75'000'000);
  /// For a handler; not for the stream that it returns.
  base::Micros request_time = base::Micros(60'000'000);
  /// For each piece of a response (256 KiB, or one write of a stream) to be taken by the client.
  base::Micros write_time = base::Micros(30'000'000);
};

/// Answers a request. The request stays where it is until the handler's stream, too, has ended.
/// What it throws becomes a 500 that tells the client only the request id.
using Handler = std::function<loop::Task<Response>(Request&)>;

/// An HTTP/1.1 server. Requests it refuses itself (malformed, too large, too slow) are answered
/// with `application/problem+json` and the connection is closed. Loop thread only; outlives its
/// `serve`.
class Server {
 public:
  Server(loop::Clock&, ServerLimits, Handler);
  ~Server();

  /// Serves this listener until `stop` or cancellation; returns when its connections have ended.
  /// More than one listener may be served at once. With an acceptor, which outlives this, its
  /// connections speak TLS; the handshake has `header_time`.
  loop::Task<> serve(net::Listener&, net::TlsAcceptor* = nullptr);
  /// Accepts no more, closes idle connections, cancels streams, and waits for requests under way to
  /// be answered; what is left after `grace` is cancelled.
  loop::Task<> stop(base::Micros grace);
  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace http
