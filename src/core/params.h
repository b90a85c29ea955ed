#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "core/plan.h"

namespace core {

/// The parameters of a run: what was given, checked against the pipeline, and defaults for the
/// rest. A text given for an integer, number or boolean is read as one (the command line has only
/// texts). Faults point into `/params`.
base::Result<base::Object> resolve_params(const model::PipelineSpec&, const base::Object& given);

/// A parameter's value as an environment variable holds it.
std::string param_text(const base::Value&);

/// The variables of this job: what comes from a parameter gets its value beside `valueFrom`, and is
/// left out when the parameter has none.
std::vector<model::EnvVar> resolve_env(const model::JobSpec&, const base::Object& params);

}  // namespace core
