#pragma once

#include <memory>
#include <string>

#include "http/message.h"
#include "http/url.h"
#include "loop/clock.h"
#include "net/tcp.h"

namespace http {

/// A request to send. Host, length and coding are the client's to set.
struct ClientRequest {
  Verb verb = Verb::get;
  net::Address server;
  std::string target = "/";  ///< Path and query, encoded (see percent_encode).
  Headers headers = {};
  std::string body = {};
  /// Whether sending it twice does no harm; GET and HEAD are taken to be so.
  bool idempotent = false;
};

/// A response, its body read whole (at most `client_body_bytes_max`).
struct ClientResponse {
  int status = 0;
  Headers headers = {};
  std::string body = {};
};

inline constexpr std::size_t client_body_bytes_max = 64 << 20;

/// A response whose body is read piece by piece. Destroying it early closes its connection.
class Incoming {
 public:
  virtual ~Incoming() = default;
  int status = 0;
  Headers headers;
  /// The next bytes of the body, "" at its end. Throws base::Failure when the connection breaks or
  /// nothing comes until this moment; the latter leaves it usable.
  virtual loop::Task<std::string> next(base::Mono until) = 0;
};

/// An HTTP/1.1 client that keeps connections for reuse: at most 64, and none is used again after 30
/// s without a request. Loop thread only.
class Client {
 public:
  Client(loop::Clock&, net::Dialer&);
  ~Client();

  /// Sends and reads the whole response. Throws base::Failure with a sentence that names the server
  /// when it cannot be reached, breaks off, speaks no HTTP or is not done at this moment. On a kept
  /// connection that died before any byte of the response, an idempotent request is sent once more
  /// on a fresh one.
  loop::Task<ClientResponse> send(ClientRequest, base::Mono until);
  /// As `send`, but returns when the head of the response is here.
  loop::Task<std::unique_ptr<Incoming>> open(ClientRequest, base::Mono until);
  /// Closes the connections that are idle.
  void close_idle();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http
