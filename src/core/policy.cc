#include "core/policy.h"

#include <limits>
#include <span>

#include "core/pod_check.h"
#include "core/pod_fields.h"
#include "core/pod_merge.h"

namespace core {
namespace {

/// Sizes were checked when the pipeline was accepted; this is about what may be said at all.
PipelineLimits no_limits() {
  PipelineLimits limits;
  limits.volumes_max = limits.template_bytes_max = std::numeric_limits<std::size_t>::max();
  limits.completions_max = limits.parallelism_max = std::numeric_limits<std::uint32_t>::max();
  return limits;
}

base::Faults check(const model::PodSettings& pod, std::span<const model::EnvVar> env,
                   const model::Policy& policy) {
  Checker form;
  check_pod_settings(pod, no_limits(), "", form);
  if (!form.clean()) return form.faults();

  Checker parts;
  const auto own = own_pod_spec(pod);
  const auto container = own_container(pod, env);
  check_fields(own, field_shape("PodSpec"), "", &policy, parts);
  check_fields(container, field_shape("Container"), "", &policy, parts);
  if (!pod.pod_template.is_null())
    check_pod_template(pod.pod_template, "/podTemplate", &policy, parts);
  if (!parts.clean()) return parts.faults();

  // The parts are clean, and merging adds nothing; should it ever, this is where it stops.
  Checker whole;
  check_fields(merge_pod_spec(pod.pod_template, own, container), field_shape("PodSpec"),
               "/podTemplate/spec", &policy, whole);
  return whole.faults();
}

}  // namespace

base::Faults check_policy(const model::JobSpec& job, const model::Policy& policy) {
  return check(job.pod.get(), job.env, policy);
}

base::Faults check_policy(const model::Work& work, const model::Policy& policy) {
  return check(work.pod.get(), work.env, policy);
}

}  // namespace core
