#include <algorithm>

#include "base/bytes.h"
#include "base/result.h"
#include "json/parse.h"
#include "json/position.h"
#include "json/scalar.h"
#include "json/text.h"

namespace json {
namespace {

bool letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether every reader takes the text, written without quotes, for this very string. It says no
/// to a lot that would be fine: sexagesimals, dates and indicators differ between readers.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 1000 || text.back() == ' ' || text.back() == ':') return false;
  const bool number = text.front() >= '0' && text.front() <= '9';
  if (!letter_or_digit(text.front()) && text.front() != '/' && text.front() != '_') return false;
  const std::string_view marks = number ? "." : "_-./+@=,(): ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!letter_or_digit(text[i]) && marks.find(text[i]) == marks.npos) return false;
    if (text[i] == ':' && text[i + 1] == ' ') return false;
  }
  const auto meaning = resolve_plain(text);
  return meaning && meaning->is_string();
}

/// Whether a character must be escaped: line breaks of YAML and what is not printable there.
bool needs_escape(std::uint32_t c) {
  return (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe ||
         c == 0xffff;
}

/// The character at the front of valid UTF-8, and its length.
std::pair<std::uint32_t, std::size_t> first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::uint32_t c = length == 1 ? lead : lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) c = (c << 6) | (text[i] & 0x3fu);
  return {c, length};
}

bool has_unprintable(std::string_view text) {
  while (!text.empty()) {
    const auto [c, length] = first_character(text);
    if (needs_escape(c) || (c < 0x20 && c != '\n' && c != '\t')) return true;
    text.remove_prefix(length);
  }
  return false;
}

/// Whether `|` can hold the text: several lines, the first of which shows the indentation.
bool is_literal(std::string_view text) {
  const auto line = text.find('\n');
  return line != text.npos && line > 0 && text.front() != ' ' && text.front() != '\t' &&
         base::is_utf8(text) && !has_unprintable(text);
}

void append_double_quoted(std::string& out, std::string_view text) {
  std::string quoted;
  append_quoted(quoted, text);
  for (std::string_view rest = quoted; !rest.empty();) {
    const auto [c, length] = first_character(rest);
    if (needs_escape(c)) {
      constexpr std::string_view hex = "0123456789abcdef";
      out += {'\\', 'u', hex[c >> 12], hex[(c >> 8) & 15], hex[(c >> 4) & 15], hex[c & 15]};
    } else {
      out += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
}

class Writer {
 public:
  std::string print(const base::Value& value) {
    nested_ = true;
    write(value, 0);
    return std::move(out_);
  }

 private:
  /// Writes a value after its key or dash, or at the very start, and ends the line.
  void write(const base::Value& value, std::size_t depth) {
    if (depth > depth_max) throw base::Failure("a tree is nested too deep to be printed");
    const auto* object = value.if_object();
    const auto* array = value.if_array();
    const auto* text = value.if_string();
    if (object && !object->empty()) return write_object(*object, depth);
    if (array && !array->empty()) return write_array(*array, depth);
    if (!nested_) out_ += ' ';
    nested_ = false;
    if (text)
      write_text(*text, depth);
    else
      out_ += object ? "{}" : array ? "[]" : json::print(value);
    out_ += '\n';
  }

  void write_object(const base::Object& object, std::size_t depth) {
    for (const auto& [name, value] : object) {
      start_item(depth);
      write_key(name, depth);
      write(value, depth + 1);
    }
  }

  void write_array(const base::Array& array, std::size_t depth) {
    for (const auto& value : array) {
      start_item(depth);
      out_ += '-';
      // The first member or element of a container goes on the line of the dash.
      const bool container = value.is_object() ? !value.get_object().empty()
                                               : value.is_array() && !value.get_array().empty();
      if (container) {
        out_ += ' ';
        nested_ = true;
      }
      write(value, depth + 1);
    }
  }

  /// Before a key or a dash: a fresh line unless a dash has just been written.
  void start_item(std::size_t depth) {
    if (nested_) {
      nested_ = false;
      return;
    }
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
    out_.append(2 * depth, ' ');
  }

  void write_key(std::string_view name, std::size_t depth) {
    // YAML looks no further than 1024 characters for the colon of a key.
    const bool wide = name.size() > 150;
    if (wide) out_ += "? ";
    if (is_plain(name))
      out_ += name;
    else
      append_double_quoted(out_, name);
    if (wide) out_.append("\n").append(2 * depth, ' ');
    out_ += ':';
  }

  void write_text(std::string_view text, std::size_t depth) {
    if (is_plain(text)) {
      out_ += text;
    } else if (is_literal(text)) {
      write_literal(text, std::max<std::size_t>(depth, 1));
    } else {
      append_double_quoted(out_, text);
    }
  }

  void write_literal(std::string_view text, std::size_t depth) {
    const bool ended = text.ends_with('\n');
    const bool more = text.ends_with("\n\n");
    out_ += more ? "|+" : ended ? "|" : "|-";
    if (ended) text.remove_suffix(1);
    for (;;) {
      const auto end = text.find('\n');
      const auto line = text.substr(0, end);
      out_ += '\n';
      if (!line.empty()) out_.append(2 * depth, ' ').append(line);
      if (end == text.npos) break;
      text.remove_prefix(end + 1);
    }
  }

  std::string out_;
  bool nested_ = false;  ///< Nothing but a dash, or nothing at all, is before on this line.
};

}  // namespace

std::string print_yaml(const base::Value& value) { return Writer().print(value); }

}  // namespace json
