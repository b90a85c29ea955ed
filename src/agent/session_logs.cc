#include <algorithm>

#include "agent/session.h"
#include "agent/step.h"
#include "base/log.h"

namespace agent {
namespace {

constexpr std::size_t piece_max = 128 << 10;
constexpr std::size_t pieces_max = 32;

/// Nothing is written any more.
bool has_ended(const Object& o) { return o.outcome || o.removed; }

/// What ended without ever running has one stream, and nothing in it.
std::vector<std::string> streams_of(const Object& o) {
  if (o.streams.empty() && has_ended(o)) return {""};
  return o.streams;
}

}  // namespace

/// Costs nothing while nothing is written. What is written while it runs is gathered for a while;
/// what has ended waits to go until its output is safe.
loop::Task<> Session::log_loop() {
  while (!lost_) {
    co_await keep_pace(uploads_);
    const auto news = log_news_.rings(), ends = log_ends_.rings();
    if (co_await upload_logs()) continue;
    if (unread_.empty()) co_await log_news_.wait(clock_, news, loop::never);
    co_await log_ends_.wait(clock_, ends, clock_.mono() + settings_.log_period);
  }
}

loop::Task<> Session::hear_logs() {
  auto& written = executor_.written();
  for (;;) {
    const auto heard = written.rings();
    for (const auto& name : executor_.take_written()) {
      const auto o = objects_.find(name.object);
      ask_again(name, o == objects_.end() || has_ended(o->second));
    }
    co_await written.wait(clock_, heard, loop::never);
  }
}

void Session::ask_again(const LogName& name, bool soon) {
  unread_.insert(name);
  log_news_.ring();
  if (soon) log_ends_.ring();
}

/// Something new was seen of an object, which may have begun a stream or ended all of them.
void Session::note_logs(const Object& o) {
  const auto h = held_.find(o.key);
  if (h == held_.end() || h->second.logs_safe) return;
  const bool ended = has_ended(o);
  if (o.unkept && !ended) return;
  for (const auto& stream : streams_of(o)) {
    const auto at = logs_.find({o.key, stream});
    if (at == logs_.end() || (ended && !at->second.done)) ask_again({o.name, stream}, ended);
  }
  settle_logs(o);
}

/// Its output is safe once all streams of what has ended are.
void Session::settle_logs(const Object& o) {
  const auto h = held_.find(o.key);
  if (h == held_.end() || h->second.logs_safe || !has_ended(o)) return;
  const auto is_done = [&](const std::string& stream) {
    const auto at = logs_.find({o.key, stream});
    return at != logs_.end() && at->second.done;
  };
  if (!std::ranges::all_of(streams_of(o), is_done)) return;
  h->second.logs_safe = true;
  mark(o.key);
  changed_.ring();
}

/// What is to be read; those first whose turn it is, for there may be more than one upload takes.
std::vector<LogName> Session::take_unread() {
  const auto turn = unread_.upper_bound(last_read_);
  std::vector<LogName> names(turn, unread_.end());
  names.insert(names.end(), unread_.begin(), turn);
  unread_.clear();
  return names;
}

/// Whether as much was stored as goes at once, so that there is more.
loop::Task<bool> Session::upload_logs() {
  try {
    const auto chunks = co_await read_logs();
    if (chunks.empty()) co_return false;
    const auto stored = co_await link_.upload(session_.epoch, chunks);
    if (!stored && is_over(stored.error())) lose();
    if (!stored) co_return false;
    for (std::size_t i = 0; i < chunks.size() && i < stored->size(); ++i)
      uploaded(chunks[i], (*stored)[i]);
    co_return chunks.size() >= pieces_max || std::ranges::any_of(chunks, [](const auto& c) {
      return c.bytes.bytes.size() >= piece_max / 4;
    });
  } catch (const base::Failure& e) {
    base::log::warn("logs could not be stored yet", {{"why", e.what()}});
    co_return false;
  }
}

loop::Task<std::vector<model::LogChunk>> Session::read_logs() {
  std::vector<model::LogChunk> chunks;
  for (auto& name : take_unread()) {
    if (chunks.size() >= pieces_max) {
      unread_.insert(std::move(name));
      continue;
    }
    last_read_ = name;
    if (auto chunk = co_await read_piece(std::move(name))) chunks.push_back(std::move(*chunk));
  }
  co_return chunks;
}

/// The next piece, if there is anything to say.
loop::Task<std::optional<model::LogChunk>> Session::read_piece(LogName name) {
  const auto at = objects_.find(name.object);
  if (at == objects_.end()) co_return std::nullopt;
  const auto& o = at->second;
  if (const auto h = held_.find(o.key); h == held_.end() || h->second.logs_safe)
    co_return std::nullopt;
  auto& state = logs_[{o.key, name.stream}];
  if (state.done) co_return std::nullopt;
  const bool ended = has_ended(o), unkept = o.unkept, unread = o.streams.empty() || unkept;
  if (unread && !ended) co_return std::nullopt;
  if (ended && !state.ended) state.ended = clock_.mono();
  const bool late = ended && clock_.mono() - *state.ended > settings_.logs_wait;
  // Of several the server is told before there is anything in them.
  bool news = !state.told && o.streams.size() > 1;
  model::LogChunk chunk{.key = o.key, .stream = name.stream, .offset = state.from.offset};
  LogPiece piece{.end = unread};
  std::string why = "it took too long";
  try {
    if (!piece.end) piece = co_await executor_.read_log(name, state.from, piece_max);
  } catch (const base::Failure& e) {
    // One that cannot be read must not keep the others waiting.
    why = e.what();
    news = false;
    piece.again = true;
  }
  chunk.bytes = {std::move(piece.bytes)};
  chunk.times = {core::encode_times(piece.times)};
  if (!piece.end && late) {
    base::log::warn("the rest of an attempt's output is given up",
                    {{"name", name.object}, {"stream", name.stream}, {"why", why}});
    piece.end = true;
    piece.lost = why;
  }
  chunk.last = piece.end;
  if (piece.end) chunk.note = piece.lost.empty() ? "complete" : "lost: " + piece.lost;
  if (unkept) chunk.note = "not kept, by keepLogs";
  const bool something = chunk.last || !chunk.bytes.bytes.empty() || news;
  // Until it is stored, and there is nothing after it.
  if (something || ended || piece.again) unread_.insert(std::move(name));
  if (!something) co_return std::nullopt;
  co_return chunk;
}

void Session::uploaded(const model::LogChunk& chunk, const model::LogPlace& stored) {
  const auto at = logs_.find({chunk.key, chunk.stream});
  if (at == logs_.end()) return;
  auto& state = at->second;
  state.told = true;
  const auto end = std::int64_t(chunk.offset + chunk.bytes.bytes.size());
  const bool unwanted = stored.bytes < 0;
  // The store may have more (an earlier session sent it) or less (it lost an upload): go on from
  // there.
  if (!unwanted) state.from.offset = std::uint64_t(stored.bytes);
  if (!stored.known.bytes.empty()) state.from.known = stored.known.bytes;
  state.done = unwanted || (chunk.last && stored.bytes >= end);
  const auto h = held_.find(chunk.key);
  if (!state.done || h == held_.end()) return;
  if (const auto o = objects_.find(h->second.assignment.name); o != objects_.end())
    settle_logs(o->second);
}

void Session::forget_logs(const Key& key) {
  const auto from = logs_.lower_bound({key, ""});
  auto to = from;
  while (to != logs_.end() && to->first.first == key) ++to;
  logs_.erase(from, to);
}

}  // namespace agent
