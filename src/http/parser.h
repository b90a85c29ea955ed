#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/head.h"
#include "http/message.h"

namespace http {

/// How far a parser is: it wants more bytes, has just read the head, is at the end of the message,
/// or refuses it for good.
enum class Step { more, head, done, refused };

/// A step, and how many of the given bytes it used up.
struct Progress {
  Step step;
  std::size_t taken;
};

/// Reads one request from bytes that arrive in any slices; the slices never change the outcome.
/// Feed it the unread bytes of the connection: those not taken must be given again, with more
/// behind them. After `head`, set the body limit and feed on. Internal to this room.
class RequestParser {
 public:
  explicit RequestParser(HeadLimits);
  ~RequestParser();

  Progress feed(std::string_view bytes);
  /// To be read from `head` on; the body is whole at `done`.
  Request& request();
  const Request& request() const;
  /// The most bytes the body may have; refuses with 413 when the announced length is over it.
  Step set_body_max(std::size_t);
  const Refusal& refusal() const;
  /// Whether bytes of this request have been seen.
  bool began() const;
  bool keep_alive() const;
  bool is_http_1_0() const;
  bool expects_continue() const;
  /// Begins the next request.
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads one response (those of status 1xx are skipped), body included: to its length, its last
/// chunk or the end of the connection. Internal to this room.
class ResponseParser {
 public:
  /// `answers_head`: the request was a HEAD, so there is no body whatever the head says.
  ResponseParser(HeadLimits, bool answers_head, std::size_t body_bytes_max);
  ~ResponseParser();

  Progress feed(std::string_view bytes);
  /// The connection has ended: `done` if the message may end here.
  Step feed_end();
  int status() const;
  Headers& headers();
  /// Whether bytes of a response have been seen.
  bool began() const;
  /// What of the body has been read since it was last taken.
  std::string& body();
  const Refusal& refusal() const;
  bool keep_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace http
