#include "json/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "json/position.h"

namespace json {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += {char(0xc0 | (c >> 6)), char(0x80 | (c & 0x3f))};
  } else if (c < 0x10000) {
    out += {char(0xe0 | (c >> 12)), char(0x80 | ((c >> 6) & 0x3f)), char(0x80 | (c & 0x3f))};
  } else {
    out += {char(0xf0 | (c >> 18)), char(0x80 | ((c >> 12) & 0x3f)), char(0x80 | ((c >> 6) & 0x3f)),
            char(0x80 | (c & 0x3f))};
  }
}

template <class T>
bool convert(std::string_view text, base::Value& out) {
  T number{};
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc())
    return false;
  out = number;
  return true;
}

/// False when the number is too big for a double.
bool convert_number(std::string_view text, bool whole, base::Value& out) {
  if (whole && (convert<std::int64_t>(text, out) || convert<std::uint64_t>(text, out))) return true;
  if (convert<double>(text, out)) return true;
  // from_chars says the same of what is too big and of what is too small, which is as good as 0.
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  out = number;
  return std::isfinite(number);
}

/// A descent over the text; every function leaves `at_` at the fault when it returns false.
class Parser {
 public:
  Parser(std::string_view text, const Limits& limits)
      : text_(text), limits_(limits), depth_(std::min(limits.depth, depth_max)) {}

  base::Result<base::Value> document() {
    base::Value value;
    if (!check_text() || !read_value(value, 0)) return error();
    skip_space();
    if (at_ != text_.size()) return fail("nothing may follow the end of the value"), error();
    return value;
  }

 private:
  bool check_text();
  bool read_value(base::Value&, std::size_t depth);
  bool read_array(base::Value&, std::size_t depth);
  bool read_object(base::Value&, std::size_t depth);
  bool read_member(base::Object&, std::size_t depth);
  bool read_string(std::string&);
  bool read_escape(std::string&);
  bool read_hex(std::uint32_t&);
  bool read_number(base::Value&);
  bool read_word(std::string_view word, base::Value value, base::Value& out);

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool skip_digits() {
    const auto start = at_;
    while (digit(peek())) ++at_;
    return at_ > start;
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }
  bool fail(std::string what) {
    what_ = at_ >= text_.size() ? "the text ends too early: " + what : std::move(what);
    return false;
  }
  bool fail_at(std::size_t offset, std::string what) {
    at_ = offset;
    what_ = std::move(what);
    return false;
  }
  base::Error error() const {
    return base::invalid("bad_json", fmt::format("{}: {}", line_column(text_, at_), what_));
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t depth_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  std::string what_;
};

bool Parser::check_text() {
  if (text_.size() > limits_.bytes)
    return fail_at(0, fmt::format("the text is longer than {} bytes", limits_.bytes));
  if (text_.starts_with("\xef\xbb\xbf"))
    return fail_at(0, "the text starts with a byte order mark; remove it");
  const auto bad = utf8_error(text_);
  return bad == text_.npos || fail_at(bad, "this is not valid UTF-8");
}

bool Parser::read_value(base::Value& out, std::size_t depth) {
  skip_space();
  if (++nodes_ > limits_.nodes) return fail(fmt::format("more than {} values", limits_.nodes));
  switch (peek()) {
    case '{': return read_object(out, depth + 1);
    case '[': return read_array(out, depth + 1);
    case '"': {
      std::string text;
      if (!read_string(text)) return false;
      out.emplace_string() = text;
      return true;
    }
    case 't': return read_word("true", true, out);
    case 'f': return read_word("false", false, out);
    case 'n': return read_word("null", nullptr, out);
    default: return read_number(out);
  }
}

bool Parser::read_array(base::Value& out, std::size_t depth) {
  if (depth > depth_) return fail(fmt::format("nested deeper than {} levels", depth_));
  ++at_;
  auto& array = out.emplace_array();
  skip_space();
  if (take(']')) return true;
  for (;;) {
    if (!read_value(array.emplace_back(nullptr), depth)) return false;
    skip_space();
    if (take(']')) return true;
    if (!take(',')) return fail("expected ',' or ']' after a list's element");
  }
}

bool Parser::read_object(base::Value& out, std::size_t depth) {
  if (depth > depth_) return fail(fmt::format("nested deeper than {} levels", depth_));
  ++at_;
  auto& object = out.emplace_object();
  skip_space();
  if (take('}')) return true;
  for (;;) {
    if (!read_member(object, depth)) return false;
    skip_space();
    if (take('}')) return true;
    if (!take(',')) return fail("expected ',' or '}' after a member");
  }
}

bool Parser::read_member(base::Object& object, std::size_t depth) {
  skip_space();
  if (peek() != '"') return fail("expected a member's name in double quotes");
  const auto start = at_;
  std::string name;
  if (!read_string(name)) return false;
  const auto [member, fresh] = object.emplace(name, nullptr);
  if (!fresh) return fail_at(start, fmt::format("'{}' is here twice", excerpt(name)));
  skip_space();
  if (!take(':')) return fail("expected ':' after a member's name");
  return read_value(member->value(), depth);
}

bool Parser::read_string(std::string& out) {
  ++at_;
  for (;;) {
    const auto start = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20)
      ++at_;
    out.append(text_.substr(start, at_ - start));
    if (take('"')) return true;
    if (peek() != '\\')
      return fail("expected '\"' at the end of a string; line ends and tabs are written \\n, \\t");
    if (!read_escape(out)) return false;
  }
}

