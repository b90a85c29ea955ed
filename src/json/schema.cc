#include "json/schema.h"

#include <cctype>

namespace json::detail {

std::string short_name(std::string_view type_name) {
  std::string all, word;
  for (const char c : type_name) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
      continue;
    }
    if (c != ':') all += word;  // a word before "::" is a namespace or a class around
    word.clear();
  }
  return all + word;
}

base::Value struct_schema(std::string_view name, const std::vector<SchemaField>& fields,
                          base::Object& components) {
  const base::Value ref = base::Object{{"$ref", "#/components/schemas/" + std::string(name)}};
  // The name is taken before the members are described: they may hold the struct itself.
  if (!components.emplace(name, nullptr).second) return ref;
  base::Object properties;
  base::Array required;
  for (const auto& field : fields) {
    properties.emplace(field.name, field.schema(components));
    if (field.required) required.emplace_back(field.name);
  }
  base::Object all{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) all.emplace("required", std::move(required));
  all.emplace("additionalProperties", false);
  components[name] = std::move(all);
  return ref;
}

base::Value nullable(base::Value schema) {
  auto& object = schema.as_object();
  if (object.empty()) return schema;  // anything is allowed, null too
  auto* type = object.if_contains("type");
  if (!type || object.contains("enum"))
    return base::Object{{"anyOf", {std::move(schema), base::Object{{"type", "null"}}}}};
  if (!type->is_array()) *type = base::Array{std::move(*type)};
  type->get_array().emplace_back("null");
  return schema;
}

base::Value list_schema(base::Value elements) {
  return base::Object{{"type", "array"}, {"items", std::move(elements)}};
}

base::Value named_schema(base::Value elements) {
  return base::Object{{"type", "object"}, {"additionalProperties", std::move(elements)}};
}

base::Value enum_schema(std::span<const std::string_view> words) {
  base::Array all;
  for (const auto word : words) all.emplace_back(word);
  return base::Object{{"type", "string"}, {"enum", std::move(all)}};
}

base::Value integer_schema(base::Value least, base::Value most) {
  return base::Object{
      {"type", "integer"}, {"minimum", std::move(least)}, {"maximum", std::move(most)}};
}

base::Value type_schema(std::string_view type) { return base::Object{{"type", type}}; }

base::Value duration_schema() {
  base::Object object;
  object.emplace("type", base::Array{"string", "integer"});
  object.emplace("pattern", R"(^(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(h|ms|us|m|s))+)$)");
  object.emplace("minimum", 0);
  object.emplace("description", "A duration like 30s, 5m or 1h30m; a number is whole seconds.");
  return object;
}

base::Value time_schema() { return base::Object{{"type", "string"}, {"format", "date-time"}}; }

base::Value id_schema() {
  return base::Object{{"type", "string"}, {"pattern", "^[0-7][0-9a-hjkmnp-tv-z]{25}$"}};
}

}  // namespace json::detail
