#pragma once

#include <optional>

#include "core/run_machine.h"
#include "model/names.h"
#include "sql/database.h"
#include "store/store.h"

/// Small pieces that reading and writing rows share. Only for store/*.cc.
namespace store {

/// The enumerator of a word that the database holds; anything else is a broken invariant.
template <class E>
E read_enum(std::string_view word) {
  E e{};
  if (!model::read_word(word, e))
    throw core::Broken("the database holds the unknown word '" + std::string(word) + "'");
  return e;
}

inline std::optional<base::Time> read_time(const sql::Row& r, int column) {
  if (r.null(column)) return {};
  return base::from_micros(r.number(column));
}

inline std::optional<std::int64_t> micros(const std::optional<base::Time>& t) {
  if (!t) return {};
  return base::to_micros(*t);
}

/// An id that the database holds.
template <class I>
I read_id(std::string_view text) {
  auto id = I::parse(text);
  if (!id) throw core::Broken("the database holds a malformed id");
  return *id;
}

}  // namespace store