bool Parser::read_escape(std::string& out) {
  constexpr std::string_view letters = "\"\\/bfnrt", means = "\"\\/\b\f\n\r\t";
  const auto start = at_++;
  const auto letter = at_ < text_.size() ? letters.find(text_[at_]) : letters.npos;
  if (letter != letters.npos) {
    ++at_;
    out += means[letter];
    return true;
  }
  std::uint32_t code = 0, low = 0;
  if (!take('u')) return fail("unknown escape; a backslash itself is written \\\\");
  if (!read_hex(code)) return false;
  if (code >= 0xd800 && code < 0xdc00) {
    const bool paired = take('\\') && take('u');
    if (paired && !read_hex(low)) return false;
    if (!paired || low < 0xdc00 || low > 0xdfff)
      return fail_at(start, "half a surrogate pair is not a character");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code < 0xe000) {
    return fail_at(start, "half a surrogate pair is not a character");
  }
  append_utf8(out, code);
  return true;
}

bool Parser::read_hex(std::uint32_t& code) {
  const auto digits = text_.substr(at_, 4);
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (bad != std::errc() || digits.size() != 4 || end != digits.data() + 4)
    return fail("expected four hexadecimal digits after \\u");
  at_ += 4;
  return true;
}

bool Parser::read_number(base::Value& out) {
  const auto start = at_;
  take('-');
  const auto first = at_;
  if (!skip_digits())
    return at_ > start ? fail("expected a digit after '-'") : fail("expected a value");
  if (text_[first] == '0' && at_ > first + 1)
    return fail_at(first, "a number may not start with 0");
  bool whole = true;
  if (take('.')) {
    whole = false;
    if (!skip_digits()) return fail("expected a digit after '.'");
  }
  if (take('e') || take('E')) {
    whole = false;
    if (!take('+')) take('-');
    if (!skip_digits()) return fail("expected a digit in the exponent");
  }
  if (convert_number(text_.substr(start, at_ - start), whole, out)) return true;
  return fail_at(start, "this number is too big; the largest is about 1.8e308");
}

bool Parser::read_word(std::string_view word, base::Value value, base::Value& out) {
  if (!text_.substr(at_).starts_with(word)) {
    if (word.starts_with(text_.substr(at_))) at_ = text_.size();
    return fail("expected a value; text goes in double quotes");
  }
  at_ += word.size();
  out = std::move(value);
  return true;
}

}  // namespace

base::Result<base::Value> parse(std::string_view text, const Limits& limits) {
  return Parser(text, limits).document();
}

}  // namespace json
