#pragma once

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/box.h"
#include "base/ids.h"
#include "base/time.h"
#include "base/value.h"

namespace json {

/// Specialise it, right after the type, for what the rules of decode.h do not fit, such as unions:
///   static T decode(const base::Value&, base::Faults&, const std::string& pointer);
///   static base::Value encode(const T&);
///   static base::Value schema();
template <class T>
struct Custom;

template <class T>
concept Customized = requires { sizeof(Custom<T>); };

template <class T>
inline constexpr bool is_id = false;
template <class Noun>
inline constexpr bool is_id<base::Id<Noun>> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Like an optional.
template <class T>
inline constexpr bool is_box = false;
template <class T>
inline constexpr bool is_box<base::Box<T>> = true;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

/// What is an object with any members: `std::map<std::string, T>` and `model::Named<T>`.
template <class T>
inline constexpr bool is_named = false;
template <class T>
inline constexpr bool is_named<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_named<std::vector<std::pair<std::string, T>>> = true;

/// The type of what a box holds.
template <class T>
struct BoxedOf;
template <class T>
struct BoxedOf<base::Box<T>> {
  using type = T;
};

/// The type of what an object of this kind holds.
template <class T>
struct NamedOf;
template <class T>
struct NamedOf<std::map<std::string, T>> {
  using type = T;
};
template <class T>
struct NamedOf<std::vector<std::pair<std::string, T>>> {
  using type = T;
};

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

/// The described members of a struct, those of its bases first.
template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public |
                                                           boost::describe::mod_inherited>;

/// The words of a described enum, in order.
template <DescribedEnum E>
std::span<const std::string_view> words_of() {
  static const auto words = [] {
    std::vector<std::string_view> all;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto d) { all.emplace_back(d.name); });
    return all;
  }();
  return words;
}

/// A member's name on the wire: `depends_on` is `dependsOn`, `class_` is `class`.
std::string wire_name(std::string_view member);

/// The C++ names of the members that must be present.
template <class T>
constexpr std::span<const std::string_view> required_of() {
  if constexpr (requires { T::required_members; })
    return T::required_members;
  else
    return {};
}

/// The wire names of members that a later version will read.
template <class T>
constexpr std::span<const std::string_view> planned_of() {
  if constexpr (requires { T::planned_members; })
    return T::planned_members;
  else
    return {};
}

/// The C++ names of the boxes whose members stand at the struct's own level.
template <class T>
constexpr std::span<const std::string_view> flat_of() {
  if constexpr (requires { T::flat_members; })
    return T::flat_members;
  else
    return {};
}

constexpr bool contains(std::span<const std::string_view> names, std::string_view name) {
  for (const auto each : names)
    if (each == name) return true;
  return false;
}

/// Whether the member that D describes is one of `flat_members`.
template <class T, class D>
inline constexpr bool is_flat = contains(flat_of<T>(), D::name);
/// The type of the member that D describes.
template <class T, class D>
using MemberOf = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;

}  // namespace json
