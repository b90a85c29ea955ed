#pragma once

#include <string>
#include <vector>

#include "base/value.h"
#include "sim/history.h"

namespace sim {

/// A second, slow and simple reading of PROTOCOL.md's rules on edges and verdicts: what is wrong
/// with the end of a run of this pipeline. `stop` is why it was asked to stop, if it was.
std::vector<std::string> judge(const base::Value& pipeline, const ToldRun&, model::StopCause stop);

}  // namespace sim
