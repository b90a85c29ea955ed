#include "api/body.h"

#include <fmt/format.h>

#include "api/route.h"
#include "json/parse.h"
#include "json/yaml.h"

namespace api {
namespace {

/// The media type without its parameters.
std::string_view media_type(const http::Request& request) {
  auto type = request.headers.get("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return type;
}

bool is_yaml(std::string_view type) {
  for (const auto* name : {"application/yaml", "application/x-yaml", "text/yaml"})
    if (http::equal_no_case(type, name)) return true;
  return false;
}

bool is_json(std::string_view type) {
  return type.empty() || http::equal_no_case(type, "application/json") ||
         (type.size() > 5 && http::equal_no_case(type.substr(type.size() - 5), "+json"));
}

}  // namespace

base::Result<BodyForm> body_form(const Context& context) {
  const auto type = media_type(context.request);
  const auto& reads = context.route.about.reads;
  if (reads == Reads::anything || is_json(type)) return BodyForm::json;
  if (reads == Reads::yaml && is_yaml(type)) return BodyForm::yaml;
  return base::invalid("unsupported_media",
                       reads == Reads::yaml
                           ? "send the body as application/json or application/yaml"
                           : "send the body with Content-Type: application/json");
}

base::Result<base::Value> parse_body(std::string_view body, BodyForm form) {
  if (form == BodyForm::json) return json::parse(body);
  auto documents = json::parse_yaml(body);
  if (!documents) return documents.error();
  if (documents->size() != 1)
    return base::invalid("bad_yaml", fmt::format("there are {} YAML documents; send exactly one",
                                                 documents->size()));
  return std::move(documents->front());
}

}  // namespace api
