#include "http/writer.h"

#include <fmt/format.h>

#include <iterator>

#include "base/log.h"
#include "http/problem.h"

namespace http {
namespace {

bool is_token(std::string_view s) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  for (char c : s) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && marks.find(c) == std::string_view::npos) return false;
  }
  return !s.empty();
}

bool is_planned(std::string_view name) {
  // By length first: this runs for every field of every response.
  switch (name.size()) {
    case 10: return equal_no_case(name, "Connection");
    case 12: return equal_no_case(name, "X-Request-Id");
    case 14: return equal_no_case(name, "Content-Length");
    case 17: return equal_no_case(name, "Transfer-Encoding");
    default: return false;
  }
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

}  // namespace

bool append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name)) return false;
  out += name;
  out += ": ";
  for (char c : value) out += is_control(c) ? ' ' : c;
  out += "\r\n";
  return true;
}

void append_head(std::string& out, const Response& response, const HeadPlan& plan) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status,
                 reason_of(response.status));
  for (const auto& [name, value] : response.headers)
    if (!is_planned(name) && !append_field(out, name, value))
      base::log::error("a response had a header name that is no token", {{"name", name}});
  if (!plan.request_id.empty()) append_field(out, "X-Request-Id", plan.request_id);
  if (plan.framing == Framing::length)
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", plan.length);
  if (plan.framing == Framing::chunked) out += "Transfer-Encoding: chunked\r\n";
  if (plan.close)
    out += "Connection: close\r\n";
  else if (plan.http_1_0)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", bytes.size());
  out += bytes;
  out += "\r\n";
}

}  // namespace http
