#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace core {

/// When a line of a log was written.
struct LineTime {
  std::uint64_t offset = 0;  ///< Where the line starts, in bytes from the start of its stream.
  base::Time at;
  friend bool operator==(const LineTime&, const LineTime&) = default;
};

/// Line times as bytes, about four a line: of each the distance to the one before as LEB128
/// numbers, first of its offset, then of its microseconds (zigzag, for clocks may go back). Offsets
/// must not go down.
std::string encode_times(const std::vector<LineTime>&);

/// The line times again, those of lines that start in [begin, end). What follows bytes that are no
/// such list is left out: times are an addition to a log, and never a reason to refuse it.
std::vector<LineTime> decode_times(std::string_view, std::uint64_t begin, std::uint64_t end);

}  // namespace core
