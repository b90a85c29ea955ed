#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "api/log_text.h"

namespace api {

/// Stands for all streams of an attempt.
inline constexpr std::string_view every_stream = "*";

/// An attempt's output on its way to a reader.
struct LogReading {
  model::AttemptKey key;              ///< Attempt 0: the first one is awaited.
  std::string stream;                 ///< As it was asked for: empty, a name, or `every_stream`.
  LogOffsets offsets;                 ///< Where to go on, of the streams that were read.
  std::uint64_t offset = 0;           ///< Where the others begin,
  std::optional<std::uint64_t> tail;  ///< or so many lines before their ends.
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();  ///< Bytes at most.
  bool timestamps = false;
  bool follow = false;
  bool events = false;  ///< As server-sent events.
};

/// Writes the output until it ends or, when it is not followed, until it is all that there is.
loop::Task<> stream_log(Shared&, LogReading, http::Sink&);

}  // namespace api
