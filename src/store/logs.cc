#include "store/logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sql/queries.h"
#include "store/compress.h"

namespace store {
namespace {

namespace q = sql::q;

LogStream read_stream(const sql::Row& r) {
  LogStream out{r.str(1), std::uint64_t(r.number(2)), std::uint64_t(r.number(3)), {}};
  if (!r.null(4)) out.note = r.str(4);
  return out;
}

/// The stream, if it may grow.
std::optional<LogStream> growing(Tx& tx, std::string_view cluster, const model::LogChunk& chunk) {
  const auto& key = chunk.key;
  std::optional<LogStream> found;
  bool fresh = false;
  tx.connection.run(q::growing_log, {key.run.text(), key.job, key.attempt, cluster, chunk.stream},
                    [&](const sql::Row& r) {
                      fresh = r.null(0);
                      if (r.null(2)) found.emplace(LogStream{.name = chunk.stream});
                      if (fresh || !found) return;
                      found->size = std::uint64_t(r.number(0));
                      found->cut = std::uint64_t(r.number(1));
                    });
  if (!found || !fresh || chunk.stream.empty()) return found;
  std::size_t streams = 0;
  tx.connection.run(q::count_log_streams, {key.run.text(), key.job, key.attempt},
                    [&](const sql::Row& r) { streams = std::size_t(r.number(0)); });
  // One more says what is not kept.
  if (streams > model::log_streams_max) found.reset();
  return found;
}

void insert(Tx& tx, const model::LogChunk& chunk, std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  const auto& key = chunk.key;
  const auto bytes = std::string_view(chunk.bytes.bytes).substr(begin - chunk.offset, end - begin);
  const auto packed = compress(bytes);
  std::string_view times = chunk.times.bytes;
  std::string fewer;
  if (bytes.size() < chunk.bytes.bytes.size() && !times.empty())
    times = fewer = core::encode_times(core::decode_times(times, begin, end));
  tx.connection.run(q::insert_log_chunk,
                    {key.run.text(), key.job, key.attempt, chunk.stream, begin, bytes.size(),
                     sql::Cell::bytes(packed), sql::Cell::bytes(times)});
}

/// Stores the bytes of a chunk that are new. The first half of what is kept stays as it is; behind
/// it what is not of the last half any more goes.
void add(Tx& tx, LogStream& stream, const model::LogChunk& chunk, std::uint64_t bytes_max) {
  const auto begin = stream.size;
  const auto end = chunk.offset + chunk.bytes.bytes.size();
  if (end <= begin) return;
  const auto head = bytes_max - bytes_max / 2, tail = bytes_max / 2;
  stream.size = end;
  if (end <= bytes_max) {
    // No piece is of both halves, so that the one can go without the other.
    const auto middle = std::clamp(head, begin, end);
    insert(tx, chunk, begin, middle);
    return insert(tx, chunk, middle, end);
  }
  const auto tail_begin = std::max(head, end - tail);
  if (begin < head) insert(tx, chunk, begin, head);
  const auto from = std::max(begin, head);
  const auto kept = std::max(from, tail_begin);
  stream.cut += kept - from;
  insert(tx, chunk, kept, end);
  const auto& key = chunk.key;
  tx.connection.run(q::cut_log,
                    {key.run.text(), key.job, key.attempt, chunk.stream, head, tail_begin},
                    [&](const sql::Row& r) { stream.cut += std::uint64_t(r.number(0)); });
}

/// The first line of a stream, and its last ones that were written at the same time.
std::vector<core::LineTime> known_lines(Tx& tx, const model::LogChunk& chunk) {
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  std::vector<core::LineTime> known, last;
  const auto& key = chunk.key;
  tx.connection.run(q::edges_of_log, {key.run.text(), key.job, key.attempt, chunk.stream},
                    [&](const sql::Row& r) {
                      last = core::decode_times(r.text(0), 0, all);
                      if (known.empty() && !last.empty()) known.push_back(last.front());
                    });
  if (known.empty() || known[0].offset != 0) return {};
  const auto at = last.back().at;
  while (!last.empty() && last.back().at == at) {
    known.insert(known.begin() + 1, last.back());
    last.pop_back();
  }
  return known;
}

std::string note_of(const LogStream& stream, const std::string& note) {
  if (stream.cut == 0) return note;
  const auto cut = fmt::format("cut: {} bytes in the middle were left out", stream.cut);
  return note == "complete" ? cut : cut + "; " + note;
}

}  // namespace

model::LogPlace append_log(Tx& tx, std::string_view cluster, const model::LogChunk& chunk,
                           std::uint64_t bytes_max) {
  auto stream = growing(tx, cluster, chunk);
  if (!stream) return {.bytes = -1};
  if (chunk.offset > stream->size) return {.bytes = std::int64_t(stream->size)};
  model::LogPlace place;
  if (chunk.offset == 0 && stream->size > 0)
    place.known = {core::encode_times(known_lines(tx, chunk))};
  // A repeated chunk may overlap what is stored; only its new end is kept.
  add(tx, *stream, chunk, bytes_max);
  if (chunk.last) stream->note = note_of(*stream, chunk.note);
  const auto& key = chunk.key;
  tx.connection.run(q::put_log_stream, {key.run.text(), key.job, key.attempt, chunk.stream,
                                        stream->size, stream->cut, stream->note});
  place.bytes = std::int64_t(stream->size);
  return place;
}

void insert_log_streams(Tx& tx, const model::AttemptKey& key,
                        const std::vector<std::string>& names) {
  std::vector<sql::Cell> cells;
  for (const auto& name : names)
    cells.insert(cells.end(), {key.run.text(), key.job, key.attempt, name});
  if (!cells.empty()) tx.connection.run_rows(q::insert_log_streams, 4, cells);
}

void close_logs(Tx& tx, const model::AttemptKey& key, std::string_view note) {
  tx.connection.run(q::close_log_streams, {key.run.text(), key.job, key.attempt, note});
}

AttemptLogs read_logs(Tx& tx, const model::AttemptKey& key) {
  AttemptLogs out;
  bool all_noted = true, runs = false, assigned = false;
  tx.connection.run(q::log_streams, {key.run.text(), key.job, key.attempt}, [&](const sql::Row& r) {
    out.streams.push_back(read_stream(r));
    all_noted = all_noted && out.streams.back().note;
  });
  tx.connection.run(q::may_write_logs, {key.run.text(), key.job, key.attempt},
                    [&](const sql::Row& r) {
                      runs = r.flag(0);
                      assigned = r.flag(1);
                    });
  // What has ended has no streams but those it was said to have.
  out.grows = runs || (assigned && (out.streams.empty() || !all_noted));
  return out;
}

std::map<std::uint32_t, std::vector<LogStream>> read_job_logs(Tx& tx, model::RunId run,
                                                              std::uint32_t job) {
  std::map<std::uint32_t, std::vector<LogStream>> out;
  tx.connection.run(q::job_log_streams, {run.text(), job}, [&](const sql::Row& r) {
    out[std::uint32_t(r.number(0))].push_back(read_stream(r));
  });
  return out;
}

LogPart read_log(Tx& tx, const model::AttemptKey& key, std::string_view stream,
                 std::uint64_t offset, std::size_t max) {
  LogPart out{.offset = offset, .bytes = {}, .times = {}};
  // Chunks are at least a byte, so this many suffice; most hold far more.
  constexpr int chunks_max = 64;
  bool begun = false, gap = false;
  tx.connection.run(q::read_log, {key.run.text(), key.job, key.attempt, stream, offset, chunks_max},
                    [&](const sql::Row& r) {
                      const auto start = std::uint64_t(r.number(0));
                      if (!std::exchange(begun, true)) out.offset = std::max(start, offset);
                      gap = gap || start > out.end();
                      if (gap || out.bytes.size() >= max) return;
                      const auto bytes = decompress(r.text(2), std::size_t(r.number(1)));
                      const auto from = out.end();
                      out.bytes += std::string_view(bytes).substr(
                          std::min<std::size_t>(from - start, bytes.size()),
                          max - out.bytes.size());
                      for (const auto& time : core::decode_times(r.text(3), from, out.end()))
                        out.times.push_back(time);
                    });
  return out;
}

std::uint64_t find_tail(Tx& tx, const model::AttemptKey& key, const LogStream& stream,
                        std::uint64_t lines, std::size_t max) {
  std::uint64_t from = stream.size - std::min<std::uint64_t>(stream.size, max);
  const auto earliest = from;
  std::vector<std::uint64_t> starts;  // of lines
  for (;;) {
    const auto part = read_log(tx, key, stream.name, from, max);
    if (part.bytes.empty()) break;
    if (part.offset > from || part.offset == 0) starts.push_back(part.offset);
    for (auto at = part.bytes.find('\n'); at != part.bytes.npos; at = part.bytes.find('\n', at + 1))
      starts.push_back(part.offset + at + 1);
    from = part.end();
  }
  if (!starts.empty() && starts.back() == from) starts.pop_back();
  if (lines == 0) return from;
  return starts.size() < lines ? earliest : starts[starts.size() - lines];
}

}  // namespace store
