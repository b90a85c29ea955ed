#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What the API server sends to lists and watches. Nothing is copied but names and versions; what
/// is not needed is skipped, not checked. What cannot be read throws base::Failure.
namespace kube {

/// One object: its JSON is a piece of the text it was read from, which must outlive it.
struct Item {
  std::string name;
  std::string resource_version;
  std::string_view json;
};

/// A page of a list.
struct Page {
  std::string resource_version;
  std::string continue_token;  ///< Empty: the last page.
  std::vector<Item> items;
};
/// Makes room behind the text.
Page read_page(std::string& text);

/// A line of a watch.
struct WatchEvent {
  enum class Kind { added, modified, removed, bookmark, error } kind = Kind::error;
  Item item;  ///< Of an error, its JSON is a Status.
};
/// Makes room behind the line.
WatchEvent read_event(std::string& line);

/// Cuts a stream of bytes into lines, however it was sliced.
class LineSplitter {
 public:
  static constexpr std::size_t line_bytes_max = 8 << 20;

  /// Adds bytes; throws base::Failure when a line is over `line_bytes_max`.
  void feed(std::string_view bytes);
  /// Takes the next whole line, without its end; false when there is none. Empty lines are skipped.
  bool next(std::string& line);

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
};

}  // namespace kube
