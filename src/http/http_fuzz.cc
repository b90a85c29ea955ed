// Feeds bytes to the parsers in one piece and in slices; the slices must not change the outcome.
// The first bytes of the input choose the slices.
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>

#include "http/parser.h"
#include "http/sse.h"

namespace {

constexpr http::HeadLimits limits = {.bytes_max = 512, .fields_max = 8};
constexpr std::size_t body_bytes_max = 256;

/// Hands out the input as a connection would: more and more of it.
class Slices {
 public:
  Slices(std::string_view bytes, std::uint8_t seed) : bytes_(bytes), seed_(seed) {}
  bool more() {
    if (end_ == bytes_.size()) return false;
    const std::size_t n = seed_ ? 1 + (seed_ ^ (end_ * 7)) % 16 : bytes_.size();
    end_ = std::min(bytes_.size(), end_ + n);
    return true;
  }
  std::string_view unread() const { return bytes_.substr(begin_, end_ - begin_); }
  void take(std::size_t n) { begin_ += n; }

 private:
  std::string_view bytes_;
  std::uint8_t seed_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

void describe(std::string& out, const http::Request& r) {
  out += fmt::format("{} {} {} {} {}\n", r.method, r.target, r.path, r.segments.size(), r.body);
  for (const auto& [name, value] : r.query) out += fmt::format("  {}={}\n", name, value);
  for (const auto& [name, value] : r.headers) out += fmt::format("  {}: {}\n", name, value);
}

/// Every request in the bytes, and how they end.
std::string requests(std::string_view bytes, std::uint8_t seed) {
  std::string out;
  http::RequestParser parser(limits);
  Slices in(bytes, seed);
  while (in.more()) {
    for (;;) {
      auto [step, taken] = parser.feed(in.unread());
      if (taken > in.unread().size()) std::abort();
      in.take(taken);
      if (step == http::Step::head) step = parser.set_body_max(body_bytes_max);
      if (step == http::Step::refused) return out + parser.refusal().detail;
      if (step == http::Step::done) {
        describe(out, parser.request());
        parser.reset();
      }
      if (in.unread().empty() || (step == http::Step::more && taken == 0)) break;
    }
  }
  return out;
}

std::string response(std::string_view bytes, std::uint8_t seed) {
  http::ResponseParser parser(limits, false, body_bytes_max);
  Slices in(bytes, seed);
  bool head = false;
  while (in.more()) {
    for (;;) {
      const auto [step, taken] = parser.feed(in.unread());
      if (taken > in.unread().size()) std::abort();
      in.take(taken);
      if (step == http::Step::refused) return parser.refusal().detail;
      if (step == http::Step::done) return fmt::format("{} {}", parser.status(), parser.body());
      if (step == http::Step::more) break;
      head = true;
    }
  }
  if (parser.feed_end() == http::Step::refused) return parser.refusal().detail;
  return fmt::format("{} {} {}", head, parser.status(), parser.body());
}

std::string events(std::string_view bytes, std::uint8_t seed) {
  std::string out;
  http::SseParser parser;
  Slices in(bytes, seed);
  while (in.more()) {
    for (const auto& e : parser.feed(in.unread()))
      out += fmt::format("{}|{}|{}\n", e.id, e.event, e.data);
    in.take(in.unread().size());
  }
  return out +
         fmt::format("{} {}", parser.last_id(), parser.retry().value_or(base::Micros(-1)).count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t seed = data[0] | 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (requests(bytes, 0) != requests(bytes, seed)) std::abort();
  if (response(bytes, 0) != response(bytes, seed)) std::abort();
  if (events(bytes, 0) != events(bytes, seed)) std::abort();
  return 0;
}
