#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/log_times.h"
#include "model/link.h"
#include "store/store.h"

namespace store {

/// What is stored of one stream of an attempt's output.
struct LogStream {
  std::string name;
  std::uint64_t size = 0;           ///< Bytes that came.
  std::uint64_t cut = 0;            ///< Of them, those in the middle that were left out.
  std::optional<std::string> note;  ///< Set once nothing follows: `complete`, or what is missing.
};

/// A part of a stream without gaps.
struct LogPart {
  std::uint64_t offset = 0;
  std::string bytes;
  std::vector<core::LineTime> times;  ///< Of lines that start in it, where they are known.
  std::uint64_t end() const { return offset + bytes.size(); }
};

/// Stores a piece of a stream, compressed, unless bytes before it are missing. Of a stream longer
/// than `bytes_max` about the first and the last half of so many are kept. Where it goes on: no
/// more is wanted when the stream has ended, the attempt is not on this cluster, or it has too many
/// streams.
model::LogPlace append_log(Tx&, std::string_view cluster, const model::LogChunk&,
                           std::uint64_t bytes_max);
/// Notes the streams of an attempt that has ended.
void insert_log_streams(Tx&, const model::AttemptKey&, const std::vector<std::string>& names);
/// Says of every stream that has no note yet that nothing follows.
void close_logs(Tx&, const model::AttemptKey&, std::string_view note);

/// The output of an attempt as it is now.
struct AttemptLogs {
  std::vector<LogStream> streams;  ///< In the order of their names.
  bool grows = false;              ///< More may come, of these or other streams.
};
AttemptLogs read_logs(Tx&, const model::AttemptKey&);
/// The streams of each attempt of a job, by its number.
std::map<std::uint32_t, std::vector<LogStream>> read_job_logs(Tx&, model::RunId, std::uint32_t job);

/// The first stored bytes from `offset` on, `max` at most; none at the end. They begin later where
/// some were left out.
LogPart read_log(Tx&, const model::AttemptKey&, std::string_view stream, std::uint64_t offset,
                 std::size_t max);
/// Where the last `lines` lines of a stream begin, of its last `max` bytes at most.
std::uint64_t find_tail(Tx&, const model::AttemptKey&, const LogStream&, std::uint64_t lines,
                        std::size_t max);

}  // namespace store
