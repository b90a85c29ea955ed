#pragma once

#include <memory>
#include <string_view>

#include "api/context.h"
#include "core/plan.h"
#include "model/views.h"
#include "store/attempts.h"
#include "store/clusters.h"
#include "store/jobs.h"
#include "store/logs.h"
#include "store/pipelines.h"

/// What the store holds, as the API shows it.
namespace api {

model::RunView run_view(const store::RunRecord&, std::map<std::string, std::int64_t> jobs);
/// Why a run stops or is held, or failed; empty when there is nothing to say.
std::string run_reason(const store::RunRecord&);
model::JobView job_view(const store::JobRecord&, const core::Plan&);
model::AttemptView attempt_view(const store::AttemptRecord&, const std::vector<store::LogStream>&);
/// The stream that is meant where none is named: that without a name, else the first one that can
/// be read; null when there is none.
const store::LogStream* main_stream(const std::vector<store::LogStream>&);
model::LogStreamView stream_view(const store::LogStream&);
/// Without the spec.
model::PipelineView pipeline_view(const store::PipelineRecord&);
model::ClusterView cluster_view(const store::ClusterRecord&, base::Time now);
model::AgentView agent_view(const store::AgentRecord&);

/// A run by the text of its id; nothing when the text is no id or there is no such run.
std::optional<store::RunRecord> find_run(store::Tx&, std::string_view id);

/// A job of a run by its name.
struct FoundJob {
  store::RunRecord run;
  std::shared_ptr<const core::Plan> plan;
  std::uint32_t index = 0;
  store::JobRecord row;
};
base::Result<FoundJob> find_job(store::Tx&, control::Plans&, std::string_view run,
                                std::string_view name);

/// The tree of JSON that the database holds.
base::Value stored_json(std::string_view);

}  // namespace api
