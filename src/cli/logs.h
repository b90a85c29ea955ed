#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/client.h"

namespace cli {

/// What `logs` was asked for.
struct LogsOptions {
  std::string run;
  std::string job;           ///< Empty: all jobs, each line with its job's name in front.
  std::int64_t attempt = 0;  ///< 0: the latest; when following also those that come after it.
  bool follow = false;
};

/// Prints what jobs wrote. When following it ends with the run, or with the job. An attempt's log
/// is resumed where it broke off.
loop::Task<int> logs(Client&, LogsOptions);

/// Puts a prefix in front of each line of a text that comes in pieces.
class LinePrefix {
 public:
  explicit LinePrefix(std::string prefix) : prefix_(std::move(prefix)) {}
  /// The whole lines that are complete now.
  std::string feed(std::string_view piece);
  /// What is left of a last line without an end, with one.
  std::string finish();

 private:
  std::string prefix_;
  std::string rest_;
};

}  // namespace cli
