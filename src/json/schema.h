#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "json/traits.h"

namespace json {

/// JSON Schema 2020-12 (as in OpenAPI 3.1) of what decode<T> accepts. A described struct becomes
/// {"$ref": "#/components/schemas/Name"} and is added to `components`. Two structs of one name
/// would clash: one of them says `static constexpr std::string_view schema_name`.
template <class T>
base::Value schema(base::Object& components);

namespace detail {

/// How one member of a struct is described.
struct SchemaField {
  std::string name;
  bool required;
  base::Value (*schema)(base::Object& components);
};

/// `model::Named<model::Run>` is `NamedRun`.
std::string short_name(std::string_view type_name);
base::Value struct_schema(std::string_view name, const std::vector<SchemaField>&,
                          base::Object& components);
base::Value nullable(base::Value);
base::Value list_schema(base::Value elements);
base::Value named_schema(base::Value elements);
base::Value enum_schema(std::span<const std::string_view> words);
base::Value integer_schema(base::Value least, base::Value most);
/// Of one JSON type, "string".
base::Value type_schema(std::string_view type);
base::Value duration_schema();
base::Value time_schema();
base::Value id_schema();

/// The compiler's spelling of a type.
template <class T>
std::string_view type_name() {
  const std::string_view all = __PRETTY_FUNCTION__;
  const auto start = all.find("T = ") + 4;
  return all.substr(start, all.find_first_of(";]", start) - start);
}

template <class T>
std::string component_name() {
  if constexpr (requires { T::schema_name; })
    return std::string(T::schema_name);
  else
    return short_name(type_name<T>());
}

template <class T>
void add_fields(std::vector<SchemaField>& all) {
  boost::mp11::mp_for_each<MembersOf<T>>([&]<class D>(D) {
    using Member = MemberOf<T, D>;
    if constexpr (is_flat<T, D>)
      add_fields<typename BoxedOf<Member>::type>(all);
    else
      all.push_back(
          {wire_name(D::name), contains(required_of<T>(), D::name), &json::schema<Member>});
  });
}

template <class T>
base::Value describe_struct(base::Object& components) {
  static const auto fields = [] {
    std::vector<SchemaField> all;
    add_fields<T>(all);
    return all;
  }();
  return struct_schema(component_name<T>(), fields, components);
}

template <class T>
base::Value scalar_schema() {
  if constexpr (std::is_same_v<T, base::Micros>)
    return duration_schema();
  else if constexpr (std::is_same_v<T, base::Time>)
    return time_schema();
  else if constexpr (std::is_same_v<T, bool>)
    return type_schema("boolean");
  else if constexpr (std::is_same_v<T, double>)
    return type_schema("number");
  else if constexpr (std::is_integral_v<T>)
    return integer_schema(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  else if constexpr (std::is_same_v<T, std::string>)
    return type_schema("string");
  else {
    static_assert(std::is_same_v<T, base::Value>, "describe this type or specialise json::Custom");
    return base::Object();
  }
}

}  // namespace detail

template <class T>
base::Value schema(base::Object& components) {
  if constexpr (Customized<T>)
    return Custom<T>::schema();
  else if constexpr (is_optional<T>)
    return detail::nullable(schema<typename T::value_type>(components));
  else if constexpr (is_box<T>)
    return detail::nullable(schema<typename BoxedOf<T>::type>(components));
  else if constexpr (is_named<T>)
    return detail::named_schema(schema<typename NamedOf<T>::type>(components));
  else if constexpr (is_list<T>)
    return detail::list_schema(schema<typename T::value_type>(components));
  else if constexpr (is_id<T>)
    return detail::id_schema();
  else if constexpr (DescribedEnum<T>)
    return detail::enum_schema(words_of<T>());
  else if constexpr (DescribedStruct<T>)
    return detail::describe_struct<T>(components);
  else
    return detail::scalar_schema<T>();
}

}  // namespace json
