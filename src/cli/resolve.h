#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/api.h"

namespace cli {

/// Among the ids of runs, the newest first, the one that `text` means: `@latest`, or the start of
/// exactly one, in either case. Code `unknown_run` or `ambiguous_run`, which names candidates.
base::Result<std::string> match_run(std::string_view text, const std::vector<std::string>& ids);

/// The id of the run that `text` means. A whole id is taken as it is; else the newest 500 runs are
/// looked through.
loop::Task<base::Result<std::string>> resolve_run(Api&, std::string text);

/// `deploy@3` is the pipeline `deploy` and the version `3`; without `@` the version is empty.
std::pair<std::string_view, std::string_view> split_version(std::string_view name);

}  // namespace cli
