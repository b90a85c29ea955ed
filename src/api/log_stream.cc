#include "api/log_stream.h"

#include <algorithm>

#include "api/views.h"
#include "http/sse.h"
#include "json/encode.h"
#include "json/text.h"

namespace api {
namespace {

/// What one step reads, of all streams together; of each of many at least the lesser.
constexpr std::size_t step_bytes_max = 256 << 10, stream_bytes_min = 4 << 10;
constexpr std::size_t tail_bytes_max = 1 << 20;
/// Between two reads of a log that is followed while much is written.
constexpr base::Micros pause = std::chrono::milliseconds(50);

struct Part {
  std::string stream;
  std::uint64_t from = 0;  ///< Where it was to begin.
  store::LogPart part;
};

/// What is new of a log.
struct News {
  std::uint32_t attempt = 0;  ///< Whose it is; 0 while there is none.
  std::vector<store::LogStream> streams;
  std::vector<Part> parts;
  bool over = false;  ///< Nothing follows.
};

/// Waits for the first attempt; a job that ended without one has no log.
News await_attempt(store::Tx& tx, const model::AttemptKey& key) {
  News news;
  const auto attempts = store::list_attempts(tx, key.run, key.job, 1);
  if (!attempts.empty()) {
    news.attempt = attempts[0].attempt;
    return news;
  }
  const auto rows = store::list_jobs(tx, key.run, std::int64_t(key.job) - 1, false, "", 1);
  news.over = rows.empty() || rows[0].job.index != key.job || is_final(rows[0].job.state);
  return news;
}

/// The streams that are to be read; nothing while the main one may still come.
std::optional<std::vector<store::LogStream>> choose(const store::AttemptLogs& logs,
                                                    const LogReading& reading) {
  if (reading.stream == every_stream) return logs.streams;
  const auto at = std::ranges::find(logs.streams, reading.stream, &store::LogStream::name);
  if (at != logs.streams.end()) return std::vector{*at};
  const auto* main = main_stream(logs.streams);
  if (!reading.stream.empty() || !main) return {};
  // Where Pods are named there is no main one.
  const bool named = main->name.find('/') != std::string::npos;
  if (reading.follow && logs.grows && !named) return {};
  return std::vector{*main};
}

std::uint64_t begin_of(store::Tx& tx, const LogReading& reading, const store::LogStream& stream) {
  const auto at = reading.offsets.find(stream.name);
  if (at != reading.offsets.end()) return at->second;
  if (reading.tail) return store::find_tail(tx, reading.key, stream, *reading.tail, tail_bytes_max);
  return reading.offset;
}

/// Everything from one snapshot, so that the last piece is known as such.
News read_news(store::Tx& tx, const LogReading& reading) {
  if (reading.key.attempt == 0) return await_attempt(tx, reading.key);
  News news{.attempt = reading.key.attempt};
  const auto logs = store::read_logs(tx, reading.key);
  const auto chosen = choose(logs, reading);
  const bool more = reading.follow && logs.grows;
  news.over = !(more && (!chosen || reading.stream == every_stream));
  if (!chosen) return news;
  news.streams = *chosen;
  auto left = reading.left;
  const auto each =
      std::max(step_bytes_max / std::max<std::size_t>(chosen->size(), 1), stream_bytes_min);
  for (const auto& stream : *chosen) {
    const auto from = begin_of(tx, reading, stream);
    Part next{stream.name, from, {.offset = from, .bytes = {}, .times = {}}};
    if (from < stream.size && left > 0) {
      next.part = store::read_log(tx, reading.key, stream.name, from,
                                  std::size_t(std::min<std::uint64_t>(each, left)));
      // Nothing of its end is kept.
      if (next.part.bytes.empty()) next.part.offset = stream.size;
    }
    left -= next.part.bytes.size();
    const bool whole = next.part.end() >= stream.size && (stream.note || !more);
    news.over = news.over && whole;
    news.parts.push_back(std::move(next));
  }
  return news;
}

std::string streams_json(const std::vector<store::LogStream>& streams) {
  base::Array all;
  for (const auto& stream : streams) all.push_back(json::encode(stream_view(stream)));
  return json::print(base::Object{{"streams", std::move(all)}});
}

/// Writes one log; what it has written it does not write again.
class LogWriter {
 public:
  LogWriter(Shared& shared, LogReading reading, http::Sink& sink)
      : shared_(shared), reading_(std::move(reading)), sink_(sink) {
    follow();
  }
  ~LogWriter() { unfollow(); }
  LogWriter(const LogWriter&) = delete;

