#include "json/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <string>

#include "json/position.h"
#include "json/yaml_tree.h"

namespace json {
namespace {

/// libyaml's parser over a text that outlives it; one event at a time.
class Events {
 public:
  explicit Events(std::string_view text) {
    if (!yaml_parser_initialize(&parser_)) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  /// The next event, valid until the next call; null when the text is not YAML.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) ? &event_ : nullptr;
  }

  base::Error error(std::string_view text) const {
    const std::string what = parser_.problem ? parser_.problem : "this is not YAML";
    if (parser_.error == YAML_READER_ERROR)
      return base::invalid("bad_yaml",
                           fmt::format("{}: {}", line_column(text, parser_.problem_offset), what));
    const auto& mark = parser_.problem_mark;
    return base::invalid("bad_yaml",
                         fmt::format("{}:{}: {}", mark.line + 1, mark.column + 1, what));
  }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

std::string_view text_of(const unsigned char* text) {
  return text ? reinterpret_cast<const char*>(text) : "";
}

Mark mark_of(const yaml_event_t& event) {
  return {event.start_mark.line + 1, event.start_mark.column + 1};
}

bool add_scalar(YamlTree& tree, const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  return tree.scalar({reinterpret_cast<const char*>(scalar.value), scalar.length},
                     scalar.style == YAML_PLAIN_SCALAR_STYLE, text_of(scalar.tag),
                     text_of(scalar.anchor), mark_of(event));
}

/// Gives one event to the tree; false when the tree refuses it.
bool add(YamlTree& tree, const yaml_event_t& event) {
  const auto mark = mark_of(event);
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT: tree.open_document(); return true;
    case YAML_DOCUMENT_END_EVENT: tree.close_document(); return true;
    case YAML_ALIAS_EVENT: return tree.alias(text_of(event.data.alias.anchor), mark);
    case YAML_SCALAR_EVENT: return add_scalar(tree, event);
    case YAML_SEQUENCE_START_EVENT:
      return tree.open(base::Array(), text_of(event.data.sequence_start.tag),
                       text_of(event.data.sequence_start.anchor), mark);
    case YAML_MAPPING_START_EVENT:
      return tree.open(base::Object(), text_of(event.data.mapping_start.tag),
                       text_of(event.data.mapping_start.anchor), mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return tree.close(mark);
    default: return true;
  }
}

base::Result<std::vector<base::Value>> read_events(std::string_view text, const Limits& limits) {
  Events events(text);
  YamlTree tree(limits);
  for (;;) {
    const auto* event = events.next();
    if (!event) return events.error(text);
    if (event->type == YAML_STREAM_END_EVENT) return tree.take_documents();
    if (!add(tree, *event)) return tree.error();
  }
}

}  // namespace

base::Result<std::vector<base::Value>> parse_yaml(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes)
    return base::invalid("bad_yaml",
                         fmt::format("1:1: the text is longer than {} bytes", limits.bytes));
  const auto bad = utf8_error(text);
  if (bad != text.npos)
    return base::invalid("bad_yaml",
                         fmt::format("{}: this is not valid UTF-8", line_column(text, bad)));
  // libyaml refuses what JSON may hold: tabs for indentation, and escaped surrogate pairs.
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start != text.npos && (text[start] == '{' || text[start] == '[')) {
    auto value = parse(text, limits);
    if (value) return std::vector<base::Value>{std::move(*value)};
  }
  return read_events(text, limits);
}

}  // namespace json
