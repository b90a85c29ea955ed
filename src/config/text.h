#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"
#include "config/field.h"

namespace config::detail {

/// The tree of a flag's or variable's text, for decoding; refused when its shape is wrong.
base::Result<base::Value> read_text(std::string_view text, Shape);
/// A member's tree as the text that a flag would give; `read_text` turned round.
std::string write_text(const base::Value&);

}  // namespace config::detail
