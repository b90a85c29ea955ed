#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/remote.h"
#include "cli/terminal.h"

namespace cli {

/// What a command finds around it.
struct Surroundings {
  Environment environment;
  std::filesystem::path here;  ///< The working folder.
  Terminal& terminal;
};

/// `run` with everything around it as a parameter. The arguments are without the program's name.
int execute(std::vector<std::string> arguments, const Programs&, Surroundings&);

}  // namespace cli
