#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

/// Every length of time, in whole microseconds.
using Micros = std::chrono::microseconds;
/// A moment on the wall clock (UTC), in microseconds since 1970.
using Time = std::chrono::sys_time<Micros>;

/// Tag of the monotonic clock: its moments cannot be mixed with wall-clock moments.
struct MonoTag {
  using rep = Micros::rep;
  using period = Micros::period;
  using duration = Micros;
  using time_point = std::chrono::time_point<MonoTag>;
  static constexpr bool is_steady = true;
};
/// A moment on the monotonic clock of this process.
using Mono = std::chrono::time_point<MonoTag, Micros>;

using namespace std::chrono_literals;

/// RFC 3339 in UTC with microseconds: `2026-11-21T03:25:41.000123Z`.
std::string format_time(Time);
/// Reads RFC 3339; any offset is accepted and turned to UTC.
Result<Time> parse_time(std::string_view);

/// The shortest exact form: `1h30m`, `250ms`, `0s`.
std::string format_duration(Micros);
/// Reads durations as Kubernetes and Go write them: numbers with units h, m, s, ms, us, as in
/// `1h30m` or `1.5s`. Negative or longer than 10 years is refused.
Result<Micros> parse_duration(std::string_view);

inline constexpr Time from_micros(std::int64_t us) { return Time(Micros(us)); }
inline constexpr std::int64_t to_micros(Time t) { return t.time_since_epoch().count(); }

}  // namespace base
