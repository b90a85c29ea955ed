#include "api/paging.h"

#include <algorithm>

#include "api/problems.h"
#include "base/bytes.h"

namespace api {
namespace {

std::optional<std::string> from_base64url(std::string text) {
  if (text.find_first_of("+/=") != text.npos) return {};
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return base::unbase64(text);
}

}  // namespace

std::string cursor_text(bool before, std::string_view key) {
  return base::base64url((before ? "p" : "n") + std::string(key));
}

base::Result<Cursor> read_cursor(std::string_view text) {
  if (text.empty()) return Cursor{};
  const auto bytes = from_base64url(std::string(text));
  if (!bytes || bytes->size() < 2 || !base::is_utf8(*bytes) ||
      (bytes->front() != 'p' && bytes->front() != 'n'))
    return bad_cursor();
  return Cursor{true, bytes->front() == 'p', bytes->substr(1)};
}

base::Error bad_cursor() {
  return bad_query("'cursor': not one that this list gave as 'next' or 'previous'");
}

}  // namespace api
