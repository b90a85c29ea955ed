#pragma once

#include <filesystem>

#include "cli/settings.h"

namespace fairlead {

/// What `fairlead version` and an agent's hello say.
inline constexpr const char* version = FAIRLEAD_VERSION;

/// `fairlead server`: API and control loops, until SIGINT or SIGTERM. Exit codes 0, or 1 with the
/// reason said.
int run_server(const cli::ServerSettings&);
/// `fairlead dev`: the same with an agent over the local executor inside.
int run_dev(const cli::ServerSettings&);
/// `fairlead agent`: the hands of a cluster.
int run_agent(const cli::AgentSettings&);

/// The full path of this program, for starting supervisors.
std::string self_path();
/// A fresh random word that names this start of an agent.
std::string fresh_instance();

}  // namespace fairlead
