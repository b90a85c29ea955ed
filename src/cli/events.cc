#include <fmt/format.h>

#include "base/backoff.h"
#include "base/rng.h"
#include "cli/feed.h"
#include "json/parse.h"

namespace cli {
namespace {

/// A stream on which nothing comes for so long, not even a comment, is taken for dead.
constexpr base::Micros silence_max = std::chrono::seconds(60);
constexpr base::Backoff reconnect = {.initial = std::chrono::milliseconds(250),
                                     .max = std::chrono::seconds(5)};

bool may_pass(const base::Error& error) { return error.kind == base::Kind::exhausted; }
bool is_gone(const base::Error& error) {
  return error.code == "feed_gone" || error.code == "http_410";
}

}  // namespace

Events::Events(Api& api, std::string run) : api_(api), run_(std::move(run)) {}

loop::Task<base::Result<void>> Events::follow(std::function<bool()> done) {
  base::Rng rng = base::Rng::from_entropy();
  while (!done() && !ended_) {
    std::string why;
    try {
      const auto read = co_await connect_and_read(done);
      if (!read && is_gone(read.error())) {
        last_id_.clear();  // what was missed is gone: look again, then go on from there
      } else if (!read) {
        if (!may_pass(read.error())) co_return read.error();
        why = read.error().message;
      }
    } catch (const base::Failure& failure) {
      why = failure.what();
    }
    if (done() || ended_) break;
    lost(why.empty() ? "the server closed the stream of events" : why);
    co_await api_.clock().sleep(reconnect.wait(tries_++, rng.unit()));
  }
  co_return base::Result<void>();
}

void Events::lost(std::string why) {
  const auto now = api_.clock().mono();
  if (!lost_since_) lost_since_ = now;
  if (now - *lost_since_ >= patience)
    throw base::Failure(fmt::format("no server for {} s, gave up: {}",
                                    std::chrono::floor<std::chrono::seconds>(patience).count(),
                                    why));
  if (on_trouble) on_trouble(std::move(why));
}

void Events::found() {
  tries_ = 0;
  if (!lost_since_) return;
  lost_since_.reset();
  if (on_trouble) on_trouble("");
}

loop::Task<base::Result<void>> Events::connect_and_read(const std::function<bool()>& done) {
  http::Headers headers{{"Accept", "text/event-stream"}};
  if (!last_id_.empty()) headers.set("Last-Event-ID", last_id_);
  const auto target = path_of({"events"}) + query_of({{"after", last_id_}, {"run", run_}});
  auto stream = co_await api_.open(target, std::move(headers));
  if (!stream) co_return stream.error();
  // The stream is open before the look at what there is: no change falls between the two.
  if (last_id_.empty() && on_fresh) {
    const auto looked = co_await on_fresh();
    if (!looked) co_return looked.error();
    found();
  }
  if (done()) co_return base::Result<void>();
  co_return co_await read(**stream, done);
}

loop::Task<base::Result<void>> Events::read(http::Incoming& stream,
                                            const std::function<bool()>& done) {
  http::SseParser parser;
  for (;;) {
    const auto piece = co_await stream.next(api_.clock().mono() + silence_max);
    if (piece.empty()) co_return base::Result<void>();
    found();
    const auto events = parser.feed(piece);
    if (!parser.last_id().empty()) last_id_ = parser.last_id();
    for (const auto& event : events) {
      const auto taken = take(event);
      if (!taken) co_return taken.error();
      if (done() || ended_) co_return base::Result<void>();
    }
  }
}

base::Result<void> Events::take(const http::SseEvent& event) {
  if (event.event == "end") ended_ = true;
  if (event.event != "change") return {};
  auto value = json::parse(event.data, {.bytes = http::SseParser::event_bytes_max});
  if (!value) return base::invalid("bad_answer", "an event is not JSON: " + value.error().message);
  const auto change = read_answer<model::RunChange>(std::move(*value));
  if (!change) return change.error();
  if (on_change && (run_.empty() || change->run == run_)) on_change(*change);
  return {};
}

}  // namespace cli
