#pragma once

#include <functional>

#include "http/buffer.h"
#include "http/client.h"
#include "http/parser.h"

namespace http {

/// `http://host:port` or `https://…`, as messages name a server. Internal to this room.
std::string url_of(const net::Address& server, bool secure);

/// One request and its response on one connection. Internal to this room.
class Exchange final : public Incoming {
 public:
  /// Where the connection goes when the response is whole and it can carry another.
  using Keep = std::function<void(const net::Address&, std::unique_ptr<net::Stream>)>;
  struct Terms {
    std::size_t body_bytes_max;
    bool secure;  ///< For messages.
    Keep keep;
  };
  Exchange(loop::Clock&, std::unique_ptr<net::Stream>, const ClientRequest&, Terms);

  loop::Task<> send(const ClientRequest&);
  /// Reads up to the end of the head.
  loop::Task<> read_head();
  /// Reads the rest and gives the whole body.
  loop::Task<std::string> read_all();
  loop::Task<std::string> next(base::Mono until) override;
  /// Whether bytes of the response have been seen.
  bool answered() const { return parser_.began(); }

 private:
  loop::Task<std::string> read_piece();
  loop::Task<> read_more();
  void feed();
  void end();

  loop::Clock& clock_;
  std::unique_ptr<net::Stream> stream_;
  const net::Address server_;
  const std::string url_;
  ResponseParser parser_;
  Keep keep_;
  Buffer in_;
  bool head_read_ = false;
  bool done_ = false;
};

}  // namespace http
