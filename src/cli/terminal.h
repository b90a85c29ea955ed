#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/frame.h"
#include "cli/remote.h"

namespace cli {

struct Size {
  std::size_t width = 80;
  std::size_t height = 24;
};

/// Where a command's words go. The seam where tests read along.
class Terminal {
 public:
  virtual ~Terminal() = default;
  /// To standard output, at once.
  virtual void out(std::string_view) = 0;
  /// To standard error, at once.
  virtual void err(std::string_view) = 0;
  /// As it is now; asked before each frame.
  virtual Size size() const = 0;

  bool live = false;  ///< Standard output is a terminal on which frames can be redrawn.
  Look look;
};

/// The process's standard output and error.
class StandardTerminal final : public Terminal {
 public:
  /// Colours unless NO_COLOR is set (no-color.org); symbols unless the locale is not UTF-8; live
  /// unless TERM is `dumb` or not set.
  explicit StandardTerminal(const Environment&);
  void out(std::string_view) override;
  void err(std::string_view) override;
  Size size() const override;
};

/// What of `look` and liveness the variables allow. Separate for tests.
Look look_of(const Environment&, bool is_terminal);

/// A part of the screen that is redrawn in place, the cursor hidden meanwhile. The last frame stays
/// when it is closed.
class LiveArea {
 public:
  explicit LiveArea(Terminal& terminal) : terminal_(terminal) {}
  ~LiveArea() { close(); }
  LiveArea(const LiveArea&) = delete;

  /// Shows this frame, lines that end in LF, in the place of the last one.
  void draw(std::string_view frame);
  /// Shows the cursor again; a later `draw` starts below.
  void close();

 private:
  Terminal& terminal_;
  std::size_t lines_ = 0;
  std::size_t width_ = 0;
  bool open_ = false;
  std::string last_;
};

}  // namespace cli
