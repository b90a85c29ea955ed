#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"

namespace cli {

/// The text without control characters and broken UTF-8: what a server sends never steers the
/// terminal. Line breaks and tabs become spaces.
std::string printable(std::string_view text);

/// How many columns of a terminal a printable text takes.
std::size_t columns_of(std::string_view text);

/// The text cut to `columns`, with an ellipsis (`…`, or `~` in ASCII) in the last one when it was
/// cut. No character is split.
std::string cut(std::string_view text, std::size_t columns, bool unicode = true);

/// As much of the text's start as fits in so many columns.
std::string_view fitting(std::string_view text, std::size_t columns);

/// The text with spaces behind it up to `columns`.
std::string pad(std::string_view text, std::size_t columns);

/// How long something took: `0.4s`, `12.3s`, `4m05s`, `2h13m`, `3d4h`. Negative is `0.0s`.
std::string duration_text(base::Micros);

/// How long ago something was, in one unit or two, as kubectl writes it: `12s`, `5m`, `3h12m`,
/// `2d`.
std::string age_text(base::Micros);

/// The name of a run's pipeline; a run of a file may have none.
std::string pipeline_text(std::string_view name);

/// A count of bytes: `512 B`, `1.5 KiB`, `3.0 MiB`.
std::string bytes_text(std::int64_t);

}  // namespace cli
