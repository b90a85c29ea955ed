#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// The little of simdjson that this room uses. For .cc files only: no header of ours shows it. A
/// field of an unexpected type reads as if it were absent.
namespace kube::on_demand {

using simdjson::ondemand::array;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

/// Calls `each(key, value)` for every field of an object; nothing for other values.
template <class Each>
void fields(value of, Each each) {
  if (of.type() != json_type::object) return;
  for (auto field : of.get_object()) {
    const std::string_view key = field.unescaped_key();
    each(key, field.value().value());
  }
}

/// Calls `each(value)` for every element of an array; nothing for other values.
template <class Each>
void elements(value of, Each each) {
  if (of.type() != json_type::array) return;
  for (auto element : of.get_array()) each(element.value());
}

inline std::string text(value of) {
  if (of.type() != json_type::string) return "";
  return std::string(of.get_string().value());
}

inline std::optional<std::int64_t> number(value of) {
  if (of.type() != json_type::number) return std::nullopt;
  std::int64_t out = 0;
  // A fraction or a number without bounds is none of ours.
  return of.get_int64().get(out) == simdjson::SUCCESS ? std::optional(out) : std::nullopt;
}

/// The text with room behind it, as simdjson wants it.
inline simdjson::padded_string_view padded(std::string& text) {
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  return simdjson::padded_string_view(text.data(), text.size(), text.capacity());
}

/// Runs `read(root)` over the text; what is no JSON object is a base::Failure that names `what`.
template <class Read>
void over(std::string& text, std::string_view what, Read read) {
  thread_local simdjson::ondemand::parser parser;
  try {
    simdjson::ondemand::document document = parser.iterate(padded(text));
    read(document.get_value().value());
    // Its name for "nothing is left".
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
  } catch (const simdjson::simdjson_error& e) {
    throw base::Failure(std::string(what) + " cannot be read: " + e.what());
  }
}

}  // namespace kube::on_demand
