#include "api/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/problems.h"
#include "json/position.h"

namespace api {
namespace detail {
namespace {

template <class N>
std::optional<N> read_number(std::string_view text) {
  N number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return {};
  return number;
}

base::Value number_or_text(std::string_view text) {
  if (const auto number = read_number<std::int64_t>(text)) return *number;
  if (const auto large = read_number<std::uint64_t>(text)) return *large;
  return base::Value(text);
}

/// The value of a text; one that does not read stays a text, which decoding refuses by its type.
base::Value value_of(TextKind kind, std::string_view text) {
  if (kind == TextKind::number) return number_or_text(text);
  if (kind == TextKind::boolean && (text == "true" || text == "false")) return text == "true";
  return base::Value(text);
}

base::Error unknown(std::string_view name, const std::vector<QueryField>& fields) {
  std::vector<std::string_view> names;
  for (const auto& field : fields) names.emplace_back(field.name);
  const auto meant = json::nearest(name, names);
  if (!meant.empty())
    return bad_query(fmt::format("unknown query parameter '{}'; did you mean '{}'?",
                                 json::excerpt(name), meant));
  if (names.empty())
    return bad_query(
        fmt::format("unknown query parameter '{}': this takes none", json::excerpt(name)));
  return bad_query(fmt::format("unknown query parameter '{}': this takes {}", json::excerpt(name),
                               fmt::join(names, ", ")));
}

}  // namespace

base::Result<base::Value> query_tree(const http::Request& request,
                                     const std::vector<QueryField>& fields) {
  base::Object tree;
  for (const auto& [name, text] : request.query) {
    const auto field = std::ranges::find(fields, name, &QueryField::name);
    if (field == fields.end()) return unknown(name, fields);
    if (!tree.emplace(name, value_of(field->kind, text)).second)
      return bad_query(fmt::format("the query parameter '{}' is given twice", name));
  }
  return tree;
}

base::Error query_error(const base::Faults& faults) {
  std::string message;
  for (const auto& [pointer, text] : faults) {
    if (!message.empty()) message += "; ";
    message += pointer.empty() ? text : fmt::format("'{}': {}", pointer.substr(1), text);
  }
  return bad_query(std::move(message));
}

}  // namespace detail

base::Result<void> read_no_query(const http::Request& request) {
  const auto tree = detail::query_tree(request, {});
  if (!tree) return tree.error();
  return {};
}

}  // namespace api

api::PageLimit json::Custom<api::PageLimit>::decode(const base::Value& value, base::Faults& faults,
                                                    const std::string& pointer) {
  const auto* number = value.if_int64();
  if (!number || *number < 1 || *number > api::PageLimit::max)
    faults.push_back({pointer, fmt::format("expected a number from 1 to {}", api::PageLimit::max)});
  return {number ? *number : 1};
}

base::Value json::Custom<api::PageLimit>::schema() {
  return {{"type", "integer"}, {"minimum", 1}, {"maximum", api::PageLimit::max}, {"default", 50}};
}
