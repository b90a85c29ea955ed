#pragma once

#include <string>
#include <string_view>

#include "base/value.h"

namespace json {

/// Compact JSON. Bytes that are not UTF-8 come out as U+FFFD, numbers that are not finite as null.
/// A tree deeper than `depth_max` throws base::Failure; so do the two below.
std::string print(const base::Value&);
/// JSON over several lines, indented by two spaces; ends without a newline.
std::string print_pretty(const base::Value&);
/// Readable block YAML, one document, which parse_yaml reads back to the same tree.
std::string print_yaml(const base::Value&);

/// The pointer of a member of the value at `pointer`, escaped as RFC 6901 says.
std::string pointer_join(std::string_view pointer, std::string_view member);

/// The JSON string of this text, quotes and all, appended to `out`.
void append_quoted(std::string& out, std::string_view text);
/// A finite number so that reading it gives the same double back: `1.0`, `1e+30`.
std::string print_number(double);

}  // namespace json
