#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

/// A piece of one stream of an attempt's output.
struct LogPiece {
  std::string stream;
  std::uint64_t offset = 0;  ///< Of its first byte in the stream.
  std::string bytes;
  /// When the lines were written that start at these offsets, RFC 3339.
  std::vector<std::pair<std::uint64_t, std::string>> times = {};
};

/// Puts a prefix in front of each line of a text that comes in pieces.
class LinePrefix {
 public:
  explicit LinePrefix(std::string prefix) : prefix_(std::move(prefix)) {}
  /// The whole lines that are complete now; without a prefix all of it.
  std::string feed(std::string_view piece);
  /// What is left of a last line without an end, with one.
  std::string finish();

 private:
  std::string prefix_;
  std::string rest_;
};

/// Turns the output of one attempt into what is printed. Each line has the name of its stream in
/// front, but for the main one while there is no other. Times go in front of their lines, and what
/// the server left out is said on a line of its own.
class LogLines {
 public:
  /// `prefix`: in front of each line. `whole`: from the first byte on, so that what misses there
  /// was left out. `named`: several streams are told apart.
  LogLines(std::string prefix, bool whole, bool named)
      : prefix_(std::move(prefix)), whole_(whole), named_(named) {}
  /// There are these streams. What is to be printed because of it.
  std::string know(const std::vector<std::string>& streams);
  std::string take(const LogPiece&);
  /// What is left of last lines without an end.
  std::string finish();

 private:
  struct Stream {
    LinePrefix lines{""};
    bool raw = true;    ///< Its bytes are printed as they come.
    bool open = false;  ///< What was printed last of it was no end of a line.
    std::optional<std::uint64_t> next;
  };
  Stream& at(const std::string& name);
  std::string print(Stream&, std::string text);

  const std::string prefix_;
  const bool whole_, named_;
  bool several_ = false;
  std::map<std::string, Stream> streams_;
};

}  // namespace cli
