#include <fmt/format.h>

#include "api/handlers.h"
#include "api/views.h"

namespace api {
namespace {

using base::Result;

constexpr std::size_t piece_bytes_max = 256 << 10;
/// Between two reads of a log that is followed while much is written.
constexpr base::Micros pause = std::chrono::milliseconds(50);

/// A log that is being read.
struct Reading {
  model::AttemptKey key;
  std::uint64_t offset = 0;
  bool follow = false;
};

struct Piece {
  std::string bytes;
  bool more = false;          ///< Whether anything may follow.
  std::uint32_t attempt = 0;  ///< Whose log it is; 0 while there is none.
};

/// Waits for the first attempt; a job that ended without one has no log.
Piece await_attempt(store::Tx& tx, const model::AttemptKey& key) {
  const auto attempts = store::list_attempts(tx, key.run, key.job, 1);
  if (!attempts.empty()) return {{}, true, attempts[0].attempt};
  const auto rows = store::list_jobs(tx, key.run, std::int64_t(key.job) - 1, false, "", 1);
  const bool waits = !rows.empty() && rows[0].job.index == key.job && !is_final(rows[0].job.state);
  return {{}, waits, 0};
}

/// The next piece of a log. Whether it grows is asked in the same snapshot, so that nothing is
/// missed.
Piece next_piece(store::Tx& tx, const Reading& reading) {
  const auto& key = reading.key;
  if (key.attempt == 0) return await_attempt(tx, key);
  return {store::read_log(tx, key, reading.offset, piece_bytes_max),
          store::log_grows(tx, key).value_or(false), key.attempt};
}

loop::Task<> stream_log(Shared& shared, Reading reading, http::Sink& sink) {
  auto& scene = shared.scene;
  for (;;) {
    const auto heard = scene.logs.rings();
    const auto read = scene.clock.mono();
    const auto piece =
        co_await scene.store.read([&](store::Tx& tx) { return next_piece(tx, reading); });
    if (piece.bytes.empty() && !(reading.follow && piece.more)) co_return;
    if (!piece.bytes.empty()) {
      co_await sink.write(piece.bytes);
      reading.offset += piece.bytes.size();
    } else if (piece.attempt == reading.key.attempt) {
      co_await scene.logs.wait(scene.clock, heard, read + shared.settings.log_period);
    }
    reading.key.attempt = piece.attempt;
    if (reading.follow && piece.more) co_await scene.clock.sleep_until(read + pause);
  }
}

base::Error no_such_attempt(std::uint32_t attempt) {
  return base::not_found("no_such_attempt",
                         attempt == 0 ? "this job has had no attempt yet; follow=true waits for it"
                                      : fmt::format("this job has no attempt {}", attempt));
}

}  // namespace

loop::Task<Result<http::Response>> read_log(Context& context, LogQuery query) {
  const auto reading = co_await context.scene.store.read([&](store::Tx& tx) -> Result<Reading> {
    const auto job = find_job(tx, context.scene.plans, context.place("run"), context.place("job"));
    if (!job) return job.error();
    Reading out{{job->run.run.id, job->index, 0}, query.offset, query.follow};
    const auto attempts = store::list_attempts(tx, out.key.run, out.key.job);
    if (query.attempt) {
      for (const auto& attempt : attempts)
        if (attempt.attempt == *query.attempt) out.key.attempt = attempt.attempt;
    } else if (!attempts.empty()) {
      out.key.attempt = attempts.back().attempt;
    }
    const bool waits = query.follow && !query.attempt;
    if (out.key.attempt == 0 && !waits) return no_such_attempt(query.attempt.value_or(0));
    return out;
  });
  if (!reading) co_return reading.error();
  auto response = http::respond(200, "text/plain; charset=utf-8", "");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.stream = [&shared = context.shared, start = *reading](http::Sink& sink) {
    return stream_log(shared, start, sink);
  };
  co_return response;
}

}  // namespace api
