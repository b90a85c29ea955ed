#pragma once

#include <memory>
#include <string>

#include "net/stream.h"
#include "net/tls_context.h"

namespace net {

/// Which side of TLS we are on, and what we expect of the other.
struct TlsRole {
  bool server = false;
  std::string expected = {};  ///< The name that the server's certificate must have.
  bool verify = true;         ///< Of a client: look at the certificate at all.
  std::string peer = {};      ///< How failures name the other side.
};

/// Does the handshake over this stream. Throws base::Failure when TLS or a certificate is at fault,
/// boost::system::system_error when the connection breaks. Internal to this room.
loop::Task<std::unique_ptr<Stream>> shake_hands(ssl_ctx_st*, std::unique_ptr<Stream>, TlsRole);

}  // namespace net
