#include "json/decode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "json/position.h"
#include "json/text.h"

namespace json {

std::string Place::pointer() const {
  constexpr std::size_t name_max = 256;
  std::vector<const Place*> path;
  const Place* place = this;
  for (; place->parent_; place = place->parent_) path.push_back(place);
  std::string text(place->name_);
  for (auto each = path.rbegin(); each != path.rend(); ++each) {
    const auto& step = **each;
    if (step.index_ == no_index)
      text = pointer_join(text, step.name_.substr(0, name_max));
    else
      text += fmt::format("/{}", step.index_);
  }
  return text;
}

std::string wire_name(std::string_view member) {
  std::string name;
  bool upper = false;
  for (const char c : member) {
    if (c != '_') name += upper && c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
    upper = c == '_' && !name.empty();
  }
  return name;
}

base::Error faults_error(base::Faults faults, std::size_t dropped) {
  std::string message = "the input has a fault";
  if (!faults.empty()) {
    const auto& [pointer, first] = faults.front();
    const auto where = pointer.empty() ? "" : fmt::format("at {}: ", excerpt(pointer));
    if (faults.size() + dropped == 1)
      message = where + first;
    else if (dropped)
      message = fmt::format("{} places are at fault, of which the first {} are listed; {}{}",
                            faults.size() + dropped, faults.size(), where, first);
    else
      message = fmt::format("{} places are at fault; {}{}", faults.size(), where, first);
  }
  return base::invalid("invalid_input", std::move(message), std::move(faults));
}

namespace detail {
namespace {

std::string_view kind_of(const base::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return "null";
    case boost::json::kind::bool_: return "a boolean";
    case boost::json::kind::string: return "a string";
    case boost::json::kind::array: return "a list";
    case boost::json::kind::object: return "an object";
    default: return "a number";
  }
}

/// `remedy` is what to do about it; empty when nobody can know.
void wrong_type(const base::Value& value, std::string_view wanted, std::string_view remedy,
                FaultLog& faults, const Place& place) {
  if (remedy.empty() && value.is_null()) remedy = "leave it out or give it a value";
  faults.add(place, fmt::format("expected {}, got {}{}{}", wanted, kind_of(value),
                                remedy.empty() ? "" : "; ", remedy));
}

bool looks_like_number(const base::Value& value) {
  const auto* text = value.if_string();
  if (!text || text->empty()) return false;
  const auto rest = std::string_view(*text).substr(text->front() == '-' ? 1 : 0);
  return !rest.empty() && rest.find_first_not_of("0123456789.") == rest.npos;
}

std::string_view unquote(const base::Value& value) {
  return looks_like_number(value) ? "remove the quotes" : "";
}

/// Whether a double is a whole number small enough that it was written as one.
bool is_whole(double d) { return std::trunc(d) == d && std::abs(d) <= 9007199254740992.0; }

template <class T>
void out_of_range(T least, T most, FaultLog& faults, const Place& place) {
  faults.add(place, fmt::format("must be a whole number from {} to {}", least, most));
}

void not_whole(const base::Value& value, FaultLog& faults, const Place& place) {
  if (value.is_double())
    faults.add(place,
               fmt::format("expected a whole number, got {}", print_number(value.get_double())));
  else
    wrong_type(value, "a whole number", unquote(value), faults, place);
}

}  // namespace

void read_scalar(const base::Value& value, bool& out, FaultLog& faults, const Place& place) {
  if (const auto* given = value.if_bool()) {
    out = *given;
    return;
  }
  const auto* text = value.if_string();
  const bool quoted = text && (*text == "true" || *text == "false");
  wrong_type(value, "true or false", quoted ? "remove the quotes" : "", faults, place);
}

void read_scalar(const base::Value& value, double& out, FaultLog& faults, const Place& place) {
  if (value.is_number())
    out = value.to_number<double>();
  else
    wrong_type(value, "a number", unquote(value), faults, place);
}

void read_scalar(const base::Value& value, std::string& out, FaultLog& faults, const Place& place) {
  if (const auto* text = value.if_string()) {
    out.assign(text->data(), text->size());
    return;
  }
  const bool written = value.is_bool() || value.is_number();
  // Whoever wrote `no` or `on` in YAML does not know that it is a boolean there.
  wrong_type(value, "a string",
             value.is_bool() ? "put it in quotes (YAML reads yes, no, on and off as booleans)"
             : written       ? "put it in quotes"
                             : "",
             faults, place);
}

void read_scalar(const base::Value& value, base::Value& out, FaultLog&, const Place&) {
  out = value;
}

void read_scalar(const base::Value& value, base::Micros& out, FaultLog& faults,
                 const Place& place) {
  constexpr std::int64_t years_10 = std::int64_t(3653) * 24 * 3600;
  if (value.is_int64() || value.is_uint64()) {
    const auto seconds = read_signed(value, 0, years_10, faults, place);
    out = std::chrono::seconds(seconds);
    return;
  }
  const auto* text = value.if_string();
  if (!text) return wrong_type(value, "a duration like 30s or 5m", "", faults, place);
  const auto duration = base::parse_duration(std::string_view(*text));
  if (duration)
    out = *duration;
  else
    faults.add(place, duration.error().message);
}

void read_scalar(const base::Value& value, base::Time& out, FaultLog& faults, const Place& place) {
  const auto* text = value.if_string();
  if (!text) return wrong_type(value, "a time like 2026-11-21T03:25:41Z", "", faults, place);
  const auto time = base::parse_time(std::string_view(*text));
  if (time)
    out = *time;
  else
    faults.add(place, time.error().message);
}

std::int64_t read_signed(const base::Value& value, std::int64_t least, std::int64_t most,
                         FaultLog& faults, const Place& place) {
  std::int64_t given = 0;
  if (const auto* number = value.if_int64())
    given = *number;
  else if (const auto* real = value.if_double(); real && is_whole(*real))
    given = std::int64_t(*real);
  else if (value.is_uint64() && value.get_uint64() <= std::uint64_t(most))
    return std::int64_t(value.get_uint64());
  else if (value.is_uint64())
    return out_of_range(least, most, faults, place), 0;
  else
    return not_whole(value, faults, place), 0;
  if (given < least || given > most) return out_of_range(least, most, faults, place), 0;
  return given;
}

std::uint64_t read_unsigned(const base::Value& value, std::uint64_t most, FaultLog& faults,
                            const Place& place) {
  std::uint64_t given = 0;
  bool negative = false;
  if (value.is_int64()) {
    negative = value.get_int64() < 0;
    given = std::uint64_t(value.get_int64());
  } else if (value.is_uint64()) {
    given = value.get_uint64();
  } else if (const auto* real = value.if_double(); real && is_whole(*real)) {
    negative = *real < 0;
    given = negative ? 0 : std::uint64_t(*real);
  } else {
    return not_whole(value, faults, place), 0;
  }
  if (!negative && given <= most) return given;
  return out_of_range<std::uint64_t>(0, most, faults, place), 0;
}

std::size_t read_choice(const base::Value& value, std::span<const std::string_view> words,
                        FaultLog& faults, const Place& place) {
  const auto* text = read_text(value, faults, place);
  if (!text) return words.size();
  const std::string_view given(*text);
  const auto found = std::ranges::find(words, given);
  if (found == words.end() && faults.full()) {
    faults.add(place, "");
  } else if (found == words.end()) {
    const auto meant = nearest(given, words);
    faults.add(place, meant.empty() ? fmt::format("'{}' is not one of: {}", excerpt(given),
                                                  fmt::join(words, ", "))
                                    : fmt::format("'{}' is not one of: {}; did you mean '{}'?",
                                                  excerpt(given), fmt::join(words, ", "), meant));
  }
  return std::size_t(found - words.begin());
}

const boost::json::string* read_text(const base::Value& value, FaultLog& faults,
                                     const Place& place) {
  const auto* text = value.if_string();
  const bool written = value.is_bool() || value.is_number();
  if (!text) wrong_type(value, "a string", written ? "put it in quotes" : "", faults, place);
  return text;
}

const base::Array* read_list(const base::Value& value, FaultLog& faults, const Place& place) {
  if (!value.is_array()) wrong_type(value, "a list", "", faults, place);
  return value.if_array();
}

const base::Object* read_object(const base::Value& value, FaultLog& faults, const Place& place) {
  if (!value.is_object()) wrong_type(value, "an object", "", faults, place);
  return value.if_object();
}

}  // namespace detail
}  // namespace json
