#pragma once

#include <string>
#include <vector>

#include "http/message.h"
#include "json/decode.h"
#include "json/schema.h"

namespace api {

/// A struct of query parameters: described, with a line about each member, in their order:
///   static constexpr std::string_view notes[] = {"Only runs in this state."};
/// Members are texts, numbers, booleans, words, times or ids; other texts are refused by name.
template <class T>
concept QueryStruct = requires { T::notes; };

/// Items of a page, 1 to 500.
struct PageLimit {
  static constexpr std::int64_t max = 500;
  std::int64_t value = 50;
};

/// A query parameter as documents show it.
struct Parameter {
  std::string name;
  std::string note;
  bool required = false;
  base::Value schema;
};

namespace detail {

enum class TextKind { text, number, boolean };

/// How one parameter is read from its text.
struct QueryField {
  std::string name;
  TextKind kind;
};

/// The query as a tree that json::decode reads. Refuses what is unknown or given twice.
base::Result<base::Value> query_tree(const http::Request&, const std::vector<QueryField>&);
/// The refusal for these faults of a query.
base::Error query_error(const base::Faults&);

template <class T>
constexpr TextKind kind_of() {
  if constexpr (json::is_optional<T>)
    return kind_of<typename T::value_type>();
  else if constexpr (std::is_same_v<T, bool>)
    return TextKind::boolean;
  else if constexpr (std::is_integral_v<T> || std::is_same_v<T, PageLimit>)
    return TextKind::number;
  else
    return TextKind::text;
}

template <class T>
const std::vector<QueryField>& query_fields() {
  static const auto fields = [] {
    std::vector<QueryField> all;
    boost::mp11::mp_for_each<json::MembersOf<T>>([&](auto d) {
      using Member = std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>;
      all.push_back({json::wire_name(d.name), kind_of<Member>()});
    });
    return all;
  }();
  return fields;
}

}  // namespace detail

/// Reads the query of a request; refused with code `bad_query`.
template <QueryStruct T>
base::Result<T> read_query(const http::Request& request) {
  const auto tree = detail::query_tree(request, detail::query_fields<T>());
  if (!tree) return tree.error();
  base::Faults faults;
  auto query = json::decode<T>(*tree, faults);
  if (!faults.empty()) return detail::query_error(faults);
  return query;
}

/// Refuses every query parameter, for routes that take none.
base::Result<void> read_no_query(const http::Request&);

/// The parameters of a query struct.
template <QueryStruct T>
std::vector<Parameter> describe_query(base::Object& components) {
  static_assert(std::size(T::notes) == boost::mp11::mp_size<json::MembersOf<T>>::value);
  std::vector<Parameter> all;
  boost::mp11::mp_for_each<json::MembersOf<T>>([&](auto d) {
    using Member = std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>;
    auto schema = [&] {
      if constexpr (json::is_optional<Member>)
        return json::schema<typename Member::value_type>(components);
      else
        return json::schema<Member>(components);
    }();
    all.push_back({json::wire_name(d.name), std::string(T::notes[all.size()]),
                   json::contains(json::required_of<T>(), d.name), std::move(schema)});
  });
  return all;
}

}  // namespace api

template <>
struct json::Custom<api::PageLimit> {
  static api::PageLimit decode(const base::Value&, base::Faults&, const std::string& pointer);
  static base::Value encode(const api::PageLimit& limit) { return limit.value; }
  static base::Value schema();
};
