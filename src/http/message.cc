#include "http/message.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace http {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 7> verbs = {{
    {"GET", Verb::get},
    {"HEAD", Verb::head},
    {"POST", Verb::post},
    {"PUT", Verb::put},
    {"PATCH", Verb::patch},
    {"DELETE", Verb::delete_},
    {"OPTIONS", Verb::options},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

bool is_text(std::string_view s) {
  return s.find('\0') == std::string_view::npos && base::is_utf8(s);
}

/// Calls `each` with the parts of `text` between separators, an empty text being one empty part.
template <class Each>
bool split(std::string_view text, char separator, Each each) {
  for (;;) {
    const auto at = text.find(separator);
    if (!each(text.substr(0, at))) return false;
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at + 1);
  }
}

bool split_path(Request& request) {
  if (request.path == "/") return true;
  return split(std::string_view(request.path).substr(1), '/', [&](std::string_view part) {
    auto segment = percent_decode(part);
    if (!segment || !is_text(*segment)) return false;
    request.segments.push_back(std::move(*segment));
    return true;
  });
}

bool split_query(Request& request, std::string_view text) {
  return split(text, '&', [&](std::string_view part) {
    if (part.empty()) return true;
    const auto equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
    if (!name || !value || !is_text(*name) || !is_text(*value)) return false;
    request.query.emplace_back(std::move(*name), std::move(*value));
    return true;
  });
}

}  // namespace

Verb parse_verb(std::string_view text) {
  for (const auto& [name, verb] : verbs)
    if (name == text) return verb;
  return Verb::other;
}

std::string_view to_string(Verb verb) {
  for (const auto& [name, v] : verbs)
    if (v == verb) return name;
  return "OTHER";
}

bool equal_no_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const auto& header : list_)
    if (equal_no_case(header.name, name)) return &header.value;
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const auto* value = find(name);
  return value ? std::string_view(*value) : std::string_view();
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  list_.push_back({std::string(name), std::move(value)});
}

void Headers::add(std::string_view name, std::string_view value) {
  list_.push_back({std::string(name), std::string(value)});
}

void Headers::remove(std::string_view name) {
  std::erase_if(list_, [&](const Header& h) { return equal_no_case(h.name, name); });
}

std::optional<std::string_view> Request::param(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

Response respond(int status, std::string_view content_type, std::string body) {
  Response out;
  out.status = status;
  out.headers.add("Content-Type", content_type);
  out.body = std::move(body);
  return out;
}

base::Result<void> split_target(Request& request) {
  const std::string_view target = request.target;
  if (target == "*" && request.verb == Verb::options) {
    request.path = "*";
    return {};
  }
  if (!target.starts_with('/'))
    return base::invalid("bad_target", "The request target does not begin with \"/\".");
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (!split_path(request))
    return base::invalid("bad_target", "The path has a bad percent escape or is not UTF-8.");
  if (question != std::string_view::npos && !split_query(request, target.substr(question + 1)))
    return base::invalid("bad_query", "The query has a bad percent escape or is not UTF-8.");
  return {};
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit(text[i + 1]), low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += char(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace http
