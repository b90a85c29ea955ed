#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/address.h"

namespace http {

/// The URL of a server: `http://host:port/prefix` or `https://…`.
struct Url {
  net::Address server;
  std::string prefix;  ///< "" or begins with `/` and does not end with it; put before targets.
  bool tls = false;
};

/// Reads such a URL; the port may be left out (80, with TLS 443). Refuses user names, queries and
/// fragments with kind invalid, code `bad_url`; and https, unless the caller can speak TLS.
base::Result<Url> parse_url(std::string_view text, bool speaks_tls = false);

}  // namespace http
