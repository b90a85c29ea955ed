#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/address.h"
#include "net/tcp.h"

namespace http {

/// The URL of a server: `http://host:port/prefix` or `https://…`.
struct Url {
  net::Address server;
  std::string prefix;  ///< "" or begins with `/` and does not end with it; put before targets.
  bool tls = false;
};

/// Reads such a URL; the port may be left out (80, with TLS 443). Refuses user names, queries and
/// fragments with kind invalid, code `bad_url`.
base::Result<Url> parse_url(std::string_view text);

/// Dials the server of this URL. With https its certificate must be of an issuer that the system
/// trusts, or of those in the file that SSL_CERT_FILE names.
std::unique_ptr<net::Dialer> make_dialer(const Url&);

}  // namespace http
