#include <algorithm>

#include "agent/session.h"
#include "agent/step.h"
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
        if (!stored && is_over(stored.error())) lose();
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

loop::Task<std::vector<model::LogChunk>> Session::read_logs() {
  std::vector<core::SeenObject> todo;
  for (const auto& [name, o] : objects_)
    if (const auto h = held_.find(o.key);
        h != held_.end() && !h->second.logs_safe && (o.running || o.outcome || o.removed))
      todo.push_back(o);
  std::vector<model::LogChunk> chunks;
  for (const auto& o : todo) {
    if (chunks.size() >= pieces_max) break;
    auto chunk = co_await read_piece(o);
    if (chunk.last || !chunk.bytes.bytes.empty()) chunks.push_back(std::move(chunk));
  }
  co_return chunks;
}

loop::Task<model::LogChunk> Session::read_piece(const core::SeenObject& o) {
  auto& state = logs_[o.key];
  if ((o.outcome || o.removed) && !state.ended) state.ended = clock_.mono();
  const auto offset = state.offset;
  const bool late = state.ended && clock_.mono() - *state.ended > settings_.logs_wait;
  model::LogChunk chunk{.key = o.key, .offset = offset};
  // What ended without ever running has no output.
  if (!o.running) {
    chunk.last = true;
    chunk.note = "complete";
    co_return chunk;
  }
  LogPiece piece;
  std::string why = "it took too long";
  try {
    piece = co_await executor_.read_log(o.name, offset, piece_max);
  } catch (const base::Failure& e) {
    // One that cannot be read must not keep the others waiting.
    why = e.what();
  }
  chunk.bytes = {std::move(piece.bytes)};
  if (piece.end) {
    chunk.last = true;
    chunk.note = piece.lost.empty() ? "complete" : "lost: " + piece.lost;
  } else if (late) {
    base::log::warn("the rest of an attempt's output is given up",
                    {{"name", o.name}, {"why", why}});
    chunk.last = true;
    chunk.note = "lost: " + why;
  }
  co_return chunk;
}

void Session::uploaded(const model::LogChunk& chunk, std::int64_t stored) {
  auto& state = logs_[chunk.key];
  const auto end = std::int64_t(chunk.offset + chunk.bytes.bytes.size());
  const bool unwanted = stored < 0;
  // The store may have more (an earlier session sent it) or less (it lost an upload): go on from
  // there.
  if (!unwanted) state.offset = std::uint64_t(stored);
  const auto h = held_.find(chunk.key);
  if (h == held_.end() || !(unwanted || (chunk.last && stored >= end))) return;
  h->second.logs_safe = true;
  mark(chunk.key);
  changed_.ring();
}

}  // namespace agent
