#include "api/log_text.h"

#include <fmt/format.h>

#include <charconv>

#include "base/bytes.h"
#include "json/text.h"

namespace api {

std::string offsets_text(const LogOffsets& offsets) {
  std::string text;
  for (const auto& [name, offset] : offsets)
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ",", name, name.empty() ? "" : "=", offset);
  return text;
}

std::optional<LogOffsets> read_offsets(std::string_view text) {
  LogOffsets offsets;
  while (!text.empty()) {
    const auto item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto sign = item.find('=');
    const auto name = item.substr(0, sign == item.npos ? 0 : sign);
    const std::string number(item.substr(sign == item.npos ? 0 : sign + 1));
    std::uint64_t offset = 0;
    const auto* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, offset);
    if (read.ec != std::errc() || read.ptr != end) return {};
    offsets[std::string(name)] = offset;
  }
  return offsets;
}

std::string gap_text(std::uint64_t bytes) {
  return fmt::format("\n[fairlead: {} bytes left out]\n", bytes);
}

std::string part_text(const store::LogPart& part, bool timestamps) {
  if (!timestamps) return part.bytes;
  std::string text;
  std::size_t done = 0;
  for (const auto& time : part.times) {
    const auto start = std::size_t(time.offset - part.offset);
    text.append(part.bytes, done, start - done).append(base::format_time(time.at)) += ' ';
    done = start;
  }
  return text.append(part.bytes, done);
}

std::string part_json(std::string_view stream, const store::LogPart& part, bool timestamps) {
  base::Object out{{"stream", stream}, {"offset", part.offset}};
  if (base::is_utf8(part.bytes))
    out["text"] = part.bytes;
  else
    out["base64"] = base::base64(part.bytes);
  if (timestamps) {
    auto& times = out["times"].emplace_array();
    for (const auto& time : part.times)
      times.push_back(base::Array{time.offset, base::format_time(time.at)});
  }
  return json::print(out);
}

}  // namespace api
