#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/value.h"
#include "model/link.h"
#include "model/pod.h"
#include "model/policy.h"

namespace core {

/// The annotation that tells a later agent how long what it made stays.
inline constexpr std::string_view keep_pods_mark = "keep-pods";
/// The same for whether its output is kept.
inline constexpr std::string_view keep_logs_mark = "keep-logs";
/// The same for how long without the server it is left to run.
inline constexpr std::string_view stop_unseen_mark = "stop-unseen";
/// The revision of the assignment that it was made for: what a server that remembers less than
/// that has to be told. Not part of the hash, for an offer that is repeated has another.
inline constexpr std::string_view revision_mark = "revision";

/// Where an agent makes objects, and what its project may do there.
struct PodContext {
  std::string installation;
  std::string cluster;
  std::string namespace_;
  model::Policy policy;
};

/// The uid that containers run as unless the job says another or the policy allows `root`.
inline constexpr std::int64_t default_uid = 65532;
/// A payload up to this size that is text and no secret travels in an annotation.
inline constexpr std::size_t payload_inline_max = 64 << 10;

/// The Pod of this assignment, which has its work, exactly as it is to be POSTed. The work passed
/// `check_policy`. Deterministic: the same assignment gives the same object.
///   - the podTemplate, over it the job's fields, over them ours
///   - labels fairlead.dev/{installation,cluster,project,run,job,index,attempt,assignment} and
///     app.kubernetes.io/managed-by; annotation fairlead.dev/spec-hash over all the rest
///   - restartPolicy Never; activeDeadlineSeconds = run timeout + grace, counted by the kubelet
///     from when it takes the Pod
///   - passes the Pod Security level *restricted* unless policy and job say otherwise
base::Value pod_of(const PodContext&, const model::Assignment&);

/// The same as a batch/v1 Job: backoffLimit 0, its Pods are made from the same template.
base::Value job_of(const PodContext&, const model::Assignment&);

/// Either of them, as the work's `workload` says.
base::Value object_of(const PodContext&, const model::Assignment&);

/// The Secret that holds the payload of this assignment, owned by its object with this uid; nothing
/// when the payload is in an annotation or there is none.
std::optional<base::Value> secret_of(const PodContext&, const model::Assignment&,
                                     const std::string& owner_uid);
/// Whether there has to be such a Secret.
bool needs_secret(const model::Work&);

/// What is marked under this name; "" if nothing is.
std::string_view mark_in(const model::Marks&, std::string_view name);

/// The attempt whose object carries these labels, if it is of this installation and cluster.
std::optional<model::AttemptKey> key_of(const PodContext&, const model::Marks& labels);

/// Whether what has the assignment's name is ours to adopt: why not, `name taken: …`, or nothing.
/// The labels must agree; with its work, the project and the hash of what we would have sent, too.
std::optional<std::string> name_taken(const PodContext&, const model::Assignment&,
                                      const model::Marks& labels, const model::Marks& annotations);

/// A text as the value of a label: cut to 63, other characters become '-'.
std::string label_value(std::string_view);

}  // namespace core
