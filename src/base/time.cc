#include "base/time.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace base {
namespace {

constexpr Micros duration_max = std::chrono::hours(24) * 3653;

struct Unit {
  std::string_view name;
  std::int64_t us;
};
// Longest names first where one is a prefix of another.
constexpr Unit units[] = {
    {"ms", 1'000}, {"us", 1}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}};

Error bad_duration(std::string_view text) {
  return invalid("bad_duration",
                 fmt::format("'{}' is not a duration; write it like 30s, 5m, 1h30m or 250ms",
                             text.substr(0, 40)));
}

Error bad_time(std::string_view text) {
  return invalid("bad_time",
                 fmt::format("'{}' is not a time; write it like 2026-11-21T03:25:41Z (RFC 3339)",
                             text.substr(0, 40)));
}

/// Takes exactly `digits` digits off the front; -1 if they are not there.
int take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Takes `.123456`, any number of digits; microseconds, finer digits dropped. -1 if malformed.
std::int64_t take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t us = 0, scale = 100'000;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    us += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
    ++digits;
  }
  return digits ? us : -1;
}

/// Takes `Z`, `+01:00` or `-01:00` at the end; false if malformed.
bool take_offset(std::string_view& text, std::chrono::minutes& offset) {
  if (take(text, 'Z') || take(text, 'z')) return text.empty();
  const bool minus = !text.empty() && text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return false;
  const int h = take_digits(text, 2);
  if (!take(text, ':')) return false;
  const int m = take_digits(text, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59 || !text.empty()) return false;
  offset = std::chrono::minutes((h * 60 + m) * (minus ? -1 : 1));
  return true;
}

}  // namespace

std::string format_time(Time t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date(day);
  const hh_mm_ss clock(t - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Result<Time> parse_time(std::string_view text) {
  using namespace std::chrono;
  std::string_view rest = text;
  const int y = take_digits(rest, 4);
  if (!take(rest, '-')) return bad_time(text);
  const int mo = take_digits(rest, 2);
  if (!take(rest, '-')) return bad_time(text);
  const int d = take_digits(rest, 2);
  if (!take(rest, 'T') && !take(rest, 't')) return bad_time(text);
  const int h = take_digits(rest, 2);
  if (!take(rest, ':')) return bad_time(text);
  const int mi = take_digits(rest, 2);
  if (!take(rest, ':')) return bad_time(text);
  const int s = take_digits(rest, 2);
  const std::int64_t us = take_fraction(rest);
  minutes offset{0};
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60 ||
      us < 0 || !take_offset(rest, offset))
    return bad_time(text);
  const year_month_day date{year(y), month(unsigned(mo)), day(unsigned(d))};
  if (!date.ok()) return bad_time(text);
  return Time(sys_days(date)) + hours(h) + minutes(mi) + seconds(s) + Micros(us) - offset;
}

std::string format_duration(Micros d) {
  if (d == Micros(0)) return "0s";
  std::string text = d < Micros(0) ? "-" : "";
  std::int64_t us = std::abs(d.count());
  for (const auto& [name, size] : {Unit{"h", 3'600'000'000}, Unit{"m", 60'000'000},
                                   Unit{"s", 1'000'000}, Unit{"ms", 1'000}, Unit{"us", 1}}) {
    if (us / size) text += fmt::format("{}{}", us / size, name);
    us %= size;
  }
  return text;
}

Result<Micros> parse_duration(std::string_view text) {
  std::string_view rest = text;
  double total = 0;
  if (rest == "0") return Micros(0);
  if (rest.empty()) return bad_duration(text);
  while (!rest.empty()) {
    double number = 0;
    const auto [end, code] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (code != std::errc() || !std::isfinite(number) || number < 0 || rest.front() == '-')
      return bad_duration(text);
    rest.remove_prefix(std::size_t(end - rest.data()));
    const Unit* unit = nullptr;
    for (const auto& u : units)
      if (!unit && rest.starts_with(u.name)) unit = &u;
    if (!unit) return bad_duration(text);
    rest.remove_prefix(unit->name.size());
    total += number * double(unit->us);
    if (total > double(duration_max.count())) return bad_duration(text);
  }
  return Micros(std::int64_t(std::llround(total)));
}

}  // namespace base
