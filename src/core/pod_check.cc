#include "core/pod_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "base/bytes.h"
#include "base/pointer.h"
#include "core/naming.h"
#include "core/pod_fields.h"

namespace core {
namespace {

using base::pointer_join;

/// A path inside a container: absolute, and without what Kubernetes refuses.
bool is_container_path(std::string_view path) {
  return path.size() <= 4096 && path.starts_with('/') && path.find_first_of(":\0") == path.npos;
}

void check_workload(const model::PodSettings& pod, const PipelineLimits& limits,
                    const std::string& at, Checker& c) {
  const auto only_of_jobs = [&](bool given, std::string_view name) {
    if (given && pod.workload != model::Workload::job)
      c.fault(pointer_join(at, name), "only with 'workload: job'");
  };
  only_of_jobs(pod.completions.has_value(), "completions");
  only_of_jobs(pod.parallelism.has_value(), "parallelism");
  only_of_jobs(pod.completion_mode.has_value(), "completionMode");
  const auto bounded = [&](std::optional<std::uint32_t> n, std::uint32_t max,
                           std::string_view name) {
    if (n && (*n < 1 || *n > max))
      c.fault(pointer_join(at, name), fmt::format("must be from 1 to {}", max));
  };
  bounded(pod.completions, limits.completions_max, "completions");
  bounded(pod.parallelism, limits.parallelism_max, "parallelism");
  if (pod.completion_mode == model::CompletionMode::Indexed && !pod.completions)
    c.fault(at + "/completionMode", "'Indexed' needs 'completions'");
}

void check_name(const std::string& name, const std::string& at, Checker& c) {
  if (!is_dns_name(name))
    c.fault(at, "not the name of an object: use a-z, 0-9, '-' and '.', at most 253");
}

void check_volume(const base::Value& volume, const std::string& at,
                  std::set<std::string_view>& seen, Checker& c) {
  if (!volume.is_object()) return;
  const auto& object = volume.get_object();
  const auto* name = object.if_contains("name");
  const auto* text = name ? name->if_string() : nullptr;
  const std::string_view known = text ? std::string_view(*text) : "";
  if (!base::is_dns_label(known))
    c.fault(at + "/name", "a volume's name is a DNS label: a-z, 0-9 and '-', at most 63");
  else if (known.starts_with(our_volume_prefix))
    c.fault(at + "/name", fmt::format("names that start with {} are ours", our_volume_prefix));
  else if (!seen.insert(known).second)
    c.fault(at + "/name", "there is a volume of this name already");
  if (object.size() != (name ? 2u : 1u)) c.fault(at, "give the volume exactly one kind");
}

/// Names and kinds of volumes; what they hold is checked by the table.
void check_volumes(const base::Value& volumes, const std::string& at, const PipelineLimits& limits,
                   std::set<std::string_view>& seen, Checker& c) {
  if (!volumes.is_array()) return;
  const auto& list = volumes.get_array();
  if (list.size() > limits.volumes_max)
    return c.fault(at, fmt::format("there are {} volumes; at most {} are allowed", list.size(),
                                   limits.volumes_max));
  for (std::size_t i = 0; i < list.size(); ++i)
    check_volume(list[i], fmt::format("{}/{}", at, i), seen, c);
}

void check_mount(const model::VolumeMount& mount, const std::string& at, Checker& c) {
  if (!is_container_path(mount.mount_path))
    c.fault(at + "/mountPath", "give an absolute path without ':'");
  if (mount.mount_path.starts_with(our_mount))
    c.fault(at + "/mountPath", fmt::format("{} is ours", our_mount));
  if (!mount.sub_path.empty() && !mount.sub_path_expr.empty())
    c.fault(at, "give 'subPath' or 'subPathExpr', not both");
  if (!is_inner_path(mount.sub_path))
    c.fault(at + "/subPath", "give a path inside the volume, without '..'");
  if (!is_inner_path(mount.sub_path_expr))
    c.fault(at + "/subPathExpr", "give a path inside the volume, without '..'");
}

void check_mounts(const model::PodSettings& pod, const PipelineLimits& limits,
                  const std::set<std::string_view>& volumes, const std::string& at, Checker& c) {
  if (pod.volume_mounts.size() > limits.volumes_max)
    return c.fault(at, fmt::format("at most {} are allowed", limits.volumes_max));
  std::set<std::string_view> paths;
  for (std::size_t i = 0; i < pod.volume_mounts.size(); ++i) {
    const auto here = fmt::format("{}/{}", at, i);
    const auto& mount = pod.volume_mounts[i];
    check_mount(mount, here, c);
    if (!volumes.contains(mount.name))
      c.fault(here + "/name", fmt::format("there is no volume '{}'", mount.name.substr(0, 63)));
    if (!paths.insert(mount.mount_path).second)
      c.fault(here + "/mountPath", "something is mounted there already");
  }
}

void check_toleration(const model::Toleration& t, const std::string& at, Checker& c) {
  using enum model::TolerationOperator;
  if (!t.key.empty() && !is_label_key(t.key)) c.fault(at + "/key", "not the key of a taint");
  if (t.key.empty() && t.operator_ != Exists) c.fault(at, "without a 'key', 'operator' is Exists");
  if (t.operator_ == Exists && !t.value.empty())
    c.fault(at + "/value", "with the operator Exists there is no value");
  if (t.toleration_seconds && t.effect != model::TaintEffect::NoExecute)
    c.fault(at + "/tolerationSeconds", "only with the effect NoExecute");
}

void check_env_from(const model::EnvFromSource& from, const std::string& at, Checker& c) {
  if (!from.prefix.empty() && !is_env_name(from.prefix))
    c.fault(at + "/prefix", "a variable's name cannot begin so");
  if (from.prefix.starts_with("FAIRLEAD_"))
    c.fault(at + "/prefix", "names that start with FAIRLEAD_ are ours");
  if (from.secret_ref.has_value() == from.config_map_ref.has_value())
    return c.fault(at, "give one of secretRef and configMapRef");
  if (from.secret_ref) check_name(from.secret_ref->name, at + "/secretRef/name", c);
  if (from.config_map_ref) check_name(from.config_map_ref->name, at + "/configMapRef/name", c);
}

template <class T, class F>
void check_each(const std::vector<T>& list, const PipelineLimits& limits, const std::string& at,
                Checker& c, F check) {
  if (list.size() > limits.volumes_max)
    return c.fault(at, fmt::format("at most {} are allowed", limits.volumes_max));
  for (std::size_t i = 0; i < list.size(); ++i) check(list[i], fmt::format("{}/{}", at, i), c);
}

/// The volumes of a podTemplate, if it has a list of them.
const base::Value* template_volumes(const base::Value& pod_template) {
  const auto* object = pod_template.if_object();
  const auto* spec = object ? object->if_contains("spec") : nullptr;
  return spec && spec->is_object() ? spec->get_object().if_contains("volumes") : nullptr;
}

/// The template's volumes are looked at first: a mount may name one of them.
void check_storage(const model::PodSettings& pod, const PipelineLimits& limits,
                   const std::string& at, Checker& c) {
  std::set<std::string_view> names;
  if (const auto* volumes = template_volumes(pod.pod_template))
    check_volumes(*volumes, at + "/podTemplate/spec/volumes", limits, names, c);
  if (!pod.volumes.is_null()) {
    check_objects(pod.volumes, field_shape("Volume"), at + "/volumes", nullptr, c);
    check_volumes(pod.volumes, at + "/volumes", limits, names, c);
  }
  check_mounts(pod, limits, names, at + "/volumeMounts", c);
}

void check_placement(const model::Placement& placement, const PipelineLimits& limits,
                     const std::string& at, Checker& c) {
  check_each(placement.clusters, limits, at + "/clusters", c,
             [](const std::string& name, const std::string& here, Checker& checker) {
               if (!base::is_dns_label(name)) checker.fault(here, "not the name of a cluster");
             });
  for (const auto& [key, value] : placement.labels)
    check_label(key, value, pointer_join(at + "/labels", key), c);
}

}  // namespace

void check_pod_settings(const model::PodSettings& pod, const PipelineLimits& limits,
                        const std::string& at, Checker& c) {
  check_workload(pod, limits, at, c);
  for (const auto& [key, value] : pod.node_selector)
    check_label(key, value, pointer_join(at + "/nodeSelector", key), c);
  check_each(pod.tolerations, limits, at + "/tolerations", c, check_toleration);
  check_storage(pod, limits, at, c);
  check_each(pod.env_from, limits, at + "/envFrom", c, check_env_from);
  check_each(pod.image_pull_secrets, limits, at + "/imagePullSecrets", c,
             [](const model::NameRef& ref, const std::string& here, Checker& checker) {
               check_name(ref.name, here + "/name", checker);
             });
  if (!pod.service_account_name.empty())
    check_name(pod.service_account_name, at + "/serviceAccountName", c);
  if (!pod.priority_class_name.empty())
    check_name(pod.priority_class_name, at + "/priorityClassName", c);
  if (!pod.working_dir.empty() && !is_container_path(pod.working_dir))
    c.fault(at + "/workingDir", "give an absolute path without ':'");
  if (!pod.security_context.is_null())
    check_fields(pod.security_context, field_shape("Security"), at + "/securityContext", nullptr,
                 c);
  if (pod.pod_template.is_null()) return;
  if (boost::json::serialize(pod.pod_template).size() > limits.template_bytes_max)
    return c.fault(at + "/podTemplate",
                   fmt::format("longer than {} bytes", limits.template_bytes_max));
  check_pod_template(pod.pod_template, at + "/podTemplate", nullptr, c);
}

constexpr base::Micros unreachable_min = std::chrono::minutes(1),
                       unreachable_max = std::chrono::days(30);

void check_cluster_settings(const model::ClusterSettings& settings, const PipelineLimits& limits,
                            const std::string& at, Checker& c) {
  if (!read_keep_pods(settings.keep_pods))
    c.fault(at + "/keepPods",
            "use never, onFailure, or for how long to keep them, such as 5m; at most 30 days");
  if (!read_keep_logs(settings.keep_logs)) c.fault(at + "/keepLogs", "use always or never");
  if (settings.on_unreachable && (settings.on_unreachable->after < unreachable_min ||
                                  settings.on_unreachable->after > unreachable_max))
    c.fault(at + "/onUnreachable/after", "between 1m and 30 days");
  if (settings.placement) check_placement(*settings.placement, limits, at + "/placement", c);
}

bool is_inner_path(std::string_view path) {
  if (path.starts_with('/')) return false;
  for (std::size_t from = 0; from <= path.size();) {
    const auto to = std::min(path.find('/', from), path.size());
    if (path.substr(from, to - from) == "..") return false;
    from = to + 1;
  }
  return true;
}

std::optional<KeepPods> read_keep_pods(std::string_view text) {
  constexpr base::Micros failed = std::chrono::days(1), most = std::chrono::days(30);
  if (text.empty() || text == "never") return KeepPods{};
  if (text == "onFailure") return KeepPods{.failed = failed};
  const auto time = base::parse_duration(text);
  if (!time || *time > most) return {};
  return KeepPods{*time, *time};
}

std::optional<bool> read_keep_logs(std::string_view text) {
  if (text.empty() || text == "always") return true;
  if (text == "never") return false;
  return {};
}

}  // namespace core
