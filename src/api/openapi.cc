#include <fmt/format.h>

#include "api/api.h"
#include "api/route.h"
#include "api/router.h"
#include "http/problem.h"
#include "json/schema.h"
#include "json/text.h"
#include "model/names.h"

namespace api {
namespace {

/// What a refusal looks like; http::problem makes it.
base::Value problem_schema() {
  const base::Value text = base::Object{{"type", "string"}};
  const base::Value fault{{"type", "object"},
                          {"properties", {{"pointer", text}, {"detail", text}}},
                          {"required", {"pointer", "detail"}}};
  return {{"type", "object"},
          {"properties",
           {{"type", text},
            {"title", text},
            {"status", {{"type", "integer"}}},
            {"code", {{"type", "string"}, {"description", "A stable word for programs."}}},
            {"detail", text},
            {"errors", {{"type", "array"}, {"items", fault}}}}},
          {"required", {"type", "title", "status", "code", "detail"}}};
}

base::Value chainr_error_schema() {
  return {{"type", "object"},
          {"properties", {{"kind", {{"const", "Error"}}}, {"error", {{"type", "string"}}}}},
          {"required", {"kind", "error"}}};
}

base::Value content(std::string_view type, base::Value schema) {
  base::Object content;
  content[type] = base::Object{{"schema", std::move(schema)}};
  return content;
}

base::Object refused(std::string_view what, std::string_view type, std::string_view schema) {
  const auto ref = fmt::format("#/components/schemas/{}", schema);
  return {{"description", what}, {"content", content(type, base::Object{{"$ref", ref}})}};
}

base::Object parameter(std::string_view name, std::string_view in, bool required,
                       base::Value schema) {
  return {{"name", name}, {"in", in}, {"required", required}, {"schema", std::move(schema)}};
}

base::Array parameters(const Route& route, base::Object& schemas) {
  const base::Value text = base::Object{{"type", "string"}};
  base::Array all;
  for (const auto segment : path_segments(route.path))
    if (is_place(segment)) all.push_back(parameter(place_name(segment), "path", true, text));
  if (route.query)
    for (auto& p : route.query(schemas)) {
      auto one = parameter(p.name, "query", p.required, std::move(p.schema));
      one["description"] = p.note;
      all.push_back(std::move(one));
    }
  if (!route.about.header.empty())
    all.push_back(parameter(route.about.header, "header", false, text));
  return all;
}

base::Object request_body(const Route& route, base::Object& schemas) {
  const auto schema = route.body(schemas);
  auto body = content("application/json", schema);
  if (route.about.reads == Reads::yaml)
    body.get_object()["application/yaml"] = base::Object{{"schema", schema}};
  return {{"required", true}, {"content", std::move(body)}};
}

base::Object responses(const Route& route, base::Object& schemas) {
  base::Object all;
  for (const int status : route.about.statuses) {
    if (status == 0) continue;
    base::Object one{{"description", http::reason_of(status)}};
    if (route.result)
      one["content"] = content(route.about.produces, route.result(schemas));
    else if (status != 204)
      one["content"] = content(route.about.produces, base::Object());
    all[std::to_string(status)] = std::move(one);
  }
  const bool chainr = route.path.starts_with("/api") && !route.path.starts_with("/api/v1");
  const auto ref = chainr ? "#/components/responses/ChainrError" : "#/components/responses/Problem";
  all["default"] = base::Object{{"$ref", ref}};
  return all;
}

base::Object operation(const Route& route, base::Object& schemas) {
  base::Object out{{"operationId", route.name},
                   {"summary", route.summary},
                   {"x-access", model::word(route.access)}};
  if (route.access == auth::Access::open) out["security"] = base::Array();
  if (auto all = parameters(route, schemas); !all.empty()) out["parameters"] = std::move(all);
  if (route.body) out["requestBody"] = request_body(route, schemas);
  out["responses"] = responses(route, schemas);
  return out;
}

std::string lower(std::string_view verb) {
  std::string out(verb);
  for (auto& c : out) c = char(c | 0x20);
  return out;
}

base::Object paths(base::Object& schemas) {
  base::Object all;
  for (const auto& route : routes()) {
    auto& path = all[route.path];
    if (path.is_null()) path.emplace_object();
    path.get_object()[lower(http::to_string(route.verb))] = operation(route, schemas);
  }
  return all;
}

base::Object info() {
  return {{"title", "Fairlead"},
          {"version", "1"},
          {"description",
           "One control plane for Kubernetes work. Refusals are application/problem+json with a "
           "stable code, and a JSON pointer where the input is at fault."},
          {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
}

}  // namespace

std::string openapi_json() {
  base::Object schemas{{"Problem", problem_schema()}, {"ChainrError", chainr_error_schema()}};
  auto all_paths = paths(schemas);
  base::Object responses{{"Problem", refused("A refusal.", "application/problem+json", "Problem")},
                         {"ChainrError", refused("A refusal.", "application/json", "ChainrError")}};
  const base::Object document{
      {"openapi", "3.1.0"},
      {"info", info()},
      {"security", base::Array{base::Object{{"token", base::Array()}}}},
      {"paths", std::move(all_paths)},
      {"components",
       {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
        {"responses", std::move(responses)},
        {"schemas", std::move(schemas)}}}};
  return json::print_pretty(document) + "\n";
}

}  // namespace api
