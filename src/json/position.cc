#include "json/position.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/bytes.h"

namespace json {
namespace {

constexpr std::size_t word_max = 64;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

/// How many slips (a letter more, less, other, or two swapped) lie between two short words.
std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, word_max + 1>;
  Row before{}, last{}, row{};
  std::iota(last.begin(), last.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string line_column(std::string_view text, std::size_t offset) {
  const auto head = text.substr(0, offset);
  const auto lines = std::count(head.begin(), head.end(), '\n');
  const auto start = head.rfind('\n') + 1;  // npos + 1 is 0: the first line
  const auto line = head.substr(start);
  const auto chars = line.size() - std::size_t(std::count_if(line.begin(), line.end(), continues));
  return fmt::format("{}:{}", lines + 1, chars + 1);
}

std::size_t utf8_error(std::string_view text) {
  if (base::is_utf8(text)) return std::string_view::npos;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (i + length > text.size() || !base::is_utf8(text.substr(i, length))) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t most = 40;
  if (text.size() <= most) return std::string(text);
  auto end = most;
  while (end > 0 && continues(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  if (word.empty() || word.size() > word_max) return best;
  std::size_t least = std::max<std::size_t>(1, std::min<std::size_t>(3, word.size() / 3)) + 1;
  for (const auto candidate : candidates) {
    if (candidate.size() > word_max) continue;
    const auto slips = distance(word, candidate);
    if (slips < least && slips < candidate.size()) {
      least = slips;
      best = candidate;
    }
  }
  return best;
}

}  // namespace json
