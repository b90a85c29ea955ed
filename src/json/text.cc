#include "json/text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/result.h"
#include "json/parse.h"
#include "json/position.h"

namespace json {
namespace {

/// Prints a tree; `indent` 0 is compact.
class Printer {
 public:
  explicit Printer(std::size_t indent) : indent_(indent) {}

  std::string print(const base::Value& value) {
    write(value, 0);
    return std::move(out_);
  }

 private:
  void write(const base::Value& value, std::size_t depth) {
    if (depth > depth_max) throw base::Failure("a tree is nested too deep to be printed");
    if (const auto* object = value.if_object()) return write_object(*object, depth + 1);
    if (const auto* array = value.if_array()) return write_array(*array, depth + 1);
    if (const auto* text = value.if_string()) return append_quoted(out_, *text);
    if (const auto* number = value.if_double())
      out_ += print_number(*number);
    else if (const auto* whole = value.if_int64())
      fmt::format_to(std::back_inserter(out_), "{}", *whole);
    else if (const auto* big = value.if_uint64())
      fmt::format_to(std::back_inserter(out_), "{}", *big);
    else
      out_ += value.is_null() ? "null" : value.get_bool() ? "true" : "false";
  }

  void write_object(const base::Object& object, std::size_t depth) {
    out_ += '{';
    bool first = true;
    for (const auto& [name, value] : object) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line(depth);
      append_quoted(out_, name);
      out_ += indent_ ? ": " : ":";
      write(value, depth);
    }
    if (!first) new_line(depth - 1);
    out_ += '}';
  }

  void write_array(const base::Array& array, std::size_t depth) {
    out_ += '[';
    bool first = true;
    for (const auto& value : array) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line(depth);
      write(value, depth);
    }
    if (!first) new_line(depth - 1);
    out_ += ']';
  }

  void new_line(std::size_t depth) {
    if (indent_) out_.append("\n").append(depth * indent_, ' ');
  }

  std::size_t indent_;
  std::string out_;
};

void append_escaped(std::string& out, char c) {
  constexpr std::string_view means = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  const auto at = means.find(c);
  if (at != means.npos)
    out += {'\\', letters[at]};
  else
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unsigned(c));
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // Up to the first bad byte the text is copied; each bad byte is one replacement character.
    const auto bad = utf8_error(text);
    for (const char c : text.substr(0, bad)) {
      if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\')
        append_escaped(out, c);
      else
        out += c;
    }
    if (bad == text.npos) break;
    out += "\xef\xbf\xbd";
    text.remove_prefix(bad + 1);
  }
  out += '"';
}

std::string print_number(double number) {
  if (!std::isfinite(number)) return "null";
  auto text = fmt::format("{}", number);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

std::string print(const base::Value& value) { return Printer(0).print(value); }
std::string print_pretty(const base::Value& value) { return Printer(2).print(value); }

std::string pointer_join(std::string_view pointer, std::string_view member) {
  std::string joined(pointer);
  joined += '/';
  for (const char c : member) {
    if (c == '~')
      joined += "~0";
    else if (c == '/')
      joined += "~1";
    else
      joined += c;
  }
  return joined;
}

}  // namespace json
