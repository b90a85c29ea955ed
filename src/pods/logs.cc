#include "pods/logs.h"

#include "kube/status.h"

namespace pods {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros open_time = 15s;
/// A container may be silent for long; a connection that is dead is found out by its keep-alives.
constexpr base::Micros silence_max = 10min;
constexpr base::Micros retry_wait = 1s;
/// Before what runs is followed.
constexpr base::Micros follow_wait = 500ms;
/// Logs of what has ended that are read at once.
constexpr std::size_t endings_max = 32;
/// That are followed beyond the usual limit, because somebody waits for them.
constexpr std::size_t preferred_max = 64;
/// Such a one is read anew after this silence, if somebody still waits for it then.
constexpr base::Micros preferred_silence_max = 30s;

}  // namespace

Logs::Follower::Follower(Name n, const LogSource& s, const agent::LogFrom& from)
    : name(std::move(n)),
      source(s),
      known(from.known),
      text(from.offset, core::decode_times(known, 0, from.offset)),
      instance(s.restarts),
      missed(s.restarts > 0) {}

/// Whether it counts bytes as the one does who asks.
bool Logs::Follower::reads_on(const agent::LogFrom& from) const {
  if (from.offset < text.start()) return false;
  if (from.known.empty() || from.known == known) return true;
  const auto lines = core::decode_times(from.known, 0, from.offset);
  return !lines.empty() && text.first() == lines.front().at;
}

/// What is missing of a log that was read to its end by somebody who knows it up to `offset`.
std::string Logs::Follower::lost(std::uint64_t offset) const {
  if (missed) return "what it wrote before it was started again";
  if (text.torn() || text.end() < offset)
    return "it was rotated, and some of it may not have been read";
  if (source.left) return "what it wrote after the attempt had ended";
  return vanished ? "its Pod went before all of it was read" : "";
}

agent::LogPiece Logs::read(const Name& name, const LogSource& source, const agent::LogFrom& from,
                           std::size_t max) {
  auto& kept = followers_[name];
  // Only what is read again from its start can give what was passed on before; and who follows what
  // is not waited for any more would follow it on.
  const bool lingers = kept && kept->reading && source.left && !kept->source.left;
  if (!kept || lingers || !kept->reads_on(from)) {
    if (kept) drop(*kept);
    kept = std::make_shared<Follower>(name, source, from);
    // What ends soon is read once, at its end.
    if (!source.ended) kept->again = clock_.mono() + follow_wait;
  }
  if (source.ended && !kept->source.ended) kept->again = {};
  kept->source = source;
  return take(kept, from.offset, max);
}

agent::LogPiece Logs::read_rest(const Name& name, std::uint64_t offset, std::size_t max) {
  const auto at = followers_.find(name);
  if (at == followers_.end() || offset < at->second->text.start())
    return {.end = true, .lost = "its Pod went before it was read"};
  at->second->source.ended = at->second->source.gone = true;
  return take(at->second, offset, max);
}

agent::LogPiece Logs::take(const std::shared_ptr<Follower>& kept, std::uint64_t offset,
                           std::size_t max) {
  auto& f = *kept;
  const bool due = !f.reading && !f.complete && clock_.mono() >= f.again;
  if (due) begin(kept);
  if (offset > f.text.start() && f.text.end() > f.text.start()) {
    f.text.drop(offset);
    f.taken.ring();
  }
  // Where what was passed on before is read again, nothing of it is new yet.
  auto piece = f.text.start() < offset ? agent::LogPiece{} : f.text.peek(max);
  piece.end = f.complete && f.text.start() + piece.bytes.size() == f.text.end();
  if (piece.end) piece.lost = f.lost(offset);
  if (piece.bytes.empty() && !piece.end && !f.failure.empty()) throw base::Failure(f.failure);
  piece.again = !f.reading && !waiting_.contains(f.name);
  return piece;
}

bool Logs::has_turn(const Follower& f) const {
  if (f.source.ended) return ending_ < endings_max;
  const auto extra = is_preferred(f) ? preferred_max : 0;
  return following_ < followers_max_ + extra;
}

/// Reads it, if there is a turn for it.
void Logs::begin(const std::shared_ptr<Follower>& f) {
  if (!has_turn(*f)) {
    if (!f->source.ended) waiting_.insert(f->name);
    return;
  }
  waiting_.erase(f->name);
  f->reading = true;
  f->to_end = f->source.ended;
  f->extra = !f->to_end && following_ >= followers_max_;
  ++(f->to_end ? ending_ : following_);
  group_.spawn("follow a log", follow(f));
  offer_turn();
}

