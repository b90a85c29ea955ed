#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "json/parse.h"

namespace json {

/// Line and column, both from 1.
struct Mark {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// What a subtree costs to copy.
struct Weight {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
  std::size_t height = 0;  ///< Lists and objects nested in it, itself included.
};

/// Builds trees from the events of a YAML stream. What returns false has set `error`.
class YamlTree {
 public:
  explicit YamlTree(const Limits&);

  void open_document();
  void close_document();
  /// `plain`: written without quotes, so that its meaning is resolved.
  bool scalar(std::string_view text, bool plain, std::string_view tag, std::string_view anchor,
              Mark);
  /// Opens an empty list or object.
  bool open(base::Value container, std::string_view tag, std::string_view anchor, Mark);
  bool close(Mark);
  bool alias(std::string_view anchor, Mark);

  const base::Error& error() const { return error_; }
  std::vector<base::Value> take_documents() { return std::move(documents_); }

 private:
  /// A list or object that is still open; in an object, the key that waits for its value.
  struct Frame {
    base::Value container;
    std::string anchor;
    std::optional<std::string> key;
  };
  struct Anchored {
    base::Value value;
    Weight weight;
  };

  bool wants_key() const;
  bool add_key(std::string_view text, bool plain, std::string_view tag, Mark);
  bool add(base::Value, Mark);
  bool remember(std::string_view anchor, const base::Value&, Mark);
  bool count_node(Mark);
  bool fail(Mark, std::string what);

  const Limits limits_;
  const std::size_t depth_;
  std::vector<base::Value> documents_;
  std::vector<Frame> open_;
  std::map<std::string, Anchored, std::less<>> anchors_;
  std::optional<base::Value> root_;
  std::size_t nodes_ = 0;
  std::size_t expanded_ = 0;
  std::size_t copied_bytes_ = 0;
  base::Error error_;
};

}  // namespace json
