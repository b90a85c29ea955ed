#pragma once

#include <string>
#include <string_view>

namespace base {

/// BLAKE2b-256 of the bytes, 32 bytes. For names of content and for comparing, not for passwords.
std::string hash(std::string_view bytes);
/// The same in 64 lower-case hex digits.
std::string hash_hex(std::string_view bytes);

}  // namespace base