/// Another one may be followed.
void Logs::offer_turn() {
  if (following_ >= followers_max_ || waiting_.empty()) return;
  news_.insert(waiting_.extract(waiting_.begin()).value());
  written_.ring();
}

void Logs::prefer(std::set<std::string> attempts) {
  preferred_ = std::move(attempts);
  for (const auto& attempt : preferred_)
    for (auto at = waiting_.lower_bound({attempt, ""});
         at != waiting_.end() && at->object == attempt;) {
      news_.insert(waiting_.extract(at++));
      written_.ring();
    }
}

void Logs::tell(const Follower& f) {
  if (f.dropped) return;
  news_.insert(f.name);
  written_.ring();
}

void Logs::drop(Follower& f) {
  f.dropped = true;
  f.taken.ring();
}

void Logs::forget(const std::string& attempt) {
  const auto from = followers_.lower_bound({attempt, ""});
  auto to = from;
  for (; to != followers_.end() && to->first.object == attempt; ++to) {
    drop(*to->second);
    waiting_.erase(to->first);
    news_.erase(to->first);
  }
  followers_.erase(from, to);
  // It may have had one.
  offer_turn();
}

void Logs::forget_all() {
  for (const auto& [name, follower] : followers_) drop(*follower);
  followers_.clear();
  waiting_.clear();
  news_.clear();
}

loop::Task<> Logs::follow(std::shared_ptr<Follower> f) {
  try {
    co_await read_on(*f);
  } catch (const base::Failure& e) {
    f->failure = e.what();
  }
  f->again = clock_.mono() + retry_wait;
  f->reading = false;
  --(f->to_end ? ending_ : following_);
  tell(*f);
  offer_turn();
}

/// The response of a log; null when nothing of it is kept: its Pod went, or it is of a former start
/// of the container.
loop::Task<std::unique_ptr<http::Incoming>> Logs::open(Follower& f, bool follow, bool former) {
  const kube::ObjectRef pod{kube::pods(name_space_), f.source.pod};
  auto stream = co_await api_.open(kube::pod_log(pod, {.container = f.source.container,
                                                       .follow = follow,
                                                       .timestamps = true,
                                                       .previous = former}),
                                   clock_.mono() + open_time);
  if (stream->status == 200) co_return std::move(stream);
  if (former || (stream->status == 404 && f.source.gone)) co_return nullptr;
  const auto body = co_await stream->next(clock_.mono() + open_time);
  throw base::Failure("the log of Pod " + f.source.pod + " cannot be read: " +
                      kube::describe(kube::status_of({.status = stream->status, .body = body})));
}

/// Reads from the log's start, as there is no other place to begin; what is known is passed over.
loop::Task<> Logs::read_on(Follower& f) {
  if (f.source.restarts > f.instance) co_await read_former(f);
  const auto stream = co_await open(f, !f.to_end, false);
  f.failure.clear();
  if (!stream) {
    f.complete = f.vanished = true;
    co_return;
  }
  f.text.begin();
  if (!co_await read_through(f, *stream) || !f.to_end) co_return;
  // The end of a stream that followed a living container may be anything; such a one is read once
  // more, to its true end.
  f.text.finish();
  f.complete = true;
}

/// The container was started again: reads the rest of what it wrote before, while that is kept.
loop::Task<> Logs::read_former(Follower& f) {
  const auto now = f.source.restarts;
  const auto stream = co_await open(f, false, true);
  f.text.begin();
  const bool whole = stream && co_await read_through(f, *stream);
  if (whole) f.text.finish();
  f.missed = f.missed || !whole || now > f.instance + 1;
  f.instance = now;
  f.text.begin_next();
}

/// The next bytes of a log, "" at its end; also where the silence is too long to keep a turn that
/// is not its own.
loop::Task<std::string> Logs::next_of(const Follower& f, http::Incoming& stream) {
  const auto until = clock_.mono() + (f.extra ? preferred_silence_max : silence_max);
  try {
    co_return co_await stream.next(until);
  } catch (const base::Failure&) {
    if (!f.extra || clock_.mono() < until) throw;
  }
  co_return "";
}

/// False when it was dropped meanwhile.
loop::Task<bool> Logs::read_through(Follower& f, http::Incoming& stream) {
  for (;;) {
    const auto heard = f.taken.rings();
    if (f.dropped) co_return false;
    if (f.text.full()) {
      co_await f.taken.wait(clock_, heard, clock_.mono() + silence_max);
      continue;
    }
    if (f.extra && !is_preferred(f)) co_return true;
    const auto piece = co_await next_of(f, stream);
    if (piece.empty()) co_return true;
    f.text.feed(piece);
    tell(f);
  }
}

}  // namespace pods
