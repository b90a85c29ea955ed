#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/value.h"
#include "json/decode.h"

namespace cli {

namespace detail {

/// Takes out what T does not have: a newer server may say more than this program knows.
template <class T>
void prune(base::Value& value);

template <class T>
void prune_struct(base::Object& object) {
  std::vector<std::string> unknown;
  for (const auto& [name, member] : object) unknown.emplace_back(name);
  boost::mp11::mp_for_each<json::MembersOf<T>>([&](auto d) {
    using Member = std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>;
    const auto name = json::wire_name(d.name);
    std::erase(unknown, name);
    if (auto* member = object.if_contains(name)) prune<Member>(*member);
  });
  for (const auto& name : unknown) object.erase(name);
}

template <class T>
void prune(base::Value& value) {
  if constexpr (json::is_optional<T>) {
    prune<typename T::value_type>(value);
  } else if constexpr (json::is_named<T>) {
    if (auto* object = value.if_object())
      for (auto& member : *object) prune<typename json::NamedOf<T>::type>(member.value());
  } else if constexpr (json::is_list<T>) {
    if (auto* list = value.if_array())
      for (auto& each : *list) prune<typename T::value_type>(each);
  } else if constexpr (json::DescribedStruct<T>) {
    if (auto* object = value.if_object()) prune_struct<T>(*object);
  }
}

}  // namespace detail

/// Decodes what a server answered; members that T does not have are left out. Code `bad_answer`
/// when it does not fit.
template <class T>
base::Result<T> read_answer(base::Value value) {
  detail::prune<T>(value);
  auto read = json::decode_all<T>(value);
  if (read) return read;
  return base::invalid("bad_answer",
                       "the server's answer does not fit this program (is it another "
                       "version?): " +
                           read.error().message);
}

}  // namespace cli
