#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

std::string hex(std::string_view bytes);
/// Lower-case RFC 4648 base32 without padding; fits in a DNS label.
std::string base32(std::string_view bytes);
/// URL-safe RFC 4648 base64 without padding.
std::string base64url(std::string_view bytes);

/// RFC 4648 base64 with padding.
std::string base64(std::string_view bytes);
/// The bytes of a base64 text; nothing when it is malformed.
std::optional<std::string> unbase64(std::string_view text);

/// Bytes that need not be text; base64 on the wire.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

/// True for a DNS label (RFC 1123): 1 to 63 of a-z, 0-9, '-', a letter or digit at both ends.
bool is_dns_label(std::string_view);
/// True when the bytes are valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view);

}  // namespace base
