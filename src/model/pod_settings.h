#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/box.h"
#include "base/time.h"
#include "base/value.h"

/// What a job asks of its Pod and of the clusters, as its author wrote it. These fields stand
/// beside `image` and `run`; docs/pipeline.md describes each. What has a Kubernetes name has its
/// Kubernetes meaning (API reference v1.34, Pod v1 core and Job v1 batch).
namespace model {

/// What an attempt is on its cluster.
enum class Workload {
  pod,  ///< A bare Pod.
  job,  ///< A batch/v1 Job, which makes the Pods.
};
BOOST_DESCRIBE_ENUM(Workload, pod, job)

enum class CompletionMode { NonIndexed, Indexed };
BOOST_DESCRIBE_ENUM(CompletionMode, NonIndexed, Indexed)

enum class PullPolicy { Always, IfNotPresent, Never };
BOOST_DESCRIBE_ENUM(PullPolicy, Always, IfNotPresent, Never)

enum class TolerationOperator { Exists, Equal };
BOOST_DESCRIBE_ENUM(TolerationOperator, Exists, Equal)

enum class TaintEffect { NoSchedule, PreferNoSchedule, NoExecute };
BOOST_DESCRIBE_ENUM(TaintEffect, NoSchedule, PreferNoSchedule, NoExecute)

struct Toleration {
  std::string key;  ///< Empty: every key.
  std::optional<TolerationOperator> operator_;
  std::string value;
  std::optional<TaintEffect> effect;  ///< None: every effect.
  std::optional<std::int64_t> toleration_seconds;
};
BOOST_DESCRIBE_STRUCT(Toleration, (), (key, operator_, value, effect, toleration_seconds))

enum class MountPropagation { None, HostToContainer, Bidirectional };
BOOST_DESCRIBE_ENUM(MountPropagation, None, HostToContainer, Bidirectional)

struct VolumeMount {
  std::string name;
  std::string mount_path;
  std::string sub_path;
  std::string sub_path_expr;
  std::optional<bool> read_only;
  std::optional<MountPropagation> mount_propagation;
  static constexpr std::string_view required_members[] = {"name", "mount_path"};
};
BOOST_DESCRIBE_STRUCT(VolumeMount, (),
                      (name, mount_path, sub_path, sub_path_expr, read_only, mount_propagation))

/// An object of the Pod's namespace, by its name.
struct NameRef {
  std::string name;
  static constexpr std::string_view required_members[] = {"name"};
};
BOOST_DESCRIBE_STRUCT(NameRef, (), (name))

/// A Secret or ConfigMap whose entries become variables.
struct SourceRef {
  std::string name;
  std::optional<bool> optional;
  static constexpr std::string_view required_members[] = {"name"};
};
BOOST_DESCRIBE_STRUCT(SourceRef, (), (name, optional))

/// One of both, with a prefix for the names of the variables.
struct EnvFromSource {
  std::string prefix;
  std::optional<SourceRef> secret_ref;
  std::optional<SourceRef> config_map_ref;
};
BOOST_DESCRIBE_STRUCT(EnvFromSource, (), (prefix, secret_ref, config_map_ref))

/// The Pod of a job, beyond image, command, env and resources.
struct PodSettings {
  std::optional<Workload> workload;
  std::optional<std::uint32_t> completions;
  std::optional<std::uint32_t> parallelism;
  std::optional<CompletionMode> completion_mode;
  std::map<std::string, std::string> node_selector;
  std::vector<Toleration> tolerations;
  base::Value volumes;  ///< A list of Pod v1 Volume; core/pod_fields.h says which kinds.
  std::vector<VolumeMount> volume_mounts;
  std::string service_account_name;
  std::vector<NameRef> image_pull_secrets;
  std::optional<PullPolicy> image_pull_policy;
  std::string working_dir;
  std::vector<EnvFromSource> env_from;
  base::Value security_context;  ///< Of the container: Pod v1 SecurityContext.
  std::string priority_class_name;
  base::Value pod_template;     ///< `{metadata: {labels, annotations}, spec: PodSpec}`
  std::optional<bool> protect;  ///< Nobody can remove the object without us.
};
BOOST_DESCRIBE_STRUCT(PodSettings, (),
                      (workload, completions, parallelism, completion_mode, node_selector,
                       tolerations, volumes, volume_mounts, service_account_name,
                       image_pull_secrets, image_pull_policy, working_dir, env_from,
                       security_context, priority_class_name, pod_template, protect))

/// What becomes of an attempt that nobody could see for a while.
enum class Then { retry, fail };
BOOST_DESCRIBE_ENUM(Then, retry, fail)

/// Gives an attempt up that was unreachable for `after`. It may still run: its agent stops it
/// before that time, if it lives.
struct OnUnreachable {
  base::Micros after{0};
  Then then = Then::retry;
  static constexpr std::string_view required_members[] = {"after", "then"};
};
BOOST_DESCRIBE_STRUCT(OnUnreachable, (), (after, then))

/// The clusters that attempts may go to. What is empty asks for nothing.
struct Placement {
  std::vector<std::string> clusters;          ///< One of these names.
  std::map<std::string, std::string> labels;  ///< All of these labels.
};
BOOST_DESCRIBE_STRUCT(Placement, (), (clusters, labels))

/// How attempts live on clusters. A job says it, or its pipeline for all jobs.
struct ClusterSettings {
  std::string keep_pods;  ///< `never`, `onFailure`, or for how long; empty: never.
  std::string keep_logs;  ///< `always` or `never`; empty: always.
  std::optional<OnUnreachable> on_unreachable;
  std::optional<Placement> placement;
};
BOOST_DESCRIBE_STRUCT(ClusterSettings, (), (keep_pods, keep_logs, on_unreachable, placement))

}  // namespace model
