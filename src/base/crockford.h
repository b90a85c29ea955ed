#pragma once

#include <string_view>

namespace base {

/// The digits of Crockford's base32 in lower case, by value.
inline constexpr std::string_view crockford_digits = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace base
