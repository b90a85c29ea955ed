#include "json/yaml_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/position.h"
#include "json/scalar.h"

namespace json {
namespace {

constexpr std::string_view core = "tag:yaml.org,2002:";

Weight weigh(const base::Value& value) {
  Weight sum{1, 0, 0};
  const auto add = [&](const base::Value& child) {
    const auto weight = weigh(child);
    sum.nodes += weight.nodes;
    sum.bytes += weight.bytes;
    sum.height = std::max(sum.height, weight.height);
  };
  if (const auto* text = value.if_string()) sum.bytes = text->size();
  if (const auto* list = value.if_array()) {
    for (const auto& element : *list) add(element);
    ++sum.height;
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      sum.bytes += member.key().size();
      add(member.value());
    }
    ++sum.height;
  }
  return sum;
}

/// The value of a scalar with a tag; a refusal without a position when the tag does not fit.
base::Result<base::Value> resolve(std::string_view text, bool plain, std::string_view tag) {
  if (tag.empty() && plain) return resolve_plain(text);
  if (tag.empty() || tag == "!") return base::Value(text);
  const auto refuse = [&](std::string_view why) {
    return base::invalid("bad_yaml", fmt::format("the tag {} {}", excerpt(tag), why));
  };
  if (!tag.starts_with(core))
    return refuse("means nothing here; only YAML's own tags such as !!str are read");
  const auto type = tag.substr(core.size());
  if (type == "str") return base::Value(text);
  auto value = resolve_plain(text);
  if (!value) return value.error();
  if (type == "int" && (value->is_int64() || value->is_uint64())) return value;
  if (type == "bool" && value->is_bool()) return value;
  if (type == "null" && value->is_null()) return value;
  if (type == "float" && value->is_number()) return base::Value(value->to_number<double>());
  constexpr std::string_view known[] = {"int", "bool", "null", "float"};
  return std::ranges::find(known, type) == std::end(known)
             ? refuse("means nothing here; only YAML's own tags such as !!str are read")
             : refuse(fmt::format("does not fit '{}'", excerpt(text)));
}

}  // namespace

YamlTree::YamlTree(const Limits& limits)
    : limits_(limits), depth_(std::min(limits.depth, depth_max)) {}

bool YamlTree::fail(Mark mark, std::string what) {
  error_ = base::invalid("bad_yaml", fmt::format("{}:{}: {}", mark.line, mark.column, what));
  return false;
}

bool YamlTree::count_node(Mark mark) {
  return ++nodes_ <= limits_.nodes || fail(mark, fmt::format("more than {} values", limits_.nodes));
}

bool YamlTree::wants_key() const {
  return !open_.empty() && open_.back().container.is_object() && !open_.back().key;
}

void YamlTree::open_document() {
  anchors_.clear();
  root_.reset();
}

void YamlTree::close_document() {
  if (root_) documents_.push_back(std::move(*root_));
  root_.reset();
}

bool YamlTree::scalar(std::string_view text, bool plain, std::string_view tag,
                      std::string_view anchor, Mark mark) {
  if (!count_node(mark)) return false;
  if (wants_key())
    return remember(anchor, base::Value(text), mark) && add_key(text, plain, tag, mark);
  // What is between two `---` and has no text at all is no document.
  if (open_.empty() && text.empty() && plain && tag.empty() && anchor.empty()) return true;
  auto value = resolve(text, plain, tag);
  if (!value) return fail(mark, value.error().message);
  return remember(anchor, *value, mark) && add(std::move(*value), mark);
}

bool YamlTree::add_key(std::string_view text, bool plain, std::string_view tag, Mark mark) {
  if (plain && text == "<<" && tag.empty())
    return fail(mark, "the merge key << is not read; write the members out or use an alias");
  // A member's name is always a text, so `on:` needs no quotes here; a tag that says otherwise does
  // not fit.
  const auto value = resolve(text, false, tag);
  if (!value) return fail(mark, value.error().message);
  if (!value->is_string())
    return fail(mark, fmt::format("the key {} is not a string; leave its tag out", excerpt(text)));
  auto& frame = open_.back();
  if (frame.container.get_object().contains(text))
    return fail(mark, fmt::format("'{}' is here twice", excerpt(text)));
  frame.key = text;
  return true;
}

bool YamlTree::open(base::Value container, std::string_view tag, std::string_view anchor,
                    Mark mark) {
  if (!count_node(mark)) return false;
  if (wants_key()) return fail(mark, "a list or object cannot be a key");
  const auto wanted = container.is_array() ? "seq" : "map";
  if (!tag.empty() && tag != "!" && tag != fmt::format("{}{}", core, wanted))
    return fail(mark, fmt::format("the tag {} does not fit here; leave it out", excerpt(tag)));
  if (open_.size() >= depth_)
    return fail(mark, fmt::format("nested deeper than {} levels", depth_));
  open_.push_back({std::move(container), std::string(anchor), {}});
  return true;
}

bool YamlTree::close(Mark mark) {
  auto frame = std::move(open_.back());
  open_.pop_back();
  return remember(frame.anchor, frame.container, mark) && add(std::move(frame.container), mark);
}

bool YamlTree::add(base::Value value, Mark) {
  if (open_.empty()) {
    root_ = std::move(value);
    return true;
  }
  auto& frame = open_.back();
  if (auto* list = frame.container.if_array()) {
    list->push_back(std::move(value));
  } else {
    frame.container.get_object().emplace(*frame.key, std::move(value));
    frame.key.reset();
  }
  return true;
}

bool YamlTree::remember(std::string_view anchor, const base::Value& value, Mark mark) {
  if (anchor.empty()) return true;
  // An anchor keeps a copy, so anchors around anchors are counted like more text.
  const auto weight = weigh(value);
  nodes_ += weight.nodes;
  copied_bytes_ += weight.bytes;
  if (nodes_ > limits_.nodes || copied_bytes_ > limits_.bytes)
    return fail(mark, "the anchors hold too much; use fewer of them");
  anchors_.insert_or_assign(std::string(anchor), Anchored{value, weight});
  return true;
}

bool YamlTree::alias(std::string_view anchor, Mark mark) {
  if (!count_node(mark)) return false;
  if (wants_key()) return fail(mark, "an alias cannot be a key; write the key out");
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end())
    return fail(mark, fmt::format("no anchor &{} ends before this alias", excerpt(anchor)));
  const auto& [value, weight] = found->second;
  expanded_ += weight.nodes;
  nodes_ += weight.nodes;
  copied_bytes_ += weight.bytes;
  if (expanded_ > limits_.expanded)
    return fail(mark, fmt::format("the aliases expand to more than {} values", limits_.expanded));
  if (copied_bytes_ > limits_.bytes || nodes_ > limits_.nodes)
    return fail(mark, fmt::format("the aliases expand to more than {} bytes or {} values",
                                  limits_.bytes, limits_.nodes));
  if (open_.size() + weight.height > depth_)
    return fail(mark, fmt::format("nested deeper than {} levels", depth_));
  return add(value, mark);
}

}  // namespace json
