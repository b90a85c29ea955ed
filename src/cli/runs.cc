#include "cli/runs.h"

#include <fmt/format.h>

#include <charconv>

#include "base/bytes.h"
#include "cli/files.h"
#include "cli/resolve.h"
#include "cli/text.h"
#include "cli/watch.h"
#include "json/encode.h"
#include "model/names.h"

namespace cli {
namespace {

base::Error bad_use(std::string message) { return base::invalid("bad_use", std::move(message)); }

base::Result<std::pair<std::string, std::string>> split_pair(const std::string& flag,
                                                             const std::string& text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals == 0)
    return bad_use(fmt::format("{} {}: write it as {} key=value", flag, text, flag));
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

base::Result<void> read_source(const RunOptions& options, model::RunRequest& request) {
  if (options.name.empty() == options.file.empty())
    return bad_use("give the name of a pipeline, or a file with -f, and not both");
  if (!options.file.empty()) {
    auto documents = read_documents({options.file});
    if (!documents) return documents.error();
    if (documents->size() != 1)
      return bad_use(
          fmt::format("{} holds {} documents; a run needs one", options.file, documents->size()));
    request.spec = std::move(documents->front().value);
    return {};
  }
  const auto [name, version] = split_version(options.name);
  request.pipeline = name;
  if (name.size() == options.name.size()) return {};
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (code != std::errc() || end != version.data() + version.size() || number < 1)
    return bad_use(fmt::format("'{}' is not a version; write it as {}@3", version, name));
  request.version = number;
  return {};
}

std::string type_of(const std::string& file, bool is_text) {
  if (file.ends_with(".json")) return "application/json";
  if (file.ends_with(".yaml") || file.ends_with(".yml")) return "application/yaml";
  return is_text ? "text/plain; charset=utf-8" : "application/octet-stream";
}

base::Result<void> read_payload(const RunOptions& options, model::RunRequest& request) {
  if (options.payload.empty()) return {};
  if (options.payload == "-" && options.file == "-")
    return bad_use("standard input is either the pipeline or the payload, not both");
  auto bytes = read_file(options.payload);
  if (!bytes) return bytes.error();
  const bool is_text = base::is_utf8(*bytes) && bytes->find('\0') == std::string::npos;
  request.payload_type =
      options.payload_type.empty() ? type_of(options.payload, is_text) : options.payload_type;
  if (is_text)
    request.payload = std::move(*bytes);
  else
    request.payload_base64 = base::base64(*bytes);
  return {};
}

}  // namespace

base::Result<model::RunRequest> make_request(const RunOptions& options) {
  model::RunRequest request;
  for (const auto& text : options.params) {
    auto pair = split_pair("--param", text);
    if (!pair) return pair.error();
    // The server knows the type that the pipeline says and reads the text as that.
    if (!request.params.emplace(pair->first, base::Value(pair->second)).second)
      return bad_use(fmt::format("--param {} is given twice", pair->first));
  }
  for (const auto& text : options.labels) {
    auto pair = split_pair("--label", text);
    if (!pair) return pair.error();
    if (!request.labels.insert(std::move(*pair)).second)
      return bad_use(fmt::format("--label {} gives a key twice", text));
  }
  if (const auto read = read_source(options, request); !read) return read.error();
  if (const auto read = read_payload(options, request); !read) return read.error();
  return request;
}

loop::Task<int> run_pipeline(Client& client, RunOptions options) {
  const auto request = make_request(options);
  if (!request) co_return client.fail(request.error());
  http::Headers headers;
  if (!options.idempotency_key.empty()) headers.set("Idempotency-Key", options.idempotency_key);
  auto value = co_await client.api.post(path_of({"runs"}), json::encode(*request), headers);
  if (!value) co_return client.fail(value.error());
  const auto run = read_answer<model::RunView>(*value);
  if (!run) co_return client.fail(run.error());
  if (options.watch) co_return co_await watch_run(client, run->id);
  const bool tree = options.output == Output::json || options.output == Output::yaml;
  client.terminal.out(tree ? print_value(*value, options.output) : printable(run->id) + "\n");
  co_return 0;
}

loop::Task<int> cancel_run(Client& client, std::string run) {
  const auto id = co_await resolve_run(client.api, std::move(run));
  if (!id) co_return client.fail(id.error());
  const auto view =
      co_await client.api.post_as<model::RunView>(path_of({"runs", *id, "cancel"}), base::Object());
  if (!view) co_return client.fail(view.error());
  const bool ended = model::is_final(view->state) && view->state != model::RunState::canceled;
  client.terminal.out(fmt::format("run/{} {}{}\n", printable(view->id), model::word(view->state),
                                  ended ? " already; nothing to cancel" : ""));
  co_return 0;
}

loop::Task<int> explain(Client& client, std::string run, std::string job, Output output) {
  const auto id = co_await resolve_run(client.api, std::move(run));
  if (!id) co_return client.fail(id.error());
  auto value =
      co_await client.api.get(path_of({"runs", *id, "explain"}) + query_of({{"job", job}}));
  if (!value) co_return client.fail(value.error());
  if (output == Output::json || output == Output::yaml) {
    client.terminal.out(print_value(*value, output));
    co_return 0;
  }
  const auto told = read_answer<model::Explanation>(std::move(*value));
  if (!told) co_return client.fail(told.error());
  auto text = fmt::format("run {}", printable(told->run));
  if (!told->job.empty()) text = fmt::format("job {} of {}", printable(told->job), text);
  text += fmt::format(" is {}\n", printable(told->state));
  for (const auto& sentence : told->because) text += fmt::format("  {}\n", printable(sentence));
  client.terminal.out(text);
  co_return 0;
}

}  // namespace cli
