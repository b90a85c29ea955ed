#include "kube/testing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "json/parse.h"
#include "json/text.h"
#include "kube/testing_selector.h"

namespace kube::testing {
namespace {

using namespace std::chrono_literals;

http::Response answer_with(const Objects::Reply& reply) {
  return http::respond(reply.status, "application/json", json::print(reply.body));
}

http::Response refuse(int code, std::string_view reason, std::string_view message) {
  return answer_with({code, status_object(code, reason, message)});
}

std::string param(const http::Request& request, std::string_view name) {
  return std::string(request.param(name).value_or(""));
}

std::int64_t number_param(const http::Request& request, std::string_view name,
                          std::int64_t otherwise) {
  const auto text = param(request, name);
  std::int64_t out = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Selection selection_of(const http::Request& request, const Resource& resource) {
  return {resource, param(request, "labelSelector"), param(request, "fieldSelector")};
}

std::string line_of(std::string_view type, const base::Value& object) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, json::print(object));
}

base::Value bookmark_of(std::uint64_t version) {
  return base::Object{{"metadata", base::Object{{"resourceVersion", std::to_string(version)}}}};
}

}  // namespace

ApiServer::ApiServer(loop::Executor executor, Settings settings)
    : settings_(std::move(settings)),
      objects_(clock_),
      listener_(net::Listener::open(executor, {"127.0.0.1", 0})),
      server_(clock_, {.body_bytes_max = 4 << 20},
              [this](http::Request& request) { return answer(request); }) {
  if (!settings_.tls) return;
  const auto own = authority_.issue();
  acceptor_ = std::make_unique<net::TlsAcceptor>(net::TlsServerSettings{own.cert_pem, own.key_pem});
}

loop::Task<> ApiServer::serve() { return server_.serve(listener_, acceptor_.get()); }
loop::Task<> ApiServer::stop() { return server_.stop(base::Micros(0)); }

Config ApiServer::config() const {
  Config out{.server = {{"127.0.0.1", listener_.port()}, "", settings_.tls},
             .context = "miniature"};
  if (settings_.tls) out.tls.ca_pem = authority_.pem();
  out.login.token = settings_.token;
  return out;
}

std::size_t ApiServer::count(std::string_view beginning) const {
  return std::size_t(std::ranges::count_if(
      seen_, [&](const std::string& each) { return each.starts_with(beginning); }));
}

loop::Task<http::Response> ApiServer::answer(http::Request& request) {
  seen_.push_back(request.method + " " + request.path);
  if (!settings_.token.empty() &&
      request.headers.get("Authorization") != "Bearer " + settings_.token)
    co_return refuse(401, "Unauthorized", "Unauthorized");
  if (on_request)
    if (auto instead = on_request(request)) co_return std::move(*instead);
  auto response = act(request);
  if (on_answer) on_answer(request, response);
  co_return response;
}

/// `/version`, `/api/v1/…` or `/apis/GROUP/VERSION/…`
http::Response ApiServer::act(http::Request& request) {
  const auto& s = request.segments;
  if (request.path == "/version")
    return http::respond(200, "application/json",
                         R"({"major":"1","minor":"34","gitVersion":"v1.34.4"})");
  if (s.size() == 4 && s[3] == "selfsubjectaccessreviews") return review(request);
  const bool core = s.size() > 2 && s[0] == "api";
  const bool group = s.size() > 3 && s[0] == "apis";
  if (!core && !group) return refuse(404, "NotFound", "there is no such path");
  const std::size_t begin = core ? 2 : 3;
  Resource resource{core ? s[1] : s[1] + "/" + s[2], ""};
  const bool spaced = s.size() > begin + 2 && s[begin] == "namespaces";
  if (spaced) resource.name_space = s[begin + 1];
  const auto depth = spaced ? begin + 2 : begin;
  resource.plural = s[depth];
  return act_on(request, resource, depth);
}

http::Response ApiServer::act_on(http::Request& request, const Resource& resource,
                                 std::size_t depth) {
  const auto& s = request.segments;
  if (s.size() > depth + 1)
    return act_on_object(request, {resource, s[depth + 1]},
                         s.size() > depth + 2 ? s[depth + 2] : "");
  if (request.verb == http::Verb::post) {
    auto object = json::parse(request.body);
    if (!object) return refuse(400, "BadRequest", object.error().message);
    return answer_with(objects_.create(resource, std::move(*object)));
  }
  if (request.verb != http::Verb::get)
    return refuse(405, "MethodNotAllowed", "the verb is not known here");
  if (param(request, "watch") == "true") return watch(request, selection_of(request, resource));
  return answer_with(objects_.list(selection_of(request, resource),
                                   {.limit = std::uint32_t(number_param(request, "limit", 0)),
                                    .continue_token = param(request, "continue"),
                                    .resource_version = param(request, "resourceVersion")}));
}

http::Response ApiServer::act_on_object(http::Request& request, const ObjectRef& object,
                                        std::string_view subresource) {
  if (subresource == "log") return log(request, object);
  if (request.verb == http::Verb::get) return answer_with(objects_.get(object));
  const auto body = request.body.empty() ? base::Value() : json::parse(request.body);
  if (!body) return refuse(400, "BadRequest", body.error().message);
  if (request.verb == http::Verb::delete_) return answer_with(objects_.remove(object, *body));
  if (request.verb != http::Verb::patch)
    return refuse(405, "MethodNotAllowed", "the verb is not known here");
  if (request.headers.get("Content-Type") != "application/merge-patch+json")
    return refuse(415, "UnsupportedMediaType", "only merge patches are known here");
  return answer_with(objects_.patch(object, *body, subresource == "status"));
}

