#include <fmt/format.h>

#include <charconv>

#include "api/handlers.h"
#include "api/views.h"
#include "http/sse.h"
#include "json/position.h"
#include "store/feed.h"

namespace api {
namespace {

using base::Result;

/// What one step of a stream reads: many streams may stand with it in their hands.
constexpr std::size_t rows_max = 500, bytes_max = 128 << 10;

/// A place in the history, and which part of it is followed.
struct Following {
  std::int64_t after = 0;
  std::string run;  ///< Empty: all runs.
};

/// The place that the request names: Last-Event-ID, which a reconnecting client sends, wins.
Result<std::optional<std::int64_t>> read_place(const http::Request& request,
                                               const EventsQuery& query) {
  auto after = query.after;
  if (const auto* last = request.headers.find("Last-Event-ID"); last && !last->empty()) {
    std::int64_t seq = 0;
    const auto end = last->data() + last->size();
    const auto read = std::from_chars(last->data(), end, seq);
    if (read.ec != std::errc() || read.ptr != end)
      return base::invalid("bad_header", "Last-Event-ID is not the id of one of our events");
    after = seq;
  }
  if (after && *after < 0) return bad_query("'after': expected 0 or the id of an event");
  return after;
}

base::Error feed_gone(std::int64_t after) {
  return base::not_found("feed_gone",
                         fmt::format("what came after event {} is not kept any more; list what "
                                     "there is, then follow from now on",
                                     after));
}

/// Whether events after this place are missing from what is kept.
bool is_gone(store::Tx& tx, const store::FeedBounds& bounds, std::int64_t after,
             const std::optional<store::RunRecord>& run) {
  if (after > bounds.last) return true;  // of another history
  if (after >= bounds.first - 1) return false;
  if (!run) return true;
  // Of a run that began after the oldest event that is kept, nothing is missing.
  const auto oldest = store::read_feed(tx, 0, "", 1);
  return oldest.empty() || run->created <= oldest[0].at;
}

Result<Following> begin(store::Tx& tx, std::optional<std::int64_t> after, const std::string& id) {
  std::optional<store::RunRecord> run;
  if (!id.empty()) {
    run = find_run(tx, id);
    if (!run) return no_such_run(id);
  }
  const auto bounds = store::feed_bounds(tx);
  if (!after) return Following{bounds.last, id};
  if (is_gone(tx, bounds, *after, run)) return feed_gone(*after);
  return Following{*after, id};
}

struct News {
  std::string text;        ///< As server-sent events.
  std::int64_t after = 0;  ///< The number of the last of them.
  bool more = false;       ///< There may be more to read at once.
  bool last = false;       ///< Nothing follows: the run that is followed has ended.
};

/// What is new; rows and state of a run from one snapshot, so that its last event is known as such.
News read_news(store::Tx& tx, const Following& following) {
  const auto rows = store::read_feed(tx, following.after, following.run, rows_max, bytes_max);
  News news{.after = following.after};
  for (const auto& row : rows)
    news.text += http::format_sse({std::to_string(row.seq), "change", row.body});
  if (!rows.empty()) news.after = rows.back().seq;
  news.more = rows.size() == rows_max || news.text.size() >= bytes_max;
  if (following.run.empty() || news.more) return news;
  const auto run = find_run(tx, following.run);
  news.last = !run || is_final(run->run.state);
  return news;
}

loop::Task<> stream_events(Shared& shared, Following following, http::Sink& sink) {
  auto& scene = shared.scene;
  const auto& settings = shared.settings;
  // An event without data is not dispatched, but its id is remembered by the client.
  co_await sink.write(fmt::format("retry: 1000\nid: {}\n\n", following.after));
  auto written = scene.clock.mono();
  for (;;) {
    const auto heard = scene.feed.rings();
    const auto read = scene.clock.mono();
    const auto news =
        co_await scene.store.read([&](store::Tx& tx) { return read_news(tx, following); });
    if (!news.text.empty()) {
      co_await sink.write(news.text);
      following.after = news.after;
      written = scene.clock.mono();
    } else if (scene.clock.mono() >= written + settings.heartbeat) {
      co_await sink.write(http::sse_keepalive);
      written = scene.clock.mono();
    }
    if (news.last) break;
    if (news.more) continue;
    co_await scene.feed.wait(scene.clock, heard, written + settings.heartbeat);
    co_await scene.clock.sleep_until(read + settings.events_pause);
  }
  co_await sink.write(http::format_sse({std::to_string(following.after), "end", "{}"}));
}

}  // namespace

loop::Task<Result<http::Response>> follow_events(Context& context, EventsQuery query) {
  const auto after = read_place(context.request, query);
  if (!after) co_return after.error();
  const auto following = co_await context.scene.store.read(
      [&](store::Tx& tx) { return begin(tx, *after, query.run); });
  if (!following) co_return following.error();
  auto response = http::respond(200, context.route.about.produces, "");
  response.headers.set("Cache-Control", "no-store");
  response.stream = [&shared = context.shared, start = *following](http::Sink& sink) {
    return stream_events(shared, start, sink);
  };
  co_return response;
}

}  // namespace api
