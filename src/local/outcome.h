#pragma once

#include <string>

#include "local/job.h"
#include "model/run.h"

namespace local {

/// What a supervisor was doing about the job when its main process ended.
enum class Ending { none, stop, run_timeout };

/// How an attempt ended, from how its main process did. A success that was seen stays a success.
model::Outcome judge(const MainEnd&, Ending, base::Micros run_timeout);

model::Outcome failed(model::Class, std::string message);
/// The end of an attempt whose job has not run and never will.
model::Outcome stopped_before_start();

}  // namespace local
