#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/log_stream.h"
#include "api/views.h"
#include "json/position.h"

namespace api {
namespace {

using base::Result;

base::Error no_such_attempt(std::uint32_t attempt) {
  return base::not_found("no_such_attempt",
                         attempt == 0 ? "this job has had no attempt yet; follow=true waits for it"
                                      : fmt::format("this job has no attempt {}", attempt));
}

base::Error no_such_stream(const store::AttemptLogs& logs, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& stream : logs.streams) names.push_back("'" + stream.name + "'");
  if (names.empty()) names.emplace_back("none yet");
  return base::not_found("no_such_stream",
                         fmt::format("this attempt has no stream '{}'; it has {}",
                                     json::excerpt(name), fmt::join(names, ", ")));
}

/// Whether the client takes server-sent events before anything else.
bool wants_events(const http::Request& request) {
  return request.headers.get("Accept").find("text/event-stream") != std::string_view::npos;
}

/// What is asked for, besides the attempt. Last-Event-ID, which a reconnecting client sends, wins.
Result<LogReading> read_wishes(const http::Request& request, const LogQuery& query) {
  LogReading out{.key = {},
                 .stream = query.stream,
                 .offsets = {},
                 .offset = query.offset,
                 .tail = query.tail,
                 .timestamps = query.timestamps,
                 .follow = query.follow,
                 .events = wants_events(request)};
  if (query.limit) out.left = *query.limit;
  if (out.stream == every_stream && !out.events)
    return bad_query("'stream': all of them come as events; ask for text/event-stream");
  const auto* last = request.headers.find("Last-Event-ID");
  if (!out.events || !last || last->empty()) return out;
  auto offsets = read_offsets(*last);
  const bool one = out.stream != every_stream;
  if (!offsets || (one && (offsets->size() != 1 || !offsets->contains(""))))
    return base::invalid("bad_header", "Last-Event-ID is not the id of one of our events");
  if (one) {
    out.offset = offsets->at("");
    out.tail.reset();
  } else {
    out.offsets = std::move(*offsets);
  }
  return out;
}

/// Finds the attempt, and sees that there is what was asked for.
Result<LogReading> find(store::Tx& tx, Context& context, const LogQuery& query, LogReading out) {
  const auto job = find_job(tx, context.scene.plans, context.place("run"), context.place("job"));
  if (!job) return job.error();
  out.key = {job->run.run.id, job->index, 0};
  const auto attempts = store::list_attempts(tx, out.key.run, out.key.job);
  if (query.attempt) {
    for (const auto& attempt : attempts)
      if (attempt.attempt == *query.attempt) out.key.attempt = attempt.attempt;
  } else if (!attempts.empty()) {
    out.key.attempt = attempts.back().attempt;
  }
  const bool waits = query.follow && !query.attempt;
  if (out.key.attempt == 0 && !waits) return no_such_attempt(query.attempt.value_or(0));
  if (out.key.attempt == 0 || out.stream.empty() || out.stream == every_stream) return out;
  const auto logs = store::read_logs(tx, out.key);
  const bool known = std::ranges::any_of(
      logs.streams, [&](const store::LogStream& s) { return s.name == out.stream; });
  if (!known && !(query.follow && logs.grows)) return no_such_stream(logs, out.stream);
  return out;
}

}  // namespace

loop::Task<Result<http::Response>> read_log(Context& context, LogQuery query) {
  auto wishes = read_wishes(context.request, query);
  if (!wishes) co_return wishes.error();
  const auto reading = co_await context.scene.store.read(
      [&](store::Tx& tx) { return find(tx, context, query, *wishes); });
  if (!reading) co_return reading.error();
  auto response =
      http::respond(200, reading->events ? "text/event-stream" : "text/plain; charset=utf-8", "");
  response.headers.set("X-Content-Type-Options", "nosniff");
  if (reading->events) response.headers.set("Cache-Control", "no-store");
  response.stream = [&shared = context.shared, start = *reading](http::Sink& sink) {
    return stream_log(shared, start, sink);
  };
  co_return response;
}

}  // namespace api
