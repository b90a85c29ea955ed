#include <fmt/format.h>

#include <algorithm>

#include "json/decode.h"
#include "json/position.h"

namespace json::detail {
namespace {

void unknown_member(std::string_view name, const ReadShape& shape, FaultLog& faults,
                    const Place& place) {
  if (faults.full()) return faults.add(place, "");  // only counted: do not look for the nearest
  if (contains(shape.planned, name))
    return faults.add(place, fmt::format("'{}' is not supported yet", name));
  std::vector<std::string_view> names;
  for (const auto& field : shape.fields) names.emplace_back(field.name);
  const auto meant = nearest(name, names);
  faults.add(place, meant.empty() ? fmt::format("unknown field '{}'", excerpt(name))
                                  : fmt::format("unknown field '{}'; did you mean '{}'?",
                                                excerpt(name), meant));
}

}  // namespace

void read_struct(const base::Value& value, void* self, const ReadShape& shape, FaultLog& faults,
                 const Place& place) {
  const auto* object = read_object(value, faults, place);
  if (!object) return;
  for (const auto& member : *object) {
    const std::string_view name(member.key());
    const Place at(&place, name);
    const auto field = std::ranges::find(shape.fields, name, &ReadField::name);
    if (field != shape.fields.end())
      field->read(member.value(), self, faults, at);
    else if (!faults.passes_unknown())
      unknown_member(name, shape, faults, at);
  }
  for (const auto& field : shape.fields)
    if (field.required && !object->contains(field.name))
      faults.add(place, fmt::format("'{}' is missing", field.name));
}

}  // namespace json::detail
