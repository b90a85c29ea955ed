#include "config/text.h"

#include <fmt/format.h>

#include "json/parse.h"
#include "json/text.h"

namespace config::detail {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

/// Calls `each` with every part between commas; a text without anything has no parts.
template <class Each>
void split(std::string_view text, Each each) {
  if (trimmed(text).empty()) return;
  for (;;) {
    const auto end = text.find(',');
    each(trimmed(text.substr(0, end)));
    if (end == text.npos) return;
    text.remove_prefix(end + 1);
  }
}

base::Result<base::Value> read_map(std::string_view text) {
  base::Object object;
  base::Faults faults;
  split(text, [&](std::string_view part) {
    const auto equals = part.find('=');
    if (equals == part.npos || equals == 0)
      faults.push_back({"", "write it like key=value,other=value"});
    else if (!object.emplace(trimmed(part.substr(0, equals)), trimmed(part.substr(equals + 1)))
                  .second)
      faults.push_back({"", "a key is here twice"});
  });
  if (!faults.empty()) return base::invalid("bad_settings", faults.front().message);
  return base::Value(std::move(object));
}

}  // namespace

base::Result<base::Value> read_text(std::string_view text, Shape shape) {
  if (shape == Shape::text) return base::Value(text);
  if (shape == Shape::map) return read_map(text);
  if (shape == Shape::list) {
    base::Array list;
    split(text, [&](std::string_view part) { list.emplace_back(part); });
    return base::Value(std::move(list));
  }
  text = trimmed(text);
  if (shape == Shape::boolean) {
    if (text == "true" || text == "1") return base::Value(true);
    if (text == "false" || text == "0") return base::Value(false);
    return base::invalid("bad_settings", "expected true or false");
  }
  auto number = json::parse(text);
  if (number && number->is_number()) return std::move(*number);
  return base::Value(text);  // a duration, or for decoding to refuse
}

std::string write_text(const base::Value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  std::string all;
  if (const auto* list = value.if_array()) {
    for (const auto& each : *list) all += (all.empty() ? "" : ",") + write_text(each);
    return all;
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [name, each] : *object)
      all +=
          fmt::format("{}{}={}", all.empty() ? "" : ",", std::string_view(name), write_text(each));
    return all;
  }
  return json::print(value);
}

}  // namespace config::detail
