#include "config/field.h"

namespace config::detail {

Field make_field(std::string_view member, Shape shape, bool secret) {
  Field field{{}, "FAIRLEAD_", json::wire_name(member), shape, secret, nullptr, nullptr};
  while (member.ends_with('_')) member.remove_suffix(1);
  for (const char c : member) {
    field.key += c == '_' ? '-' : c;
    field.variable += c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  }
  return field;
}

}  // namespace config::detail
