#include "base/ids.h"

#include <algorithm>

#include "base/crockford.h"

namespace base {

IdText make_ulid(Time now, Rng& rng) {
  IdText text;
  auto ms = std::uint64_t(std::max<std::int64_t>(0, to_micros(now) / 1000));
  for (int i = 9; i >= 0; --i, ms >>= 5) text[std::size_t(i)] = crockford_digits[ms & 31];
  std::uint64_t bits = rng.next();
  for (std::size_t i = 10; i < 18; ++i, bits >>= 5) text[i] = crockford_digits[bits & 31];
  bits = rng.next();
  for (std::size_t i = 18; i < 26; ++i, bits >>= 5) text[i] = crockford_digits[bits & 31];
  return text;
}

Result<IdText> parse_ulid(std::string_view given) {
  IdText text;
  const bool good =
      given.size() == text.size() && given.front() <= '7' && std::ranges::all_of(given, [](char c) {
        return crockford_digits.find(c) != crockford_digits.npos;
      });
  if (!good)
    return not_found("no_such_id",
                     "this is not an id of ours; ids have 26 lower-case letters and digits");
  std::ranges::copy(given, text.begin());
  return text;
}

}  // namespace base