http::Response ApiServer::review(const http::Request& request) {
  auto body = json::parse(request.body);
  if (!body || !body->is_object()) return refuse(400, "BadRequest", "the body is no JSON object");
  constexpr std::string_view attributes = "/spec/resourceAttributes/";
  const auto attribute = [&](std::string_view name) {
    return text_at(*body, fmt::format("{}{}", attributes, name));
  };
  auto right = fmt::format("{} {}", attribute("verb"), attribute("resource"));
  if (const auto sub = attribute("subresource"); !sub.empty()) right += fmt::format("/{}", sub);
  body->get_object()["status"] = base::Object{{"allowed", !on_review || on_review(right)}};
  return answer_with({201, std::move(*body)});
}

http::Response ApiServer::watch(const http::Request& request, Selection selection) {
  const auto until =
      clock_.mono() + std::chrono::seconds(number_param(request, "timeoutSeconds", 1800));
  http::Response out;
  out.headers.set("Content-Type", "application/json");
  out.stream = [this, selection = std::move(selection), version = param(request, "resourceVersion"),
                bookmarks = param(request, "allowWatchBookmarks") == "true",
                until](http::Sink& sink) {
    return run_watch(sink, selection, version, bookmarks, until);
  };
  return out;
}

bool ApiServer::is_over(const Marks& began) const {
  if (streams_broken_ != began.broken) throw base::Failure("broken by the test");
  return streams_ended_ != began.ended;
}

loop::Task<> ApiServer::run_watch(http::Sink& sink, Selection selection, std::string from,
                                  bool bookmarks, base::Mono until) {
  struct Open {
    std::size_t& count;
    ~Open() { --count; }
  } open{++watches_};
  const auto began = marks();
  std::uint64_t version = objects_.version();
  std::from_chars(from.data(), from.data() + from.size(), version);
  std::string lines;
  if (from.empty() || from == "0") {
    version = objects_.version();
    for (const auto& line : objects_.now(selection)) lines += line_of(line.type, *line.object);
  }
  auto bookmark_at = clock_.mono() + settings_.bookmark_time;
  while (!is_over(began) && clock_.mono() < until) {
    const auto heard = objects_.changed().rings();
    const auto happened = objects_.since(selection, version);
    if (!happened) {
      const auto gone =
          fmt::format("too old resource version: {} ({})", version, objects_.version());
      co_return co_await sink.write(line_of("ERROR", status_object(410, "Expired", gone)));
    }
    version = objects_.version();
    for (const auto& line : *happened) lines += line_of(line.type, *line.object);
    if (bookmarks && clock_.mono() >= bookmark_at) {
      lines += line_of("BOOKMARK", bookmark_of(version));
      bookmark_at = clock_.mono() + settings_.bookmark_time;
    }
    co_await sink.write(std::exchange(lines, {}));
    co_await objects_.changed().wait(clock_, heard,
                                     bookmarks ? std::min(until, bookmark_at) : until);
  }
}

void ApiServer::write_log(const ObjectRef& pod, const std::string& container, std::string line) {
  logs_[pod.name + "/" + container].push_back({clock_.now(), std::move(line)});
  objects_.changed().ring();
}

http::Response ApiServer::log(const http::Request& request, const ObjectRef& pod) {
  if (!objects_.find(pod)) return answer_with(objects_.get(pod));
  const auto key = pod.name + "/" + param(request, "container");
  const auto& lines = logs_[key];
  std::size_t from = 0;
  if (const auto since = base::parse_time(param(request, "sinceTime")); since)
    while (from < lines.size() && lines[from].time < *since) ++from;
  const auto bytes_max = std::size_t(number_param(request, "limitBytes", INT64_MAX));
  const bool timestamps = param(request, "timestamps") == "true";
  http::Response out;
  out.headers.set("Content-Type", "text/plain");
  if (param(request, "follow") == "true") {
    out.stream = [this, key, from, bytes_max, timestamps](http::Sink& sink) {
      return run_log(sink, key, from, bytes_max, timestamps);
    };
    return out;
  }
  for (; from < lines.size(); ++from)
    out.body +=
        (timestamps ? base::format_time(lines[from].time) + " " : "") + lines[from].text + "\n";
  out.body.resize(std::min(out.body.size(), bytes_max));
  return out;
}

/// Until the container has ended, which a test says by `end_streams`.
loop::Task<> ApiServer::run_log(http::Sink& sink, std::string key, std::size_t from,
                                std::size_t bytes_max, bool timestamps) {
  const auto began = marks();
  while (!is_over(began)) {
    const auto heard = objects_.changed().rings();
    std::string text;
    for (const auto& lines = logs_[key]; from < lines.size(); ++from)
      text +=
          (timestamps ? base::format_time(lines[from].time) + " " : "") + lines[from].text + "\n";
    text.resize(std::min(text.size(), bytes_max));
    bytes_max -= text.size();
    co_await sink.write(text);
    if (bytes_max == 0) co_return;
    co_await objects_.changed().wait(clock_, heard, loop::never);
  }
}

}  // namespace kube::testing
