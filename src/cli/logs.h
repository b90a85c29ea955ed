#pragma once

#include <optional>
#include <string>

#include "cli/client.h"

namespace cli {

/// What `logs` was asked for.
struct LogsOptions {
  std::string run;
  std::string job;           ///< Empty: all jobs, each line with its job's name in front.
  std::int64_t attempt = 0;  ///< 0: the latest; when following also those that come after it.
  bool follow = false;
  /// Only this stream, `CONTAINER` or `POD/CONTAINER`; else all, each line with its name if there
  /// are several.
  std::string container;
  bool timestamps = false;
  std::optional<std::int64_t> tail;  ///< Only so many last lines of each stream.
};

/// Prints what jobs wrote. When following it ends with the run, or with the job. An attempt's log
/// is resumed where it broke off.
loop::Task<int> logs(Client&, LogsOptions);

}  // namespace cli
