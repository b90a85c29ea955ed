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

agent::LogPiece Logs::read(const std::string& attempt, const kube::ObjectRef& pod, bool ended,
                           std::uint64_t offset, std::size_t max) {
  auto& kept = followers_[attempt];
  // Only what is read again from its start can give what was passed on before.
  if (!kept || offset < kept->start) {
    if (kept) kept->dropped = true;
    kept = std::make_shared<Follower>();
    kept->pod = pod;
    kept->start = offset;
  }
  auto& f = *kept;
  f.ended = ended;
  if (!f.reading && !f.complete && reading_ < followers_max_ && clock_.mono() >= f.again) {
    f.reading = true;
    ++reading_;
    group_.spawn("follow a log", follow(kept));
  }
  const auto done = std::min<std::uint64_t>(offset - f.start, f.bytes.size());
  if (done > 0) {
    f.bytes.erase(0, done);
    f.start += done;
    f.taken.ring();
  }
  agent::LogPiece piece{.bytes = f.bytes.substr(0, max)};
  piece.end = f.complete && piece.bytes.size() == f.bytes.size();
  if (piece.bytes.empty() && !piece.end && !f.failure.empty()) throw base::Failure(f.failure);
  return piece;
}

void Logs::forget(const std::string& attempt) {
  const auto at = followers_.find(attempt);
  if (at == followers_.end()) return;
  at->second->dropped = true;
  at->second->taken.ring();
  followers_.erase(at);
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

/// Reads from the log's start, as there is no other place to begin, and passes over what is known.
loop::Task<> Logs::read_on(Follower& f) {
  const bool had_ended = f.ended;
  auto stream = co_await api_.open(
      kube::pod_log(f.pod, {.container = "main", .follow = !had_ended}), clock_.mono() + open_time);
  if (stream->status != 200) {
    const auto body = co_await stream->next(clock_.mono() + open_time);
    throw base::Failure("the log of Pod " + f.pod.name + " cannot be read: " +
                        kube::describe(kube::status_of({.status = stream->status, .body = body})));
  }
  f.failure.clear();
  std::uint64_t skip = f.start + f.bytes.size();
  for (;;) {
    const auto heard = f.taken.rings();
    if (f.dropped) co_return;
    if (f.bytes.size() >= ahead_max) {
      co_await f.taken.wait(clock_, heard, clock_.mono() + silence_max);
      continue;
    }
    const auto piece = co_await stream->next(clock_.mono() + silence_max);
    if (piece.empty()) break;
    const auto passed = std::min<std::uint64_t>(skip, piece.size());
    skip -= passed;
    f.bytes.append(piece, passed, piece.npos);
  }
  // The end of a stream that followed a living container may be anything.
  f.complete = had_ended || f.ended;
  if (had_ended) co_return;
  // What ended meanwhile is read once more, to its true end.
  f.complete = false;
}

}  // namespace pods
