#include "cli/log_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"

namespace cli {
namespace {

/// A line that is longer is printed in parts, so that it cannot fill the memory.
constexpr std::size_t line_bytes_max = 1 << 20;

std::string name_text(const std::string& stream) {
  return "[" + (stream.empty() ? "main" : printable(stream)) + "] ";
}

/// The bytes from `skip` on, with its time in front of each line that has one.
std::string stamped(const LogPiece& piece, std::size_t skip) {
  std::string text;
  auto done = skip;
  for (const auto& [offset, time] : piece.times) {
    if (offset < piece.offset + done || offset >= piece.offset + piece.bytes.size()) continue;
    const auto start = std::size_t(offset - piece.offset);
    text.append(piece.bytes, done, start - done).append(time) += ' ';
    done = start;
  }
  return text.append(piece.bytes, done);
}

}  // namespace

std::string LinePrefix::feed(std::string_view piece) {
  if (prefix_.empty()) return std::string(piece);
  rest_ += piece;
  std::string lines;
  std::size_t start = 0;
  for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', start)) {
    lines.append(prefix_).append(rest_, start, end + 1 - start);
    start = end + 1;
  }
  rest_.erase(0, start);
  if (rest_.size() > line_bytes_max) lines += finish();
  return lines;
}

std::string LinePrefix::finish() {
  if (rest_.empty()) return "";
  return prefix_ + std::exchange(rest_, "") + "\n";
}

LogLines::Stream& LogLines::at(const std::string& name) {
  const auto [at, fresh] = streams_.try_emplace(name);
  auto& stream = at->second;
  if (!fresh) return stream;
  const auto prefix = prefix_ + (named_ && (several_ || !name.empty()) ? name_text(name) : "");
  stream.lines = LinePrefix(prefix);
  stream.raw = prefix.empty();
  if (whole_) stream.next = 0;
  return stream;
}

std::string LogLines::know(const std::vector<std::string>& streams) {
  if (!named_ || several_ || streams.size() < 2) return {};
  several_ = true;
  // What was printed without a name was the only one until now.
  std::string text;
  for (auto& [name, stream] : streams_) {
    text += stream.raw && stream.open ? "\n" : stream.lines.finish();
    stream.lines = LinePrefix(prefix_ + name_text(name));
    stream.raw = false;
  }
  return text;
}

std::string LogLines::print(Stream& stream, std::string text) {
  if (!text.empty()) stream.open = text.back() != '\n';
  return stream.lines.feed(text);
}

std::string LogLines::take(const LogPiece& piece) {
  auto& stream = at(piece.stream);
  const auto next = stream.next.value_or(piece.offset);
  const auto end = piece.offset + piece.bytes.size();
  std::string text;
  if (piece.offset > next) {
    const auto gap = fmt::format("[fairlead: {} bytes left out]\n", piece.offset - next);
    text = stream.raw ? "\n" + gap : stream.lines.finish() + stream.lines.feed(gap);
  }
  if (end <= next) return text;
  stream.next = end;
  return text +
         print(stream, stamped(piece, std::size_t(std::max(next, piece.offset) - piece.offset)));
}

std::string LogLines::finish() {
  std::string text;
  for (auto& [name, stream] : streams_) text += stream.lines.finish();
  return text;
}

}  // namespace cli
