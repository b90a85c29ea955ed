#include "api/problems.h"

#include <fmt/format.h>

#include <array>

#include "http/problem.h"
#include "json/position.h"
#include "json/text.h"

namespace api {
namespace {

struct CodeStatus {
  std::string_view code;
  int status;
};
/// Codes that say more than their kind.
constexpr std::array statuses = {
    CodeStatus{"bad_header", 400},        CodeStatus{"unsupported_protocol", 400},
    CodeStatus{"invalid_execution", 400}, CodeStatus{"no_such_method", 405},
    CodeStatus{"feed_gone", 410},         CodeStatus{"unsupported_media", 415},
    CodeStatus{"not_ready", 503},         CodeStatus{"storage_full", 507},
};

int status_of(const base::Error& error) {
  for (const auto& [code, status] : statuses)
    if (code == error.code) return status;
  return http::status_of(error);
}

}  // namespace

http::Response problem(const base::Error& error) {
  auto response = http::problem(error);
  const int status = status_of(error);
  if (response.status == status) return response;
  return http::problem(status, error.code, error.message, error.faults);
}

http::Response chainr_problem(const base::Error& error) {
  const int status = status_of(error);
  std::string text = error.message;
  for (const auto& fault : error.faults)
    if (error.faults.size() > 1) text += fmt::format("; {}: {}", fault.pointer, fault.message);
  const base::Object body{{"kind", "Error"}, {"error", text}};
  auto response =
      http::respond(status == 422 ? 400 : status, "application/json", json::print(body));
  if (status == 401) response.headers.set("WWW-Authenticate", "Bearer");
  return response;
}

base::Error no_such_run(std::string_view id) {
  return base::not_found("no_such_run", fmt::format("there is no run '{}'", json::excerpt(id)));
}

base::Error bad_query(std::string message) {
  return base::invalid("bad_query", std::move(message));
}

}  // namespace api