  loop::Task<> run();

 private:
  std::string id() const {
    if (reading_.stream == every_stream) return offsets_text(reading_.offsets);
    return reading_.offsets.empty() ? "" : std::to_string(reading_.offsets.begin()->second);
  }
  void follow();
  void unfollow();
  std::string render(const Part&);
  std::string take(const News&);
  loop::Task<> write(std::string text);

  Shared& shared_;
  LogReading reading_;
  http::Sink& sink_;
  std::size_t told_ = 0;  // streams
  base::Mono written_{};
  bool follows_ = false;  // it is among those that are followed
};

/// Agents are told of it, so that what somebody reads comes first.
void LogWriter::follow() {
  if (!reading_.follow || reading_.key.attempt == 0) return;
  shared_.scene.followed.insert(reading_.key);
  follows_ = true;
}

void LogWriter::unfollow() {
  auto& all = shared_.scene.followed;
  if (std::exchange(follows_, false)) all.erase(all.find(reading_.key));
}

std::string LogWriter::render(const Part& p) {
  const auto& part = p.part;
  reading_.offsets[p.stream] = part.end();
  if (part.bytes.empty()) return {};
  reading_.left -= part.bytes.size();
  if (reading_.events)
    return http::format_sse({id(), "log", part_json(p.stream, part, reading_.timestamps)});
  const auto gap = part.offset > p.from ? gap_text(part.offset - p.from) : "";
  return gap + part_text(part, reading_.timestamps);
}

std::string LogWriter::take(const News& news) {
  std::string text;
  if (news.attempt != reading_.key.attempt) {
    unfollow();
    reading_.key.attempt = news.attempt;
    follow();
  }
  // From the first on it stays with this one.
  if (reading_.stream.empty() && !news.streams.empty()) reading_.stream = news.streams[0].name;
  const bool all = reading_.events && reading_.stream == every_stream;
  if (all && news.streams.size() > std::exchange(told_, news.streams.size()))
    text += http::format_sse({"", "streams", streams_json(news.streams)});
  for (const auto& part : news.parts) text += render(part);
  return text;
}

loop::Task<> LogWriter::write(std::string text) {
  const auto now = shared_.scene.clock.mono();
  if (text.empty() && reading_.events && now >= written_ + shared_.settings.heartbeat)
    text = http::sse_keepalive;
  if (text.empty()) co_return;
  co_await sink_.write(text);
  written_ = shared_.scene.clock.mono();
}

loop::Task<> LogWriter::run() {
  auto& scene = shared_.scene;
  written_ = scene.clock.mono();
  if (reading_.events) co_await sink_.write("retry: 1000\n\n");
  for (;;) {
    const auto heard = scene.logs.rings();
    const auto read = scene.clock.mono();
    const auto news =
        co_await scene.store.read([&](store::Tx& tx) { return read_news(tx, reading_); });
    const bool found = news.attempt != reading_.key.attempt;
    auto text = take(news);
    const bool more = !text.empty() || found;
    co_await write(std::move(text));
    if (news.over || reading_.left == 0) {
      if (reading_.events)
        co_await sink_.write(http::format_sse({id(), "end", streams_json(news.streams)}));
      co_return;
    }
    if (!more) co_await scene.logs.wait(scene.clock, heard, read + shared_.settings.log_period);
    if (reading_.follow) co_await scene.clock.sleep_until(read + pause);
  }
}

}  // namespace

loop::Task<> stream_log(Shared& shared, LogReading reading, http::Sink& sink) {
  LogWriter writer(shared, std::move(reading), sink);
  co_await writer.run();
}

}  // namespace api
