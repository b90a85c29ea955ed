#include "json/encode.h"

namespace json::detail {

base::Value write_struct(const void* self, const std::vector<WriteField>& fields) {
  base::Object object;
  object.reserve(fields.size());
  for (const auto& field : fields) {
    auto value = field.write(self);
    const bool omit = (field.omit_null && value.is_null()) || (field.omit_empty && is_empty(value));
    if (!omit) object.emplace(field.name, std::move(value));
  }
  return object;
}

base::Value write_scalar(base::Micros value) { return base::Value(base::format_duration(value)); }
base::Value write_scalar(base::Time value) { return base::Value(base::format_time(value)); }

bool is_empty(const base::Value& value) {
  if (const auto* text = value.if_string()) return text->empty();
  if (const auto* list = value.if_array()) return list->empty();
  const auto* object = value.if_object();
  return object && object->empty();
}

}  // namespace json::detail
