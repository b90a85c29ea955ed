#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace cli {
namespace {

/// One character: its bytes and code point; `ok` is false for a byte that begins none.
struct Glyph {
  std::size_t bytes = 1;
  char32_t point = 0;
  bool ok = false;
};

bool is_tail(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

Glyph first_glyph(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  char32_t point = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_tail(text[i])) return {};
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  if (point < least[bytes] || point > 0x10ffff || surrogate) return {};
  return {bytes, point, true};
}

struct Range {
  char32_t first, last;
};
// Marks that sit on the character before them, and characters without a shape; those that steer
// the direction of text are taken out by `printable`.
constexpr Range narrowless[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                {0x610, 0x61a},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
                                {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x20d0, 0x20ff},
                                {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}};
// East Asian wide and emoji (Unicode Standard Annex 11), the blocks that matter.
constexpr Range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},  {0x23e9, 0x23ec}, {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},  {0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};
constexpr Range steering[] = {{0x0, 0x1f},      {0x7f, 0x9f},     {0x61c, 0x61c},  {0x200e, 0x200f},
                              {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};

template <std::size_t N>
bool among(char32_t point, const Range (&ranges)[N]) {
  return std::ranges::any_of(ranges, [&](Range r) { return point >= r.first && point <= r.last; });
}

std::size_t width_of(char32_t point) {
  if (point < 0x300) return 1;
  if (among(point, narrowless)) return 0;
  return among(point, wide) ? 2 : 1;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto glyph = first_glyph(text);
    if (!glyph.ok)
      out += '?';
    else if (glyph.point == '\n' || glyph.point == '\t' || glyph.point == '\r')
      out += ' ';
    else if (among(glyph.point, steering))
      out += '?';
    else
      out += text.substr(0, glyph.bytes);
    text.remove_prefix(glyph.bytes);
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto glyph = first_glyph(text);
    columns += glyph.ok ? width_of(glyph.point) : 1;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

std::string_view fitting(std::string_view text, std::size_t columns) {
  std::size_t taken = 0;
  while (taken < text.size()) {
    const auto glyph = first_glyph(text.substr(taken));
    const auto width = glyph.ok ? width_of(glyph.point) : 1;
    if (width > columns) break;
    columns -= width;
    taken += glyph.bytes;
  }
  return text.substr(0, taken);
}

std::string cut(std::string_view text, std::size_t columns, bool unicode) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  return std::string(fitting(text, columns - 1)) + (unicode ? "…" : "~");
}

std::string pad(std::string_view text, std::size_t columns) {
  const auto used = columns_of(text);
  return std::string(text) + std::string(columns > used ? columns - used : 0, ' ');
}

std::string duration_text(base::Micros d) {
  // Rounded once, so that 59.96 s is 1m00s and never 60.0s.
  const auto tenths = (std::max<std::int64_t>(d.count(), 0) + 50'000) / 100'000;
  if (tenths < 600) return fmt::format("{}.{}s", tenths / 10, tenths % 10);
  const auto seconds = tenths / 10;
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d{}h", seconds / 86'400, seconds / 3600 % 24);
}

std::string age_text(base::Micros d) {
  const auto seconds = std::max<std::int64_t>(d.count(), 0) / 1'000'000;
  const auto two = [](std::int64_t big, char unit, std::int64_t small, char small_unit) {
    return small ? fmt::format("{}{}{}{}", big, unit, small, small_unit)
                 : fmt::format("{}{}", big, unit);
  };
  const auto minutes = seconds / 60;
  const auto hours = minutes / 60;
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (hours < 2) return fmt::format("{}m", minutes);
  if (hours < 10) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return fmt::format("{}h", hours);
  if (hours < 24 * 8) return two(hours / 24, 'd', hours % 24, 'h');
  return fmt::format("{}d", hours / 24);
}

std::string pipeline_text(std::string_view name) {
  return name.empty() ? "(unnamed)" : printable(name);
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = double(bytes) / 1024;
  for (const auto* unit : {"KiB", "MiB", "GiB"}) {
    if (size < 1024) return fmt::format("{:.1f} {}", size, unit);
    size /= 1024;
  }
  return fmt::format("{:.1f} TiB", size);
}

}  // namespace cli
