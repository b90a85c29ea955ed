#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace net {

/// Where to listen or connect: a name or an IP address (IPv6 without brackets) and a port.
struct Address {
  std::string host;
  std::uint16_t port = 0;
  friend auto operator<=>(const Address&, const Address&) = default;
};

/// Reads `127.0.0.1:0`, `[::1]:80`, `localhost:8080`. Kind invalid, code `bad_address` otherwise.
base::Result<Address> parse_address(std::string_view text);

/// The form that parse_address reads, with brackets around IPv6.
std::string to_string(const Address&);

/// True when only this machine can be meant: `localhost`, 127.0.0.0/8 and ::1.
bool is_loopback(const Address&);

}  // namespace net
