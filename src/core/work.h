#pragma once

#include "core/plan.h"
#include "model/link.h"

namespace core {

/// What an executor needs to run this job of the plan: parameters and every default filled in. The
/// caller adds what the plan does not know: project, pipeline and payload of the run.
model::Work work_of(const Plan&, std::uint32_t job, const base::Object& params, base::Micros grace);

/// Where the job's attempts may go: as it says itself, or else its pipeline. Null: anywhere.
const model::Placement* placement_of(const model::PipelineSpec&, const model::JobSpec&);
/// The same for what becomes of attempts that nobody can see. Null: they are waited for.
const model::OnUnreachable* on_unreachable_of(const model::PipelineSpec&, const model::JobSpec&);

}  // namespace core
