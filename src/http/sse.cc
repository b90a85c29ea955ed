#include "http/sse.h"

#include <charconv>

#include "base/result.h"

namespace http {
namespace {

void put_one_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  for (char c : value)
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  out += '\n';
}

/// The end of the line that begins the text: the first CR or LF.
std::size_t find_break(std::string_view text) { return text.find_first_of("\r\n"); }

}  // namespace

std::string format_sse(const SseEvent& e) {
  std::string out;
  out.reserve(e.data.size() + e.id.size() + e.event.size() + 32);
  if (!e.id.empty()) put_one_line(out, "id: ", e.id);
  if (!e.event.empty()) put_one_line(out, "event: ", e.event);
  std::string_view rest = e.data;
  for (;;) {
    const auto at = find_break(rest);
    out += "data: ";
    out += rest.substr(0, at);
    out += '\n';
    if (at == std::string_view::npos) break;
    rest.remove_prefix(rest.substr(at).starts_with("\r\n") ? at + 2 : at + 1);
  }
  out += '\n';
  return out;
}

std::vector<SseEvent> SseParser::feed(std::string_view bytes) {
  std::vector<SseEvent> out;
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);  // the second half of a CRLF
    after_cr_ = false;
    const auto at = find_break(bytes);
    line_ += bytes.substr(0, at);
    if (line_.size() + data_.size() > event_bytes_max)
      throw base::Failure("an event of the stream is over 16 MiB; the server is at fault");
    if (at == std::string_view::npos) break;
    after_cr_ = bytes[at] == '\r';
    bytes.remove_prefix(at + 1);
    end_line(out);
  }
  return out;
}

void SseParser::end_line(std::vector<SseEvent>& out) {
  std::string_view line = line_;
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    if (!data_.empty()) {
      data_.pop_back();  // the LF that ends the last data line
      out.push_back({last_id_, std::move(event_), std::move(data_)});
    }
    event_.clear();
    data_.clear();
  } else if (line.front() != ':') {
    const auto colon = line.find(':');
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    field(line.substr(0, colon), value);
  }
  line_.clear();
}

void SseParser::field(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_ += value;
    data_ += '\n';
  } else if (name == "event") {
    event_ = std::string(value);
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) last_id_ = std::string(value);
  } else if (name == "retry") {
    std::uint32_t ms = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), ms);
    const bool whole = read.ptr == value.data() + value.size();
    if (!value.empty() && read.ec == std::errc() && whole)
      retry_ = base::Micros(std::int64_t(ms) * 1000);
  }
}

}  // namespace http
