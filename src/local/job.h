#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/time.h"
#include "local/files.h"
#include "local/records.h"

namespace local {

/// How a main process ended.
struct MainEnd {
  std::optional<int> exit_code;
  std::optional<int> signal;
};

/// The processes of one attempt, as their supervisor holds them: a main process in its own group,
/// and whatever that started. The supervisor has one thread and is the subreaper of them all.
class Job {
 public:
  /// Makes the main process, which waits for `release` before it becomes the job's program. It dies
  /// with its supervisor.
  Job(const std::filesystem::path& folder, const Spec&);

  pid_t group() const { return main_; }
  /// Lets the main process go.
  void release();
  /// Reaps strays that ended; how the main process ended, once it did. It stays unreaped until
  /// `end_rest`, so that nobody else gets its number.
  std::optional<MainEnd> poll_end();
  /// Signals the whole group. Not after `end_rest`.
  void signal(int number);
  /// Kills everything else, also what left the group. One try: true when nothing is left alive.
  bool end_rest();
  /// Why the program could not be run, after the end of a main process that never became it.
  std::string start_error();

 private:
  pid_t main_ = -1;
  Fd release_;  ///< Closed without a word: the main process gives up.
  Fd report_;   ///< What the main process says when it cannot become the program.
};

}  // namespace local
