#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"

namespace base {

/// The text of an id: a ULID in lower case, 26 characters of Crockford base32, ordered by its time.
using IdText = std::array<char, 26>;

IdText make_ulid(Time, Rng&);
Result<IdText> parse_ulid(std::string_view);

/// A typed id: an Id<Run> is never mistaken for an Id<Agent>. Its order is the order of creation.
template <class Noun>
class Id {
 public:
  /// The empty id, which names nothing.
  Id() { text_.fill('0'); }
  static Id make(Time now, Rng& rng) { return Id(make_ulid(now, rng)); }
  static Result<Id> parse(std::string_view text) {
    auto ulid = parse_ulid(text);
    if (!ulid) return ulid.error();
    return Id(*ulid);
  }

  std::string_view text() const { return {text_.data(), text_.size()}; }
  std::string str() const { return std::string(text()); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(IdText text) : text_(text) {}
  IdText text_;
};

}  // namespace base

template <class Noun>
struct std::hash<base::Id<Noun>> {
  std::size_t operator()(const base::Id<Noun>& id) const noexcept {
    return std::hash<std::string_view>()(id.text());
  }
};
