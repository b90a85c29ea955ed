#include <algorithm>

#include "agent/session.h"
#include "base/log.h"

namespace agent {
namespace {

constexpr std::size_t piece_max = 128 << 10;
constexpr std::size_t pieces_max = 32;

}  // namespace

loop::Task<> Session::log_loop() {
  while (!lost_) {
    bool more = false;
    try {
      const auto chunks = co_await read_logs();
      if (!chunks.empty()) {
        const auto stored = co_await link_.upload(session_.epoch, chunks);
        if (!stored && stored.error().kind == base::Kind::conflict) lose();
        if (stored)
          for (std::size_t i = 0; i < chunks.size() && i < stored->size(); ++i)
            uploaded(chunks[i], (*stored)[i]);
        more = bool(stored);
      }
    } catch (const base::Failure& e) {
      base::log::warn("logs could not be stored yet", {{"why", e.what()}});
    }
    if (!more) co_await clock_.sleep(settings_.log_period);
  }
}

/// What is to be read, a turn further each time: there may be more than one upload takes.
std::vector<Session::LogSource> Session::unsafe_logs() {
  std::vector<LogSource> todo;
  for (const auto& [name, o] : objects_) {
    const auto h = held_.find(o.key);
    if (h == held_.end() || h->second.logs_safe) continue;
    const bool ended = o.outcome || o.removed;
    // What ended without ever running has one stream, and nothing in it.
    const auto streams = o.streams.empty() && ended ? std::vector<std::string>{""} : o.streams;
    const auto before = todo.size();
    for (const auto& stream : streams)
      if (const auto at = logs_.find({o.key, stream}); at == logs_.end() || !at->second.done)
        todo.push_back({name, stream});
    if (!ended || todo.size() > before) continue;
    h->second.logs_safe = true;
    mark(o.key);
    changed_.ring();
  }
  if (!todo.empty())
    std::rotate(todo.begin(), todo.begin() + std::ptrdiff_t(log_turn_ % todo.size()), todo.end());
  return todo;
}

loop::Task<std::vector<model::LogChunk>> Session::read_logs() {
  std::vector<model::LogChunk> chunks;
  for (auto& source : unsafe_logs()) {
    if (chunks.size() >= pieces_max) break;
    ++log_turn_;
    auto chunk = co_await read_piece(std::move(source));
    if (chunk) chunks.push_back(std::move(*chunk));
  }
  co_return chunks;
}

/// The next piece, if there is anything to say.
loop::Task<std::optional<model::LogChunk>> Session::read_piece(LogSource source) {
  const auto at = objects_.find(source.name);
  if (at == objects_.end()) co_return std::nullopt;
  const auto& o = at->second;
  auto& state = logs_[{o.key, source.stream}];
  if ((o.outcome || o.removed) && !state.ended) state.ended = clock_.mono();
  const bool late = state.ended && clock_.mono() - *state.ended > settings_.logs_wait;
  // Of several the server is told before there is anything in them.
  bool news = !state.told && o.streams.size() > 1;
  model::LogChunk chunk{.key = o.key, .stream = source.stream, .offset = state.offset};
  if (o.streams.empty()) {
    chunk.last = true;
    chunk.note = "complete";
    co_return chunk;
  }
  LogPiece piece;
  std::string why = "it took too long";
  try {
    piece = co_await executor_.read_log(source.name, source.stream, chunk.offset, piece_max);
  } catch (const base::Failure& e) {
    // One that cannot be read must not keep the others waiting.
    why = e.what();
    news = false;
  }
  chunk.bytes = {std::move(piece.bytes)};
  chunk.times = {core::encode_times(piece.times)};
  if (piece.end) {
    chunk.last = true;
    chunk.note = piece.lost.empty() ? "complete" : "lost: " + piece.lost;
  } else if (late) {
    base::log::warn("the rest of an attempt's output is given up",
                    {{"name", source.name}, {"stream", source.stream}, {"why", why}});
    chunk.last = true;
    chunk.note = "lost: " + why;
  }
  if (!chunk.last && chunk.bytes.bytes.empty() && !news) co_return std::nullopt;
  co_return chunk;
}

void Session::uploaded(const model::LogChunk& chunk, std::int64_t stored) {
  const auto at = logs_.find({chunk.key, chunk.stream});
  if (at == logs_.end()) return;
  auto& state = at->second;
  state.told = true;
  const auto end = std::int64_t(chunk.offset + chunk.bytes.bytes.size());
  const bool unwanted = stored < 0;
  // The store may have more (an earlier session sent it) or less (it lost an upload): go on from
  // there.
  if (!unwanted) state.offset = std::uint64_t(stored);
  state.done = unwanted || (chunk.last && stored >= end);
}

void Session::forget_logs(const Key& key) {
  const auto from = logs_.lower_bound({key, ""});
  auto to = from;
  while (to != logs_.end() && to->first.first == key) ++to;
  logs_.erase(from, to);
}

}  // namespace agent
