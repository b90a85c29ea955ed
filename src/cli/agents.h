#pragma once

#include <string>

#include "cli/client.h"

namespace cli {

/// Makes an agent and prints its key, which is shown this once, to standard output; what to do with
/// it goes to standard error.
loop::Task<int> create_agent(Client&, model::AgentRequest, Output);

}  // namespace cli
