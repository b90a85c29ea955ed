#pragma once

#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace json {

/// What kubectl (go-yaml 2) reads in a plain YAML scalar: null, a boolean, a number or a string.
/// A refusal is a number that has no place in JSON; its message has no position.
base::Result<base::Value> resolve_plain(std::string_view text);

}  // namespace json
