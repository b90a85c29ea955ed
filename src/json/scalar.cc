#include "json/scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include "json/position.h"

namespace json {
namespace {

constexpr std::string_view nulls[] = {"", "~", "null", "Null", "NULL"};
constexpr std::string_view trues[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                      "True", "TRUE", "on",  "On",  "ON"};
constexpr std::string_view falses[] = {"n",     "N",     "no",  "No",  "NO", "false",
                                       "False", "FALSE", "off", "Off", "OFF"};
constexpr std::string_view infinities[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                           "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};

template <std::size_t n>
bool among(const std::string_view (&words)[n], std::string_view text) {
  return std::ranges::find(words, text) != std::end(words);
}

bool digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the prefix of a base off the front, as Go does: 0x, 0o, 0b, and 0 alone for octal.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits.front() != '0') return 10;
  const char letter = char(digits[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  digits.remove_prefix(base ? 2 : 1);
  return base ? base : 8;
}

std::optional<base::Value> read_integer(std::string_view text) {
  const bool minus = text.front() == '-';
  if (minus || text.front() == '+') text.remove_prefix(1);
  const int base = take_base(text);
  std::uint64_t size = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  constexpr std::uint64_t least = std::uint64_t(1) << 63;
  if (minus && size > least) return std::nullopt;
  if (minus) return base::Value(std::int64_t(0 - size));
  if (size < least) return base::Value(std::int64_t(size));
  return base::Value(size);
}

/// go-yaml's `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
bool is_float(std::string_view text) {
  const auto take_digits = [&] {
    const auto n = std::size_t(std::ranges::find_if_not(text, digit) - text.begin());
    text.remove_prefix(n);
    return n > 0;
  };
  const auto take = [&](std::string_view any) {
    if (text.empty() || any.find(text.front()) == any.npos) return false;
    text.remove_prefix(1);
    return true;
  };
  take("+-");
  const bool before = take_digits();
  const bool after = take(".") && take_digits();
  if (!before && !after) return false;
  if (!take("eE")) return text.empty();
  take("+-");
  return take_digits() && text.empty();
}

}  // namespace

base::Result<base::Value> resolve_plain(std::string_view text) {
  if (among(nulls, text)) return base::Value();
  if (among(trues, text)) return base::Value(true);
  if (among(falses, text)) return base::Value(false);
  if (among(infinities, text))
    return base::invalid("bad_yaml", fmt::format("{} is not a number that JSON knows; "
                                                 "put it in quotes if it is a string",
                                                 text));
  if (!digit(text.front()) && std::string_view("+-.").find(text.front()) == text.npos)
    return base::Value(text);
  std::string plain(text);
  std::erase(plain, '_');
  if (auto integer = read_integer(plain)) return *integer;
  if (!is_float(plain)) return base::Value(text);
  // strtod is exact, and unlike from_chars it tells what is too small from what is too big.
  const double number = std::strtod(plain.c_str(), nullptr);
  if (!std::isfinite(number))
    return base::invalid("bad_yaml", fmt::format("the number {} is too big; put it in quotes "
                                                 "if it is a string",
                                                 excerpt(text)));
  return base::Value(number);
}

}  // namespace json
