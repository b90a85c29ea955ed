#include "http/head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace http {
namespace {

/// Bytes that mean nothing to the structure of a head: all but controls, TAB excepted.
constexpr std::array<bool, 256> plain = [] {
  std::array<bool, 256> out{};
  for (int c = 0; c < 256; ++c) out[c] = (c >= 0x20 && c != 0x7f) || c == '\t';
  return out;
}();

bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

}  // namespace

HeadScan::Step HeadScan::refuse(int status, std::string_view code, std::string_view detail) {
  refusal_ = {status, std::string(code), std::string(detail)};
  return Step::refused;
}

HeadScan::Step HeadScan::end_of_line(const HeadLimits& limits) {
  if (at_ == line_start_) return Step::complete;
  line_start_ = at_ + 2;
  if (lines_++ > limits.fields_max)
    return refuse(431, "too_many_headers",
                  fmt::format("The head has over {} fields; send fewer.", limits.fields_max));
  return Step::more;
}

HeadScan::Step HeadScan::feed(std::string_view bytes, const HeadLimits& limits) {
  const auto end = std::min(bytes.size(), limits.bytes_max);
  while (at_ < end) {
    const char c = bytes[at_];
    if (is_plain(c)) {
      // A method is a token, so the first byte already tells a TLS hello or a binary protocol.
      if (at_ == line_start_ && (c == ' ' || c == '\t'))
        return refuse(400, "bad_request",
                      "A line of the head begins with a space: folded header "
                      "lines are obsolete and not accepted.");
      ++at_;
      continue;
    }
    if (c != '\r')
      return refuse(400, "bad_request",
                    c == '\n' ? "A line of the head ends in LF without CR."
                              : "The head has a control byte; is this plain HTTP/1.1?");
    if (at_ + 1 >= end) break;
    if (bytes[at_ + 1] != '\n')
      return refuse(400, "bad_request", "The head has a CR that is not followed by LF.");
    const auto step = end_of_line(limits);
    if (step == Step::refused) return step;
    at_ += 2;
    if (step == Step::complete) return step;
  }
  if (bytes.size() < limits.bytes_max) return Step::more;
  return refuse(431, "headers_too_large",
                fmt::format("The head is over {} bytes; send smaller headers.", limits.bytes_max));
}

}  // namespace http
