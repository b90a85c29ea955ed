#include "pods/logs.h"

#include "kube/status.h"

namespace pods {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros open_time = 15s;
/// A container may be silent for long; a connection that is dead is found out by its keep-alives.
constexpr base::Micros silence_max = 10min;
constexpr base::Micros retry_wait = 1s;

}  // namespace

agent::LogPiece Logs::read(const Name& name, const LogSource& source, std::uint64_t offset,
                           std::size_t max) {
  auto& kept = followers_[name];
  // Only what is read again from its start can give what was passed on before; and who follows what
  // is not waited for any more would follow it on.
  const bool lingers = kept && kept->reading && source.left && !kept->source.left;
  if (!kept || lingers || offset < kept->text.start()) {
    if (kept) drop(*kept);
    kept = std::make_shared<Follower>(source, offset);
  }
  kept->source = source;
  return take(kept, offset, max);
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
  if (!f.reading && !f.complete && reading_ < followers_max_ && clock_.mono() >= f.again) {
    f.reading = true;
    ++reading_;
    group_.spawn("follow a log", follow(kept));
  }
  if (offset > f.text.start() && f.text.end() > f.text.start()) {
    f.text.drop(offset);
    f.taken.ring();
  }
  // Where what was passed on before is read again, nothing of it is new yet.
  auto piece = f.text.start() < offset ? agent::LogPiece{} : f.text.peek(max);
  piece.end = f.complete && f.text.start() + piece.bytes.size() == f.text.end();
  if (piece.end && f.vanished) piece.lost = "its Pod went before all of it was read";
  if (piece.end && f.source.left) piece.lost = "what it wrote after the attempt had ended";
  const bool torn = f.text.torn() || f.text.end() < offset;
  if (piece.end && torn) piece.lost = "it was rotated before all of it was read";
  if (piece.end && f.missed) piece.lost = "what it wrote before it was started again";
  if (piece.bytes.empty() && !piece.end && !f.failure.empty()) throw base::Failure(f.failure);
  return piece;
}

void Logs::drop(Follower& f) {
  f.dropped = true;
  f.taken.ring();
}

void Logs::forget(const std::string& attempt) {
  const auto from = followers_.lower_bound({attempt, ""});
  auto to = from;
  for (; to != followers_.end() && to->first.first == attempt; ++to) drop(*to->second);
  followers_.erase(from, to);
}

loop::Task<> Logs::follow(std::shared_ptr<Follower> f) {
  try {
    co_await read_on(*f);
  } catch (const base::Failure& e) {
    f->failure = e.what();
  }
  f->again = clock_.mono() + retry_wait;
  f->reading = false;
  --reading_;
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
  const bool to_end = f.source.ended;
  const auto stream = co_await open(f, !to_end, false);
  f.failure.clear();
  if (!stream) {
    f.complete = f.vanished = true;
    co_return;
  }
  f.text.begin();
  if (!co_await read_through(f, *stream) || !to_end) co_return;
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

/// False when it was dropped meanwhile.
loop::Task<bool> Logs::read_through(Follower& f, http::Incoming& stream) {
  for (;;) {
    const auto heard = f.taken.rings();
    if (f.dropped) co_return false;
    if (f.text.full()) {
      co_await f.taken.wait(clock_, heard, clock_.mono() + silence_max);
      continue;
    }
    const auto piece = co_await stream.next(clock_.mono() + silence_max);
    if (piece.empty()) co_return true;
    f.text.feed(piece);
  }
}

}  // namespace pods
