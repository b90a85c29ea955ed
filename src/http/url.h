#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/address.h"

namespace http {

/// The URL of a server: `http://host:port/prefix`.
struct Url {
  net::Address server;
  std::string prefix;  ///< "" or begins with `/` and does not end with it; put before targets.
};

/// Reads such a URL; the port may be left out (80). Refuses https (not built in yet), user names,
/// queries and fragments with kind invalid, code `bad_url`.
base::Result<Url> parse_url(std::string_view text);

}  // namespace http
