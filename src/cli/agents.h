#pragma once

#include <string>

#include "cli/client.h"

namespace cli {

/// Makes an agent and prints its key, which is shown this once, to standard output; what to do with
/// it goes to standard error.
loop::Task<int> create_agent(Client&, model::AgentRequest, Output);

/// Gives an agent another key, as create_agent does.
loop::Task<int> rotate_agent(Client&, std::string name, model::KeyRotation, Output);
/// Takes its keys back; its session ends at once.
loop::Task<int> revoke_agent(Client&, std::string name);
/// Lets it remove what it left alone because the server does not know it.
loop::Task<int> confirm_prune(Client&, std::string name);
/// Gives a cluster up for good.
loop::Task<int> forget_cluster(Client&, std::string name, bool force);

}  // namespace cli
