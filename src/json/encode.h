#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/value.h"
#include "json/traits.h"

namespace json {

/// The tree that decode<T> reads back. Left out are empty optionals, and members that are an empty
/// text, list or object, unless they are required or are not empty by default.
template <class T>
base::Value encode(const T&);

namespace detail {

/// How one member of the struct at `self` is written.
struct WriteField {
  std::string name;
  bool omit_empty;  ///< Leave it out when it is an empty text, list or object.
  bool omit_null;
  base::Value (*write)(const void* self);
};

base::Value write_struct(const void* self, const std::vector<WriteField>&);
base::Value write_scalar(base::Micros);
base::Value write_scalar(base::Time);
bool is_empty(const base::Value&);

template <class T, class D>
base::Value write_member(const void* self) {
  return encode(static_cast<const T*>(self)->*D::pointer);
}

/// Writes what D describes out of the box that B describes; null when that is empty.
template <class T, class B, class D>
base::Value write_flat(const void* self) {
  const auto& box = static_cast<const T*>(self)->*B::pointer;
  return box ? encode((*box).*D::pointer) : base::Value();
}

template <class T, class D>
WriteField write_field(const T& initial, base::Value (*write)(const void*)) {
  using Member = MemberOf<T, D>;
  constexpr bool open = is_optional<Member> || is_box<Member>;  // of these only null means absent
  constexpr bool any = std::is_same_v<Member, base::Value>;
  const bool required = contains(required_of<T>(), D::name);
  return {wire_name(D::name), !open && !any && !required && is_empty(encode(initial.*D::pointer)),
          open || (any && !required), write};
}

template <class T, class D>
void add_field(std::vector<WriteField>& fields, const T& initial) {
  if constexpr (is_flat<T, D>) {
    using Inner = typename BoxedOf<MemberOf<T, D>>::type;
    const Inner inner{};
    boost::mp11::mp_for_each<MembersOf<Inner>>([&](auto d) {
      fields.push_back(write_field<Inner, decltype(d)>(inner, &write_flat<T, D, decltype(d)>));
      fields.back().omit_null = true;
    });
  } else {
    fields.push_back(write_field<T, D>(initial, &write_member<T, D>));
  }
}

template <class T>
const std::vector<WriteField>& write_fields() {
  static const auto fields = [] {
    std::vector<WriteField> all;
    const T initial{};
    boost::mp11::mp_for_each<MembersOf<T>>(
        [&](auto d) { add_field<T, decltype(d)>(all, initial); });
    return all;
  }();
  return fields;
}

template <class T>
base::Value write_list(const T& list) {
  base::Array array;
  array.reserve(list.size());
  for (const auto& element : list) array.push_back(encode(element));
  return array;
}

template <class T>
base::Value write_named(const T& named) {
  base::Object object;
  object.reserve(named.size());
  for (const auto& [name, element] : named) object.insert_or_assign(name, encode(element));
  return object;
}

template <class E>
base::Value write_enum(E value) {
  std::string_view word;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value) word = d.name;
  });
  return base::Value(word);
}

}  // namespace detail

template <class T>
base::Value encode(const T& value) {
  if constexpr (Customized<T>) {
    return Custom<T>::encode(value);
  } else if constexpr (is_optional<T>) {
    return value ? encode(*value) : base::Value();
  } else if constexpr (is_box<T>) {
    return value ? encode(*value) : base::Value();
  } else if constexpr (is_named<T>) {
    return detail::write_named(value);
  } else if constexpr (is_list<T>) {
    return detail::write_list(value);
  } else if constexpr (is_id<T>) {
    return base::Value(value.text());
  } else if constexpr (DescribedEnum<T>) {
    return detail::write_enum(value);
  } else if constexpr (DescribedStruct<T>) {
    return detail::write_struct(&value, detail::write_fields<T>());
  } else if constexpr (std::is_same_v<T, base::Micros> || std::is_same_v<T, base::Time>) {
    return detail::write_scalar(value);
  } else {
    return base::Value(value);
  }
}

}  // namespace json
