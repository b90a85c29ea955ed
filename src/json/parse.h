#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace json {

/// What one text may cost. A text beyond a limit is refused with a sentence that names the limit.
struct Limits {
  std::size_t depth = 64;                ///< Nested lists and objects; never above `depth_max`.
  std::size_t bytes = 32 * 1024 * 1024;  ///< Of text; also of what YAML aliases copy.
  std::size_t nodes = 5'000'000;         ///< Values in the tree.
  std::size_t expanded = 100'000;        ///< Values that YAML aliases make.
};

/// No tree is read or printed deeper than this, whatever the limits say: the stack must hold it.
inline constexpr std::size_t depth_max = 256;

/// Strict JSON (RFC 8259), one document; duplicate member names and invalid UTF-8 are refused. The
/// error's code is `bad_json`; its message starts with line:column. Whole numbers become int64 or
/// uint64 where they fit, everything else the nearest double.
base::Result<base::Value> parse(std::string_view text, const Limits& = {});

}  // namespace json
