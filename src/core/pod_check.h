#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/check.h"
#include "model/policy.h"

namespace core {

/// Checks what a job asks of its Pod; `pointer` is the job's place.
void check_pod_settings(const model::PodSettings&, const PipelineLimits&,
                        const std::string& pointer, Checker&);

/// Checks where attempts may go and what becomes of them there; `pointer` is the place of the job
/// or pipeline that says it.
void check_cluster_settings(const model::ClusterSettings&, const PipelineLimits&,
                            const std::string& pointer, Checker&);

/// Checks a podTemplate: its fields, and that it sets nothing that is ours. With a policy, also
/// that it allows what they need.
void check_pod_template(const base::Value&, const std::string& pointer, const model::Policy*,
                        Checker&);

/// Whether a path inside a volume, of `subPath`, cannot lead out of it.
bool is_inner_path(std::string_view);

/// How long Pods stay after the end of their attempt.
struct KeepPods {
  base::Micros succeeded{0};
  base::Micros failed{0};  ///< Or canceled.
};
/// Reads `keepPods`; nothing when it is neither `never`, `onFailure` (a day) nor a duration.
std::optional<KeepPods> read_keep_pods(std::string_view);

/// Reads `keepLogs`: whether output is kept; nothing when it is neither `always` nor `never`.
std::optional<bool> read_keep_logs(std::string_view);

}  // namespace core
