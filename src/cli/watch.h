#pragma once

#include <functional>
#include <string>

#include "cli/client.h"

namespace cli {

/// Shows a run until it ends: live on a terminal, else a line for each change; then its verdict.
/// The exit code is the verdict's (0 succeeded, 1 failed, 3 canceled), or 130 after Ctrl-C, which
/// only stops the watching.
loop::Task<int> watch_run(Client&, std::string run);

/// What a watched list shows at present: a table, its first line the head.
using Listing = std::function<loop::Task<base::Result<std::string>>()>;

/// Shows a list until Ctrl-C (then 130): redrawn on a terminal, else each line that is new or has
/// changed. It looks again every two seconds, and at once when a run changes.
loop::Task<int> watch_list(Client&, Listing);

}  // namespace cli
