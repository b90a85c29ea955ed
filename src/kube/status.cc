#include "kube/status.h"

#include <fmt/format.h>

#include "json/parse.h"

namespace kube {
namespace {

constexpr std::size_t message_bytes_max = 4096;
constexpr std::size_t causes_max = 20;

std::string text(const base::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value || !value->is_string()) return "";
  return std::string(std::string_view(value->get_string()).substr(0, message_bytes_max));
}

std::int64_t number(const base::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* whole = value ? value->if_int64() : nullptr;
  return whole ? *whole : 0;
}

void read_details(const base::Object& details, Status& status) {
  if (const auto seconds = number(details, "retryAfterSeconds"); seconds > 0 && seconds < 86'400)
    status.retry_after = std::chrono::seconds(seconds);
  const auto* causes = details.if_contains("causes");
  if (!causes || !causes->is_array()) return;
  for (const auto& each : causes->get_array()) {
    if (!each.is_object() || status.causes.size() == causes_max) continue;
    const auto& cause = each.get_object();
    status.causes.push_back({text(cause, "reason"), text(cause, "message"), text(cause, "field")});
  }
}

}  // namespace

std::optional<Status> parse_status(std::string_view json) {
  const auto tree = json::parse(json);
  if (!tree || !tree->is_object()) return std::nullopt;
  const auto& object = tree->get_object();
  if (text(object, "kind") != "Status") return std::nullopt;
  Status status{.code = int(number(object, "code")),
                .reason = text(object, "reason"),
                .message = text(object, "message")};
  if (const auto* details = object.if_contains("details"); details && details->is_object())
    read_details(details->get_object(), status);
  return status;
}

Status status_of(const Response& response) {
  auto status = parse_status(response.body).value_or(Status{});
  status.code = response.status;
  if (response.retry_after) status.retry_after = response.retry_after;
  // A proxy or a webhook may have answered in its own words.
  if (status.message.empty() && status.reason.empty())
    status.message = std::string(std::string_view(response.body).substr(0, 200));
  return status;
}

std::string describe(const Status& status) {
  auto out = std::to_string(status.code);
  if (!status.reason.empty()) out += " " + status.reason;
  if (!status.message.empty()) out += ": " + status.message;
  return out;
}

}  // namespace kube
