#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace json {

/// `line:column` of a byte of a text, both from 1; the column counts characters.
std::string line_column(std::string_view text, std::size_t offset);
/// Where the text stops being UTF-8; npos when it never does.
std::size_t utf8_error(std::string_view text);
/// The start of a text for a message: at most 40 bytes, cut between characters.
std::string excerpt(std::string_view text);
/// The candidate that `word` is probably a slip of; empty when none is close.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace json
