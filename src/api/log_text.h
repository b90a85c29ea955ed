#pragma once

#include <map>
#include <optional>
#include <string>

#include "store/logs.h"

/// How logs are written to readers. Pure.
namespace api {

/// How far streams have been read, by their names: the id of an event of a log. As text
/// `123,side=45`, where what has no name is that of the stream without one.
using LogOffsets = std::map<std::string, std::uint64_t>;
std::string offsets_text(const LogOffsets&);
/// Nothing when the text says something else.
std::optional<LogOffsets> read_offsets(std::string_view);

/// Says that bytes are missing from here on, on a line of its own.
std::string gap_text(std::uint64_t bytes);
/// The bytes as they are, or with its time, RFC 3339, and a space in front of each line that has
/// one.
std::string part_text(const store::LogPart&, bool timestamps);
/// The data of an event: `{"stream", "offset", "text"}`, or `base64` instead of the text where that
/// is not UTF-8, and with timestamps `times: [[OFFSET, TIME], …]`.
std::string part_json(std::string_view stream, const store::LogPart&, bool timestamps);

}  // namespace api
