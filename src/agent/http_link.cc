#include "agent/http_link.h"

#include <fmt/format.h>

#include "json/blob.h"
#include "json/decode.h"
#include "json/encode.h"
#include "json/parse.h"
#include "json/text.h"

namespace agent {
namespace {

using base::Result;

constexpr auto call_time = std::chrono::seconds(20);
/// The server sends a batch at least every 10 s; this much silence means that the line is dead.
constexpr auto silence_max = std::chrono::seconds(30);

/// What a refusal of the server means: a conflict ends the session, the rest is said and tried
/// again.
base::Error refusal(int status, const std::string& body) {
  base::Error e{base::Kind::invalid, "refused", fmt::format("the server answered {}", status), {}};
  if (const auto value = json::parse(body); value && value->is_object()) {
    const auto text = [&](std::string_view name) -> std::string {
      const auto* found = value->get_object().if_contains(name);
      return found && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    if (auto code = text("code"); !code.empty()) e.code = code;
    if (auto detail = text("detail"); !detail.empty()) e.message = detail;
  }
  if (status == 409) e.kind = base::Kind::conflict;
  if (status == 401) e.kind = base::Kind::unauthenticated;
  return e;
}

/// A newer server may say more of a session. Of work nothing may be passed over.
constexpr auto may_say_more = json::Unknown::passed;

template <class T>
Result<T> read(const Result<std::string>& body, json::Unknown unknown = json::Unknown::fault) {
  if (!body) return body.error();
  const auto value = json::parse(*body);
  if (!value) throw base::Failure("the server's answer is no JSON: " + value.error().message);
  auto decoded = json::decode_all<T>(*value, unknown);
  if (!decoded)
    throw base::Failure("the server's answer is not understood: " + decoded.error().message);
  return decoded;
}

template <class T>
std::string text(const T& body) {
  return json::print(json::encode(body));
}

}  // namespace

HttpLink::HttpLink(loop::Clock& clock, http::Client& client, http::Url server, std::string key)
    : clock_(clock), client_(client), server_(std::move(server)), key_(std::move(key)) {}

HttpLink::~HttpLink() = default;

http::ClientRequest HttpLink::request(http::Verb verb, const std::string& path,
                                      std::string body) const {
  // Everything that is said over the link may be said twice.
  return {.verb = verb,
          .server = server_.server,
          .target = server_.prefix + path,
          .headers = {{"Authorization", "Bearer " + key_}, {"Content-Type", "application/json"}},
          .body = std::move(body),
          .idempotent = true};
}

loop::Task<Result<std::string>> HttpLink::post(std::string path, std::string body) {
  auto answer = co_await client_.send(request(http::Verb::post, path, std::move(body)),
                                      clock_.mono() + call_time);
  // 5xx and 429 are the server's trouble, not an answer to what was asked.
  if (answer.status >= 500 || answer.status == 429)
    throw base::Failure(refusal(answer.status, answer.body).message);
  if (answer.status >= 300) co_return refusal(answer.status, answer.body);
  co_return std::move(answer.body);
}

loop::Task<Result<model::Session>> HttpLink::open(model::Hello hello) {
  stream_ = {};
  co_return read<model::Session>(co_await post("/link/v1/open", text(hello)), may_say_more);
}

loop::Task<Result<model::Session>> HttpLink::renew(model::Renewal renewal) {
  co_return read<model::Session>(co_await post("/link/v1/renew", text(renewal)), may_say_more);
}

loop::Task<Result<bool>> HttpLink::close(std::uint64_t epoch) {
  stream_ = {};
  const auto answer = co_await post("/link/v1/close", text(model::SessionKey{epoch}));
  if (!answer) co_return answer.error();
  co_return true;
}

loop::Task<Result<std::string>> HttpLink::next_line(std::uint64_t epoch, std::uint64_t after) {
  if (!stream_.incoming || stream_.epoch != epoch) {
    const auto path = fmt::format("/link/v1/pull?epoch={}&after={}", epoch, after);
    stream_ = {epoch,
               co_await client_.open(request(http::Verb::get, path, ""), clock_.mono() + call_time),
               {}};
    auto& in = *stream_.incoming;
    if (in.status != 200) {
      const int status = in.status;
      const auto body = co_await in.next(clock_.mono() + call_time);
      stream_ = {};
      if (status >= 500 || status == 429) throw base::Failure(refusal(status, body).message);
      co_return refusal(status, body);
    }
  }
  for (;;) {
    if (const auto end = stream_.rest.find('\n'); end != std::string::npos) {
      auto line = stream_.rest.substr(0, end);
      stream_.rest.erase(0, end + 1);
      co_return line;
    }
    const auto more = co_await stream_.incoming->next(clock_.mono() + silence_max);
    if (more.empty()) throw base::Failure("the server ended the pull");
    stream_.rest += more;
  }
}

loop::Task<Result<model::Batch>> HttpLink::pull(std::uint64_t epoch, std::uint64_t after) {
  try {
    co_return read<model::Batch>(co_await next_line(epoch, after));
  } catch (...) {
    stream_ = {};  // the next pull starts a new one, after what was taken
    throw;
  }
}

loop::Task<Result<std::vector<model::Answer>>> HttpLink::report(
    std::uint64_t epoch, std::vector<model::Report> reports) {
  auto answers = read<model::Answers>(
      co_await post("/link/v1/reports", text(model::Reports{epoch, std::move(reports)})));
  if (!answers) co_return answers.error();
  co_return std::move(answers->answers);
}

loop::Task<Result<std::vector<model::LogPlace>>> HttpLink::upload(
    std::uint64_t epoch, std::vector<model::LogChunk> chunks) {
  auto stored = read<model::Uploaded>(
      co_await post("/link/v1/logs", text(model::Uploads{epoch, std::move(chunks)})));
  if (!stored) co_return stored.error();
  co_return std::move(stored->stored);
}

}  // namespace agent
