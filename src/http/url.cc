#include "http/url.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/tls.h"

namespace http {
namespace {

base::Error bad(std::string_view text, std::string_view why) {
  return base::invalid("bad_url",
                       fmt::format("\"{}\" is not a URL that can be used: {}; write it as "
                                   "http://host:port, such as http://127.0.0.1:8080.",
                                   text, why));
}

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
  const bool tls = text.starts_with("https://");
  const std::string_view scheme = tls ? "https://" : "http://";
  if (!text.starts_with(scheme)) return bad(text, "it does not begin with http:// or https://");
  const auto rest = text.substr(scheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  auto host = std::string(rest.substr(0, slash));
  auto prefix = rest.substr(slash);
  if (host.find('@') != std::string::npos) return bad(text, "a user name does not belong in it");
  const auto is_odd = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '?' || c == '#';
  };
  if (std::any_of(text.begin(), text.end(), is_odd))
    return bad(text, "it has a space, a query or a fragment");
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon == std::string::npos || (bracket != std::string::npos && colon < bracket))
    host += tls ? ":443" : ":80";
  auto server = net::parse_address(host);
  if (!server) return bad(text, "its host or port is not valid");
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return Url{*server, std::string(prefix), tls};
}

std::unique_ptr<net::Dialer> make_dialer(const Url& url) {
  if (url.tls) return std::make_unique<net::TlsDialer>(net::TlsSettings{});
  return std::make_unique<net::TcpDialer>();
}

}  // namespace http
