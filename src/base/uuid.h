#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

/// A UUID (RFC 9562) as its octets. It is 128 bits, as an id is: either can be written as the
/// other.
using Uuid = std::array<std::uint8_t, 16>;

/// The bits of an id, by its text.
Uuid uuid_of(std::string_view ulid);
/// The text of the id that has these bits.
std::string ulid_of(const Uuid&);

/// Groups of 8, 4, 4, 4 and 12 hexadecimal digits in lower case.
std::string format_uuid(const Uuid&);
/// Reads the same, in upper case too; nothing when it is anything else.
std::optional<Uuid> parse_uuid(std::string_view);

}  // namespace base
