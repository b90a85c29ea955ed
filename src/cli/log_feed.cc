#include "cli/log_feed.h"

#include "base/bytes.h"
#include "json/parse.h"

namespace cli {
namespace {

base::Error not_ours(std::string_view why) {
  return base::invalid("bad_answer",
                       "an event of a log is not as it should be: " + std::string(why));
}

std::optional<std::uint64_t> number(const base::Value* value) {
  if (!value) return {};
  boost::system::error_code failed;
  const auto n = value->to_number<std::uint64_t>(failed);
  return failed ? std::nullopt : std::optional(n);
}

/// As the server writes it, see api/log_text.h.
base::Result<LogPiece> read_piece(const base::Value& event) {
  LogPiece piece;
  const auto* object = event.if_object();
  const auto* stream = object ? object->if_contains("stream") : nullptr;
  const auto offset = number(object ? object->if_contains("offset") : nullptr);
  if (!stream || !stream->is_string() || !offset)
    return not_ours("it names no stream or no offset");
  piece.stream = std::string(stream->get_string());
  piece.offset = *offset;
  const auto* text = object->if_contains("text");
  const auto* base64 = object->if_contains("base64");
  auto bytes = text && text->is_string()       ? std::optional(std::string(text->get_string()))
               : base64 && base64->is_string() ? base::unbase64(base64->get_string())
                                               : std::nullopt;
  if (!bytes) return not_ours("it has no text");
  piece.bytes = std::move(*bytes);
  const auto* times = object->if_contains("times");
  if (!times || !times->is_array()) return piece;
  for (const auto& time : times->get_array()) {
    const auto* pair = time.if_array();
    const auto at = number(pair && pair->size() == 2 ? &pair->at(0) : nullptr);
    if (!at || !pair->at(1).is_string()) return not_ours("its times are no pairs");
    piece.times.emplace_back(*at, std::string(pair->at(1).get_string()));
  }
  return piece;
}

}  // namespace

loop::Task<base::Result<void>> LogFeed::read(base::Micros silence_max) {
  http::Headers headers{{"Accept", "text/event-stream"}};
  if (!last_id_.empty()) headers.set("Last-Event-ID", last_id_);
  const auto stream = co_await api_.open(target_, std::move(headers));
  if (!stream) co_return stream.error();
  http::SseParser parser;
  while (!ended_) {
    const auto bytes = co_await (*stream)->next(api_.clock().mono() + silence_max);
    if (bytes.empty()) throw base::Failure("the server closed the log before its end");
    const auto events = parser.feed(bytes);
    if (!parser.last_id().empty()) last_id_ = parser.last_id();
    for (const auto& event : events)
      if (const auto taken = take(event); !taken) co_return taken.error();
  }
  co_return base::Result<void>();
}

base::Result<void> LogFeed::take(const http::SseEvent& event) {
  auto value = json::parse(event.data, {.bytes = http::SseParser::event_bytes_max});
  if (!value) return not_ours(value.error().message);
  if (event.event == "log") {
    const auto piece = read_piece(*value);
    if (!piece) return piece.error();
    ++pieces_;
    if (on_piece) on_piece(*piece);
    return {};
  }
  ended_ = ended_ || event.event == "end";
  if (event.event != "end" && event.event != "streams") return {};
  const auto* all = value->is_object() ? value->get_object().if_contains("streams") : nullptr;
  if (!all) return {};
  auto streams = read_answer<std::vector<model::LogStreamView>>(*all);
  if (!streams) return streams.error();
  streams_ = std::move(*streams);
  std::vector<std::string> names;
  for (const auto& each : streams_) names.push_back(each.name);
  if (on_streams) on_streams(names);
  return {};
}

}  // namespace cli
