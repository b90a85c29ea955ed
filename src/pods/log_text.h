#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/executor.h"

namespace pods {

/// The text of one container's log, put together from readings that each begin where the cluster's
/// log begins: with its first line or, once it was rotated, with a later one. Every line comes with
/// a stamp in front, an RFC 3339 time and a space, which is taken off; what comes without one is
/// text. Known text is passed over: to the byte while the log begins as it did, else by the stamp
/// of the last known line. Pure.
class LogText {
 public:
  /// Holds nothing; what comes before `start`, in bytes, is known. Its first and its last lines, as
  /// in model::LogPlace, are needed to see that the log was rotated since.
  explicit LogText(std::uint64_t start, const std::vector<core::LineTime>& known = {});
  /// When the first line of what is read was written.
  std::optional<base::Time> first() const { return first_; }

  /// A reading begins.
  void begin();
  /// A reading begins of the log of the same container, started again: all of it is new.
  void begin_next();
  /// The next bytes of the reading.
  void feed(std::string_view);
  /// The reading came to the end of a log that does not grow any more.
  void finish();

  /// Where the text that is held begins and ends, in bytes from the start of the stream.
  std::uint64_t start() const { return start_; }
  std::uint64_t end() const { return start_ + bytes_.size(); }
  /// It holds as much as it should.
  bool full() const { return bytes_.size() >= bytes_max || times_.size() >= lines_max; }
  /// Lets go of what is before `offset`.
  void drop(std::uint64_t offset);
  /// Up to `max` bytes from `start` on.
  agent::LogPiece peek(std::size_t max) const;
  /// Some of the log was rotated away before it was read.
  bool torn() const { return torn_; }

  static constexpr std::size_t bytes_max = 1 << 20;
  static constexpr std::size_t lines_max = 1 << 16;
  /// Lines of one piece.
  static constexpr std::size_t piece_lines_max = 1 << 14;

 private:
  enum class Mode {
    undecided,  ///< Before the first line of a reading.
    counting,   ///< `position_` is where we are.
    searching,  ///< For the last known line, in a log that was rotated.
  };
  void open_line(base::Time);
  bool is_known_line(base::Time);
  void text(std::string_view);
  void end_line();
  void tear();

  std::uint64_t start_;
  std::string bytes_;
  std::vector<core::LineTime> times_;  // of lines in `bytes_`
  bool ends_line_ = true;              // the known text does
  bool torn_ = false;

  // Of the log that is read: where it begins, and its first and its last known line.
  std::uint64_t base_ = 0;
  std::optional<base::Time> first_;
  std::optional<core::LineTime> last_;
  std::size_t same_ = 0;  // known lines that were written when the last one was

  // Of this reading.
  Mode mode_ = Mode::undecided;
  std::uint64_t position_ = 0;
  std::size_t wanted_ = 0;  // such lines that are still to come
  std::string head_;        // of a line: perhaps a stamp
  bool in_head_ = true;
};

}  // namespace pods
