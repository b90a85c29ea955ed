#include "base/uuid.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crockford.h"

namespace base {
namespace {

// 26 digits of five bits are 130; the first two are always 0.
constexpr int spare_bits = 2;

constexpr std::size_t text_bytes = 36, hyphens[] = {8, 13, 18, 23};

/// The value of a hexadecimal digit; nothing when it is none.
std::optional<std::uint8_t> read_digit(char c) {
  if (c >= '0' && c <= '9') return std::uint8_t(c - '0');
  if (c >= 'a' && c <= 'f') return std::uint8_t(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return std::uint8_t(c - 'A' + 10);
  return {};
}

}  // namespace

Uuid uuid_of(std::string_view ulid) {
  Uuid uuid{};
  std::size_t at = 0;
  std::uint32_t held = 0;
  int bits = -spare_bits;
  for (const char c : ulid) {
    held = held << 5 | std::uint32_t(crockford_digits.find(c));
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    uuid.at(at++) = std::uint8_t(held >> bits);
  }
  return uuid;
}

std::string ulid_of(const Uuid& uuid) {
  std::string id;
  std::uint32_t held = 0;
  int bits = spare_bits;
  for (const auto octet : uuid) {
    held = held << 8 | octet;
    bits += 8;
    for (; bits >= 5; bits -= 5) id += crockford_digits[held >> (bits - 5) & 31];
  }
  return id;
}

std::string format_uuid(const Uuid& uuid) {
  auto text = hex({reinterpret_cast<const char*>(uuid.data()), uuid.size()});
  for (const auto at : hyphens) text.insert(at, 1, '-');
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_bytes) return {};
  Uuid uuid{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::ranges::find(hyphens, i) != std::end(hyphens)) {
      if (text[i] != '-') return {};
      continue;
    }
    const auto digit = read_digit(text[i]);
    if (!digit) return {};
    auto& octet = uuid.at(digits++ / 2);
    octet = std::uint8_t(octet << 4 | *digit);
  }
  return uuid;
}

}  // namespace base
