#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cli/settings.h"

namespace cli {

/// What the composition root gives for commands that start programs; each returns an exit code. Log
/// lines are configured, and nothing else of the process was touched, when they are called.
struct Programs {
  std::function<int(const ServerSettings&)> server;
  /// Leaves DATA/server, one line with its URL, and DATA/token, both 0600, for the client commands.
  std::function<int(const ServerSettings&)> dev;
  std::function<int(const AgentSettings&)> agent;
  /// Prints a ServiceAccount of this name with what an agent may do in this namespace.
  std::function<int(const std::string& name, const std::string& name_space)> rbac;
  /// The hidden command `supervise FOLDER`. No thread was started before it.
  std::function<int(const std::filesystem::path& folder)> supervise;
  /// The hidden command `openapi`: prints the document.
  std::function<int()> openapi;
  std::string version = "0.1.0";
};

/// Runs the command line. The exit code: 0 done, or the run succeeded; 1 failed; 2 bad use or bad
/// input; 3 the run was canceled; 130 Ctrl-C.
int run(int argc, char** argv, const Programs&);

}  // namespace cli
