#include "core/log_times.h"

#include <optional>

namespace core {
namespace {

constexpr unsigned number_bits = 64, group_bits = 7;

void put(std::string& out, std::uint64_t n) {
  for (; n >> group_bits; n >>= group_bits) out += char(0x80 | (n & 0x7f));
  out += char(n);
}

std::optional<std::uint64_t> take(std::string_view& bytes) {
  std::uint64_t n = 0;
  for (unsigned shift = 0; shift < number_bits && !bytes.empty(); shift += group_bits) {
    const auto byte = std::uint8_t(bytes.front());
    bytes.remove_prefix(1);
    n |= std::uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80) return n;
  }
  return {};
}

/// Small numbers of either sign as small ones without.
std::uint64_t zigzag(std::uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> (number_bits - 1)));
}
std::uint64_t unzigzag(std::uint64_t n) { return (n >> 1) ^ (0 - (n & 1)); }

}  // namespace

std::string encode_times(const std::vector<LineTime>& times) {
  std::string out;
  // Without a sign, so that nothing overflows.
  std::uint64_t offset = 0, at = 0;
  for (const auto& time : times) {
    const auto micros = std::uint64_t(base::to_micros(time.at));
    put(out, time.offset - offset);
    put(out, zigzag(micros - at));
    offset = time.offset;
    at = micros;
  }
  return out;
}

std::vector<LineTime> decode_times(std::string_view bytes, std::uint64_t begin, std::uint64_t end) {
  std::vector<LineTime> out;
  std::uint64_t offset = 0, at = 0;
  while (!bytes.empty()) {
    const auto further = take(bytes);
    const auto later = take(bytes);
    if (!further || !later || offset + *further < offset) break;
    offset += *further;
    at += unzigzag(*later);
    if (offset >= end) break;
    if (offset >= begin) out.push_back({offset, base::from_micros(std::int64_t(at))});
  }
  return out;
}

}  // namespace core
