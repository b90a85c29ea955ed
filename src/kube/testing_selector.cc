#include "kube/testing_selector.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "kube/file.h"

namespace kube::testing {
namespace {

/// The parts between commas; those in parentheses do not count.
std::vector<std::string_view> terms_of(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    if (const auto term = trimmed(text.substr(begin, i - begin)); !term.empty())
      out.push_back(term);
    begin = i + 1;
  }
  return out;
}

std::optional<std::string_view> label_of(const base::Value& object, std::string_view key) {
  boost::system::error_code none;
  const auto* labels = object.find_pointer("/metadata/labels", none);
  const auto* value =
      labels && labels->is_object() ? labels->get_object().if_contains(key) : nullptr;
  return value && value->is_string() ? std::optional<std::string_view>(value->get_string())
                                     : std::nullopt;
}

/// `key in (a, b)`: whether the value is one of them.
bool is_one_of(std::optional<std::string_view> value, std::string_view list) {
  const auto open = list.find('('), close = list.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return false;
  const auto words = terms_of(list.substr(open + 1, close - open - 1));
  return value && std::ranges::find(words, *value) != words.end();
}

template <class Find>
bool satisfies(std::string_view term, Find find) {
  if (const auto at = term.find("!="); at != std::string_view::npos)
    return find(trimmed(term.substr(0, at))).value_or("") != trimmed(term.substr(at + 2));
  if (const auto at = term.find('='); at != std::string_view::npos) {
    const auto value = find(trimmed(term.substr(0, at)));
    return value && *value == trimmed(term.substr(term.find_last_of('=') + 1));
  }
  if (const auto at = term.find(" notin "); at != std::string_view::npos)
    return !is_one_of(find(trimmed(term.substr(0, at))), term.substr(at));
  if (const auto at = term.find(" in "); at != std::string_view::npos)
    return is_one_of(find(trimmed(term.substr(0, at))), term.substr(at));
  if (term.starts_with('!')) return !find(trimmed(term.substr(1))).has_value();
  return find(term).has_value();
}

}  // namespace

bool matches_labels(const base::Value& object, std::string_view selector) {
  return std::ranges::all_of(terms_of(selector), [&](std::string_view term) {
    return satisfies(term, [&](std::string_view key) { return label_of(object, key); });
  });
}

bool matches_fields(const base::Value& object, std::string_view selector) {
  return std::ranges::all_of(terms_of(selector), [&](std::string_view term) {
    return satisfies(term, [&](std::string_view path) {
      auto pointer = "/" + std::string(path);
      std::ranges::replace(pointer, '.', '/');
      return std::optional(text_at(object, pointer));
    });
  });
}

std::string_view text_at(const base::Value& object, std::string_view pointer) {
  boost::system::error_code none;
  const auto* value = object.find_pointer(pointer, none);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

}  // namespace kube::testing
