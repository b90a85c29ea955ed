#include "http/problem.h"

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace http {

namespace json = boost::json;

std::string_view reason_of(int status) {
  const auto text = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

Response problem(int status, std::string_view code, std::string_view detail,
                 const base::Faults& faults) {
  json::object body;
  body["type"] = "about:blank";
  body["title"] = json::string_view(reason_of(status).data(), reason_of(status).size());
  body["status"] = status;
  body["code"] = json::string_view(code.data(), code.size());
  body["detail"] = json::string_view(detail.data(), detail.size());
  if (!faults.empty()) {
    json::array errors;
    for (const auto& fault : faults)
      errors.push_back({{"pointer", fault.pointer}, {"detail", fault.message}});
    body["errors"] = std::move(errors);
  }
  return respond(status, "application/problem+json", json::serialize(body));
}

int status_of(const base::Error& error) {
  switch (error.kind) {
    case base::Kind::invalid:
      return error.code == "bad_json" || error.code == "bad_yaml" || error.code == "bad_query"
                 ? 400
                 : 422;
    case base::Kind::unauthenticated: return 401;
    case base::Kind::forbidden: return 403;
    case base::Kind::not_found: return 404;
    case base::Kind::conflict: return 409;
    case base::Kind::exhausted: return 429;
  }
  return 500;
}

Response problem(const base::Error& error) {
  auto out = problem(status_of(error), error.code, error.message, error.faults);
  if (out.status == 401) out.headers.set("WWW-Authenticate", "Bearer");
  if (out.status == 429) out.headers.set("Retry-After", "1");
  return out;
}

}  // namespace http
