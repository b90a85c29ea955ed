#include "net/address.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace net {
namespace {

base::Error bad(std::string_view text, std::string_view why) {
  return base::invalid("bad_address",
                       fmt::format("\"{}\" is not an address: {}; write it as host:port, such as "
                                   "127.0.0.1:8080, localhost:8080 or [::1]:8080.",
                                   text, why));
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_name(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (char c : host)
    if (!is_host_char(c)) return false;
  return true;
}

bool is_ipv6(const std::string& host) {
  boost::system::error_code ec;
  boost::asio::ip::make_address_v6(host, ec);
  return !ec;
}

}  // namespace

base::Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text, "the port is missing");
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  Address out{std::string(host), 0};
  if (bracketed ? !is_ipv6(out.host) : !is_name(host)) return bad(text, "the host is not valid");
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return bad(text, "the port is not a number from 0 to 65535");
  return out;
}

std::string to_string(const Address& a) {
  if (a.host.find(':') != std::string::npos) return fmt::format("[{}]:{}", a.host, a.port);
  return fmt::format("{}:{}", a.host, a.port);
}

bool is_loopback(const Address& a) {
  if (a.host == "localhost") return true;
  boost::system::error_code ec;
  const auto ip = boost::asio::ip::make_address(a.host, ec);
  return !ec && ip.is_loopback();
}

}  // namespace net
