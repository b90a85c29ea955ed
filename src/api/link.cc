#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "json/blob.h"
#include "json/position.h"

namespace api {
namespace {

using base::Result;

constexpr std::size_t reports_max = 1000, chunks_max = 64, chunk_bytes_max = 256 << 10;
constexpr std::size_t word_bytes_max = 256, message_bytes_max = 4 << 10;
/// Batches with more payload than this are printed off the loop.
constexpr std::size_t batch_inline_max = 64 << 10;

void check_word(const std::string& word, const char* pointer, base::Faults& faults) {
  if (word.size() > word_bytes_max)
    faults.push_back({pointer, fmt::format("longer than {} bytes", word_bytes_max)});
}

base::Faults check(const model::Hello& hello) {
  base::Faults faults;
  if (hello.instance.empty()) faults.push_back({"/instance", "name the instance of the agent"});
  check_word(hello.instance, "/instance", faults);
  check_word(hello.version, "/version", faults);
  check_word(hello.executor, "/executor", faults);
  if (hello.capacity > 1'000'000) faults.push_back({"/capacity", "more than 1000000"});
  if (hello.labels.size() > 64) faults.push_back({"/labels", "more than 64"});
  return faults;
}

/// Cuts a text of an agent to what is kept of it, between characters.
void cut(std::string& text, std::size_t max) {
  if (text.size() <= max) return;
  text.resize(max);
  const auto end = json::utf8_error(text);
  if (end != text.npos) text.resize(end);
}

constexpr const char* no_stream = "no name of a stream: letters, digits, '-', '.' and '/'";

/// Names stand in the ids of events and on terminals.
bool is_stream(std::string_view name) {
  return name.size() <= word_bytes_max && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '/';
         });
}

base::Faults trim(model::Reports& body) {
  base::Faults faults;
  if (body.reports.size() > reports_max)
    faults.push_back({"/reports", fmt::format("more than {}", reports_max)});
  for (std::size_t i = 0; i < body.reports.size(); ++i) {
    auto& r = body.reports[i];
    cut(r.message, message_bytes_max);
    if (r.outcome) cut(r.outcome->message, message_bytes_max);
    if (r.uid.size() > word_bytes_max)
      faults.push_back({fmt::format("/reports/{}/uid", i), "too long"});
    if (r.streams.size() > model::log_streams_max + 1)
      faults.push_back({fmt::format("/reports/{}/streams", i), "too many"});
    for (const auto& stream : r.streams)
      if (!is_stream(stream)) faults.push_back({fmt::format("/reports/{}/streams", i), no_stream});
  }
  return faults;
}

base::Faults trim(model::Uploads& body) {
  base::Faults faults;
  if (body.chunks.size() > chunks_max)
    faults.push_back({"/chunks", fmt::format("more than {}", chunks_max)});
  for (std::size_t i = 0; i < body.chunks.size(); ++i) {
    cut(body.chunks[i].note, word_bytes_max);
    if (!is_stream(body.chunks[i].stream))
      faults.push_back({fmt::format("/chunks/{}/stream", i), no_stream});
    if (body.chunks[i].times.bytes.size() > chunk_bytes_max)
      faults.push_back({fmt::format("/chunks/{}/times", i),
                        fmt::format("longer than {} bytes", chunk_bytes_max)});
    if (body.chunks[i].bytes.bytes.size() > chunk_bytes_max)
      faults.push_back({fmt::format("/chunks/{}/bytes", i),
                        fmt::format("longer than {} bytes", chunk_bytes_max)});
  }
  return faults;
}

base::Error refusal(base::Faults faults) {
  auto message = faults[0].pointer + ": " + faults[0].message;
  return base::invalid("invalid_input", std::move(message), std::move(faults));
}

std::string line_of(const model::Batch& batch) { return json::print(json::encode(batch)) + "\n"; }

std::size_t payload_bytes(const model::Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& a : batch.assignments)
    if (a.work && a.work->payload) bytes += a.work->payload->bytes.size();
  return bytes;
}

/// Writes a batch a line until the session is over.
loop::Task<> stream_batches(Shared& shared, std::string cluster, std::uint64_t epoch,
                            model::Batch batch, http::Sink& sink) {
  for (;;) {
    const bool big = payload_bytes(batch) > batch_inline_max;
    const auto print = [&] { return line_of(batch); };
    const auto line = big ? co_await loop::offload(shared.scene.pool, print) : print();
    co_await sink.write(line);
    const auto until = shared.scene.clock.mono() + shared.settings.pull_wait;
    auto next = co_await shared.link.pull(cluster, epoch, batch.revision, until);
    if (!next) co_return;
    batch = std::move(*next);
  }
}

}  // namespace

loop::Task<Result<model::Session>> open_session(Context& context, Tree<model::Hello> body) {
  // First of all the protocol: of another one the other fields may differ.
  const auto* object = body.value.if_object();
  const auto* protocol = object ? object->if_contains("protocol") : nullptr;
  if (protocol && *protocol != model::link_protocol)
    co_return base::invalid(
        "unsupported_protocol",
        fmt::format("this server speaks protocol {} of the link; use an agent of its version",
                    model::link_protocol));
  auto hello = json::decode_all<model::Hello>(body.value);
  if (!hello) co_return hello.error();
  if (auto faults = check(*hello); !faults.empty()) co_return refusal(std::move(faults));
  co_return co_await context.shared.link.open(context.caller.cluster, std::move(*hello));
}

loop::Task<Result<model::Session>> renew_session(Context& context, model::Renewal body) {
  cut(body.health.trouble, message_bytes_max);
  cut(body.health.kubernetes, word_bytes_max);
  cut(body.health.namespace_, word_bytes_max);
  co_return co_await context.shared.link.renew(context.caller.cluster, std::move(body));
}

loop::Task<Result<Nothing>> close_session(Context& context, model::SessionKey body) {
  const auto closed = co_await context.shared.link.close(context.caller.cluster, body.epoch);
  if (!closed) co_return closed.error();
  co_return Nothing{};
}

loop::Task<Result<model::Answers>> report(Context& context, model::Reports body) {
  if (auto faults = trim(body); !faults.empty()) co_return refusal(std::move(faults));
  auto answers = co_await context.shared.link.report(context.caller.cluster, body.epoch,
                                                     std::move(body.reports));
  if (!answers) co_return answers.error();
  co_return model::Answers{std::move(*answers)};
}

loop::Task<Result<model::Uploaded>> upload_logs(Context& context, model::Uploads body) {
  if (auto faults = trim(body); !faults.empty()) co_return refusal(std::move(faults));
  auto stored = co_await context.shared.link.upload(context.caller.cluster, body.epoch,
                                                    std::move(body.chunks));
  if (!stored) co_return stored.error();
  co_return model::Uploaded{std::move(*stored)};
}

loop::Task<Result<http::Response>> pull(Context& context, PullQuery query) {
  auto& shared = context.shared;
  const auto cluster = context.caller.cluster;
  // The first batch comes at once, empty or not: it tells the agent that the stream is up.
  auto first =
      co_await shared.link.pull(cluster, query.epoch, query.after, shared.scene.clock.mono());
  if (!first) co_return first.error();
  auto response = http::respond(200, context.route.about.produces, "");
  response.stream = [&shared, cluster, epoch = query.epoch,
                     batch = std::move(*first)](http::Sink& sink) {
    return stream_batches(shared, cluster, epoch, batch, sink);
  };
  co_return response;
}

}  // namespace api
