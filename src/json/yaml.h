#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "json/parse.h"

namespace json {

/// All documents of a YAML stream; a JSON document is one too. Empty documents are skipped. Plain
/// scalars mean what kubectl reads: `yes` and `on` are booleans, `0o17`, `017` and `0x1f` numbers.
/// Refused: duplicate keys, keys that are not strings, the merge key `<<`, tags outside YAML's core
/// schema, infinities, and aliases that expand beyond the limits. The error's code is `bad_yaml`;
/// its message starts with line:column.
base::Result<std::vector<base::Value>> parse_yaml(std::string_view text, const Limits& = {});

}  // namespace json
