#pragma once

#include <string>
#include <vector>

#include "cli/client.h"

namespace cli {

/// What `apply` was asked for.
struct ApplyOptions {
  std::vector<std::string> files;  ///< Files, folders, or `-`.
};

/// Stores each document as a pipeline and says what that came to. Nothing is sent when a file
/// cannot be read; a refused document does not keep the others back, and makes the exit code 2.
loop::Task<int> apply(Client&, ApplyOptions);

}  // namespace cli
