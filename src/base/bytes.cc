#include "base/bytes.h"

#include <algorithm>

namespace base {
namespace {

/// Writes the bytes in groups of `bits`, most significant first, by this alphabet.
std::string encode(std::string_view bytes, std::string_view alphabet, unsigned bits) {
  std::string text;
  text.reserve(bytes.size() * 8 / bits + 1);
  std::uint32_t pending = 0;
  unsigned count = 0;
  for (unsigned char byte : bytes) {
    pending = (pending << 8) | byte;
    for (count += 8; count >= bits; count -= bits)
      text += alphabet[(pending >> (count - bits)) & ((1u << bits) - 1)];
  }
  if (count) text += alphabet[(pending << (bits - count)) & ((1u << bits) - 1)];
  return text;
}

/// The length of the UTF-8 sequence at the front; 0 when it is malformed.
std::size_t utf8_length(std::string_view s) {
  const auto at = [&](std::size_t i) {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
  };
  const auto more = [&](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const unsigned c = at(0);
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return more(1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    const bool overlong = c == 0xe0 && at(1) < 0xa0, surrogate = c == 0xed && at(1) > 0x9f;
    return more(1) && more(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    const bool overlong = c == 0xf0 && at(1) < 0x90, beyond = c == 0xf4 && at(1) > 0x8f;
    return more(1) && more(2) && more(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string hex(std::string_view bytes) { return encode(bytes, "0123456789abcdef", 4); }
std::string base32(std::string_view bytes) {
  return encode(bytes, "abcdefghijklmnopqrstuvwxyz234567", 5);
}
std::string base64url(std::string_view bytes) {
  return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6);
}

std::string base64(std::string_view bytes) {
  auto text = encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> unbase64(std::string_view text) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4) return {};
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (char c : text) {
    const auto value = alphabet.find(c);
    if (value == alphabet.npos) return {};
    pending = (pending << 6) | std::uint32_t(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += char((pending >> bits) & 0xff);
  }
  return bytes;
}

bool is_dns_label(std::string_view s) {
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !s.empty() && s.size() <= 63 && word(s.front()) && word(s.back()) &&
         std::ranges::all_of(s, [&](char c) { return word(c) || c == '-'; });
}

bool is_utf8(std::string_view s) {
  while (!s.empty()) {
    const auto n = utf8_length(s);
    if (n == 0) return false;
    s.remove_prefix(n);
  }
  return true;
}

}  // namespace base
