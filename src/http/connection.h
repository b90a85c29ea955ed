#pragma once

#include <list>
#include <memory>

#include "http/buffer.h"
#include "http/parser.h"
#include "http/serving.h"
#include "http/work.h"

namespace http {

/// One connection of a server: reads requests and answers them in order. It has no timers: the
/// server's sweep looks at all deadlines a few times a second. Internal to this room.
class Connection {
 public:
  Connection(Serving&, std::unique_ptr<net::Stream>, loop::Executor);
  ~Connection();
  Connection(const Connection&) = delete;

  /// Serves until either side closes. Throws only when cancelled.
  loop::Task<> run();
  /// Says that the server is full, and closes.
  loop::Task<> run_full();
  /// Ends what is overdue.
  void sweep(base::Mono now);
  /// The server stops: ends the wait for a next request, and a stream.
  void wind_down();

 private:
  enum class Phase { idle, head, body, handling, writing, streaming, lingering };
  class StreamSink;
  void enter(Phase, base::Micros time);
  bool too_slow(base::Mono now) const;
  loop::Task<> serve_requests();
  loop::Task<bool> read_head();
  loop::Task<bool> read_body();
  loop::Task<bool> read_more();
  void name_request();
  loop::Task<> handle();
  loop::Task<> run_handler();
  loop::Task<> answer();
  loop::Task<> send_whole();
  loop::Task<> send_stream();
  loop::Task<> run_stream(StreamSink&);
  loop::Task<> watch_peer(StreamSink&);
  loop::Task<> refuse(Refusal);
  loop::Task<> linger();

  Serving& serving_;
  std::unique_ptr<net::Stream> stream_;
  std::list<Connection*>::iterator place_;
  RequestParser parser_;
  Buffer in_;
  std::string out_;
  Work work_;
  Response response_;

  Phase phase_ = Phase::idle;
  base::Mono since_;
  base::Mono deadline_;
  bool late_ = false;
  bool keep_alive_ = true;
};

}  // namespace http
