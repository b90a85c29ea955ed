#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/progress.h"
#include "model/run.h"

namespace cli {

/// What a terminal can show.
struct Look {
  bool colour = false;
  bool unicode = true;
};

/// Where and when a frame is shown.
struct Stage {
  std::size_t width = 80;
  std::size_t height = 24;
  base::Time now;
  Look look;
  std::string note;  ///< A last line, such as that the server is away; empty: none.
};

/// The live view of a run: lines that end in LF, none wider than the stage, all but its last row at
/// most. A run with more jobs than rows shows those at work and those that failed last. Pure.
std::string render_frame(const Progress&, const Stage&);

/// What became of a job, one line: `    1.2s build failed #2 exit`. The time is that since the run
/// was created.
std::string render_change(const Progress&, std::size_t index, base::Time now);

/// What became of the run itself, in the form of render_change.
std::string render_run_change(const Progress&, base::Time now);

/// The end of a watched run: `run ID failed in 12.3s: 1 of 4 jobs failed (build: exit 1)`.
std::string render_verdict(const Progress&, base::Time now);

/// The exit code of a run's end: 0 succeeded, 3 canceled, else 1.
int exit_code_of(model::RunState);

/// The escape sequence of a state's colour; empty for states that have none.
std::string_view tint_of(model::JobState);
std::string_view tint_of(model::RunState);
/// The text in this colour, or as it is without one.
std::string tinted(std::string_view text, std::string_view tint, Look);

}  // namespace cli
