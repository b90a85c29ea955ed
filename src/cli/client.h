#pragma once

#include <string>
#include <string_view>

#include "cli/api.h"
#include "cli/terminal.h"
#include "loop/bell.h"
#include "loop/loop.h"

namespace cli {

/// What every command that talks to a server works with.
struct Client {
  loop::Loop& loop;
  Api& api;
  Terminal& terminal;
  loop::Bell bell;           ///< Something is to be shown, or Ctrl-C was pressed.
  bool interrupted = false;  ///< Ctrl-C was pressed; set by `heed_interrupt`.

  loop::Clock& clock() { return api.clock(); }
  /// From now on the first Ctrl-C sets `interrupted` and rings; the second ends the process.
  void heed_interrupt();
  /// Says what was refused; the exit code for it.
  int fail(const base::Error&);
};

/// The exit code when Ctrl-C ended the watching, as shells have it.
inline constexpr int code_interrupted = 130;

/// What -o chose.
enum class Output { table, wide, json, yaml };

/// The form of this word; table for one that is none.
Output output_of(std::string_view word);

/// A tree as JSON or YAML, with a line break at its end.
std::string print_value(const base::Value&, Output);

}  // namespace cli
