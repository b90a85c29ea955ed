#pragma once

#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/value.h"
#include "json/decode.h"
#include "json/encode.h"

namespace config::detail {

/// How a text from a flag or a variable is read.
enum class Shape {
  text,     ///< As it stands.
  boolean,  ///< `true`, `false`, `1` or `0`.
  number,   ///< Numbers, and durations, which may be a number of seconds.
  list,     ///< `a,b`
  map,      ///< `a=1,b=2`
};

/// One member of a settings struct at `self`.
struct Field {
  std::string key;       ///< `log-format`
  std::string variable;  ///< `FAIRLEAD_LOG_FORMAT`
  std::string name;      ///< `logFormat`
  Shape shape;
  bool secret;
  void (*read)(void* self, const base::Value&, base::Faults&, const std::string& pointer);
  base::Value (*write)(const void* self);
};

Field make_field(std::string_view member, Shape, bool secret);

template <class M>
constexpr Shape shape_of() {
  if constexpr (std::is_same_v<M, bool>)
    return Shape::boolean;
  else if constexpr (std::is_arithmetic_v<M> || std::is_same_v<M, base::Micros>)
    return Shape::number;
  else if constexpr (json::is_named<M>)
    return Shape::map;
  else if constexpr (json::is_list<M>)
    return Shape::list;
  else
    return Shape::text;
}

template <class T>
constexpr std::span<const std::string_view> secrets_of() {
  if constexpr (requires { T::secret_members; })
    return T::secret_members;
  else
    return {};
}

template <class T, class D>
void read_member(void* self, const base::Value& value, base::Faults& faults,
                 const std::string& pointer) {
  auto& member = static_cast<T*>(self)->*D::pointer;
  member = json::decode<std::remove_cvref_t<decltype(member)>>(value, faults, pointer);
}

template <class T, class D>
base::Value write_member(const void* self) {
  return json::encode(static_cast<const T*>(self)->*D::pointer);
}

/// The members of a settings struct, in order.
template <class T>
const std::vector<Field>& fields_of() {
  static const auto fields = [] {
    std::vector<Field> all;
    boost::mp11::mp_for_each<json::MembersOf<T>>([&](auto d) {
      using D = decltype(d);
      using Member = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;
      auto field = make_field(d.name, shape_of<Member>(), json::contains(secrets_of<T>(), d.name));
      field.read = &read_member<T, D>;
      field.write = &write_member<T, D>;
      all.push_back(std::move(field));
    });
    return all;
  }();
  return fields;
}

}  // namespace config::detail
