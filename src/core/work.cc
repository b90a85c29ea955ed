#include "core/work.h"

#include "core/params.h"

namespace core {
namespace {

template <class T>
const T* either(const std::optional<T>& own, const std::optional<T>& general) {
  if (own) return &*own;
  return general ? &*general : nullptr;
}

/// What the job says of itself or, where it says nothing, its pipeline for all jobs.
const std::string& said(const model::PipelineSpec& pipeline, const model::JobSpec& job,
                        std::string model::ClusterSettings::* wish) {
  const auto& own = job.cluster.get().*wish;
  return own.empty() ? pipeline.cluster.get().*wish : own;
}

}  // namespace

model::Work work_of(const Plan& plan, std::uint32_t index, const base::Object& params,
                    base::Micros grace) {
  const auto& job = plan.jobs.at(index);
  const auto& spec = *job.spec;
  model::Work work;
  work.job = job.name;
  work.image = spec.image;
  work.script = spec.run.has_value();
  work.command = spec.run ? std::vector<std::string>{"sh", "-c", *spec.run} : spec.command;
  work.args = spec.args;
  work.env = resolve_env(spec, params);
  work.resources = spec.resources;
  work.start_timeout = job.start_timeout;
  work.run_timeout = job.run_timeout;
  work.grace = grace;
  work.pod = spec.pod;
  work.keep_pods = said(plan.spec, spec, &model::ClusterSettings::keep_pods);
  work.keep_logs = said(plan.spec, spec, &model::ClusterSettings::keep_logs);
  if (const auto* policy = on_unreachable_of(plan.spec, spec)) work.stop_unseen = policy->after;
  return work;
}

const model::Placement* placement_of(const model::PipelineSpec& pipeline,
                                     const model::JobSpec& job) {
  return either(job.cluster.get().placement, pipeline.cluster.get().placement);
}

const model::OnUnreachable* on_unreachable_of(const model::PipelineSpec& pipeline,
                                              const model::JobSpec& job) {
  return either(job.cluster.get().on_unreachable, pipeline.cluster.get().on_unreachable);
}

}  // namespace core
