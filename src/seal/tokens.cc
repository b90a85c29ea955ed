#include "seal/tokens.h"

#include <sodium/core.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"

namespace seal {
namespace {

constexpr std::string_view prefix = "fl_";
constexpr std::size_t random_bytes = 32;
constexpr std::size_t token_length = prefix.size() + 43;  // base64 of 32 bytes without padding

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

std::string make_token() {
  if (sodium_init() < 0) throw base::Failure("libsodium cannot start: no source of randomness");
  std::string bytes(random_bytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return std::string(prefix) + base::base64url(bytes);
}

bool is_token(std::string_view text) {
  return text.size() == token_length && text.starts_with(prefix) &&
         std::ranges::all_of(text.substr(prefix.size()), is_base64url);
}

std::string hash_token(std::string_view token) { return base::hash_hex(token); }

bool equal_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace seal
