#include "cli/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "json/parse.h"
#include "json/text.h"

namespace cli {
namespace {

std::string text_of(const base::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : "";
}

base::Kind kind_of(int status) {
  switch (status) {
    case 401: return base::Kind::unauthenticated;
    case 403: return base::Kind::forbidden;
    case 404: return base::Kind::not_found;
    case 409:
    case 410: return base::Kind::conflict;
    case 400:
    case 413:
    case 415:
    case 422: return base::Kind::invalid;
    default: return base::Kind::exhausted;
  }
}

base::Result<base::Value> read_body(const http::ClientResponse& response) {
  if (response.status >= 300) return read_problem(response.status, response.body);
  if (response.status == 204) return base::Value();
  // A page may be large; what bounds it is the client's limit.
  auto value = json::parse(response.body, {.bytes = http::client_body_bytes_max});
  if (value) return value;
  return base::invalid("bad_answer",
                       "the server answered with something that is not JSON; is this a Fairlead "
                       "server? " +
                           value.error().message);
}

base::Result<base::Array> take_items(base::Value& page) {
  auto* object = page.if_object();
  auto* items = object ? object->if_contains("items") : nullptr;
  if (!items || !items->is_array())
    return base::invalid("bad_answer", "the server's answer is not a list");
  return std::move(items->get_array());
}

}  // namespace

std::string path_of(std::initializer_list<std::string_view> parts) {
  std::string path(project_path);
  for (const auto part : parts) path += "/" + http::percent_encode(part);
  return path;
}

std::string query_of(const Parameters& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters)
    if (!value.empty())
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, http::percent_encode(value));
  return query;
}

Api::Api(loop::Clock& clock, Remote remote)
    : clock_(clock),
      remote_(std::move(remote)),
      dialer_(http::make_dialer(remote_.url)),
      client_(clock, *dialer_) {}

http::ClientRequest Api::request(http::Verb verb, std::string target, http::Headers extra) const {
  http::ClientRequest request{.verb = verb, .server = remote_.url.server};
  request.target = remote_.url.prefix + std::move(target);
  request.headers = std::move(extra);
  if (!remote_.token.empty()) request.headers.set("Authorization", "Bearer " + remote_.token);
  request.headers.set("User-Agent", "fairlead");
  return request;
}

loop::Task<base::Result<base::Value>> Api::get(std::string target) {
  auto ask = request(http::Verb::get, std::move(target), {});
  co_return read_body(co_await client_.send(std::move(ask), clock_.mono() + answer_time));
}

loop::Task<base::Result<base::Value>> Api::post(std::string target, base::Value body,
                                                http::Headers extra) {
  auto ask = request(http::Verb::post, std::move(target), std::move(extra));
  ask.headers.set("Content-Type", "application/json");
  ask.body = json::print(body);
  co_return read_body(co_await client_.send(std::move(ask), clock_.mono() + answer_time));
}

loop::Task<base::Result<base::Array>> Api::list(std::string path, Parameters parameters,
                                                std::size_t limit) {
  base::Array all;
  std::string cursor;
  for (;;) {
    auto page_parameters = parameters;
    const auto wanted = limit ? std::min(limit - all.size(), page_items_max) : page_items_max;
    page_parameters.emplace_back("limit", std::to_string(wanted));
    page_parameters.emplace_back("cursor", cursor);
    auto page = co_await get(path + query_of(page_parameters));
    if (!page) co_return page.error();
    auto items = take_items(*page);
    if (!items) co_return items.error();
    for (auto& item : *items) all.push_back(std::move(item));
    const auto next = text_of(page->get_object(), "next");
    const bool full = limit && all.size() >= limit;
    if (next.empty() || next == cursor || full) co_return all;
    cursor = next;
  }
}

loop::Task<base::Result<base::Array>> Api::items(std::string target) {
  auto page = co_await get(std::move(target));
  if (!page) co_return page.error();
  co_return take_items(*page);
}

loop::Task<base::Result<std::unique_ptr<http::Incoming>>> Api::open(std::string target,
                                                                    http::Headers extra) {
  auto ask = request(http::Verb::get, std::move(target), std::move(extra));
  auto incoming = co_await client_.open(std::move(ask), clock_.mono() + answer_time);
  if (incoming->status < 300) co_return std::move(incoming);
  std::string body;
  const auto until = clock_.mono() + answer_time;
  while (body.size() < (1 << 20)) {
    const auto piece = co_await incoming->next(until);
    if (piece.empty()) break;
    body += piece;
  }
  co_return read_problem(incoming->status, body);
}

base::Error read_problem(int status, std::string_view body) {
  base::Error error{kind_of(status), fmt::format("http_{}", status), "", {}};
  if (const auto value = json::parse(body); value && value->is_object()) {
    const auto& object = value->get_object();
    if (auto code = text_of(object, "code"); !code.empty()) error.code = std::move(code);
    error.message = text_of(object, "detail");
    if (error.message.empty()) error.message = text_of(object, "title");
    const auto* faults = object.if_contains("errors");
    if (faults && faults->is_array())
      for (const auto& each : faults->get_array())
        if (const auto* fault = each.if_object())
          error.faults.push_back({text_of(*fault, "pointer"), text_of(*fault, "detail")});
  }
  if (error.message.empty()) error.message = fmt::format("the server answered {}", status);
  if (status == 401) error.message += "; give its token with FAIRLEAD_TOKEN or --token";
  return error;
}

std::string render_error(const base::Error& error) {
  std::string text = fmt::format("error: {}\n", printable(error.message));
  for (const auto& fault : error.faults) {
    if (fault.message == error.message && fault.pointer.empty()) continue;
    const auto* colon = fault.pointer.empty() ? "" : ": ";
    text += fmt::format("  {}{}{}\n", printable(fault.pointer), colon, printable(fault.message));
  }
  return text;
}

int exit_code_of(const base::Error& error) {
  return error.kind == base::Kind::invalid && error.code != "bad_answer" ? 2 : 1;
}

}  // namespace cli
