#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/query.h"
#include "model/views.h"

namespace api {

/// An edge of a page: what comes after this key of the list's order, or before it.
struct Cursor {
  bool given = false;
  bool before = false;
  std::string key;
};

/// Opaque on the wire: base64url of the direction and the key.
std::string cursor_text(bool before, std::string_view key);
/// Reads what cursor_text made; "" is the start of the list. Refused with `bad_query`.
base::Result<Cursor> read_cursor(std::string_view text);
base::Error bad_cursor();

/// Makes a page of what a list gave when it was asked for one item more than `limit`: the extra
/// one, at the far end, only tells that there is more. `key_of` gives an item's key.
template <class T, class KeyOf>
model::Page<T> make_page(std::vector<T> items, const Cursor& cursor, PageLimit limit,
                         KeyOf key_of) {
  const bool more = items.size() > std::size_t(limit.value);
  if (more) items.erase(cursor.before ? items.begin() : items.end() - 1);
  model::Page<T> page{.items = std::move(items)};
  if (page.items.empty()) return page;
  // Where we came from there is at least the item that the cursor was made of.
  if (cursor.before || more) page.next = cursor_text(false, key_of(page.items.back()));
  if (cursor.before ? more : cursor.given)
    page.previous = cursor_text(true, key_of(page.items.front()));
  return page;
}

/// A page of a list that is read whole, because there are few: ordered by name.
template <class T>
model::Page<T> page_of(std::vector<T> all, const Cursor& cursor, PageLimit limit) {
  const auto reach = std::size_t(limit.value) + 1;
  if (cursor.before) {
    std::erase_if(all, [&](const T& item) { return item.name >= cursor.key; });
    if (all.size() > reach) all.erase(all.begin(), all.end() - std::ptrdiff_t(reach));
  } else {
    std::erase_if(all, [&](const T& item) { return item.name <= cursor.key; });
    if (all.size() > reach) all.resize(reach);
  }
  return make_page(std::move(all), cursor, limit, [](const T& item) { return item.name; });
}

}  // namespace api
