#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/pointer.h"
#include "core/naming.h"
#include "core/pod_check.h"
#include "core/pod_fields.h"

namespace core {
namespace {

using base::pointer_join;

/// A text member of an object; empty when there is none.
std::string_view text_of(const base::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

/// The objects of a list member, with their indices.
template <class F>
void each_object(const base::Object& object, std::string_view name, F f) {
  const auto* value = object.if_contains(name);
  const auto* list = value ? value->if_array() : nullptr;
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if ((*list)[i].is_object()) f((*list)[i].get_object(), i);
}

/// Labels by which other programs know what is theirs.
bool is_taken_label(std::string_view key) {
  return key.starts_with(our_prefix) || key == "app.kubernetes.io/managed-by" ||
         key.starts_with("batch.kubernetes.io/") || key == "job-name" || key == "controller-uid";
}

void check_metadata_labels(const base::Value& labels, const std::string& at, Checker& c) {
  if (!labels.is_object()) return c.fault(at, "expected an object of strings");
  for (const auto& [key, value] : labels.get_object()) {
    const auto here = pointer_join(at, std::string_view(key).substr(0, 256));
    if (!value.is_string())
      c.fault(here, "expected a string");
    else if (is_taken_label(key))
      c.fault(here, "this label is not for a pipeline to set");
    else
      check_label(key, std::string_view(value.get_string()), here, c);
  }
}

/// Whether an annotation is an instruction to the cluster itself or its runtimes, rather than a
/// note: of Kubernetes, network plugins, CRI-O, containerd, Kata and crun.
bool instructs_cluster(std::string_view key, std::string_view value) {
  constexpr std::string_view harmless[] = {"cluster-autoscaler.kubernetes.io/safe-to-evict",
                                           "kubectl.kubernetes.io/default-container",
                                           "kubectl.kubernetes.io/default-logs-container"};
  constexpr std::string_view domains[] = {"kubernetes.io", "k8s.io", "cncf.io"};
  constexpr std::string_view runtimes[] = {"io.kubernetes.", "io.containerd.", "io.katacontainers.",
                                           "run.oci."};
  if (std::ranges::find(harmless, key) != std::end(harmless)) return false;
  if (key.starts_with("container.apparmor.security.beta.kubernetes.io/"))
    return value != "runtime/default" && !value.starts_with("localhost/");
  const auto domain = key.substr(0, key.find('/'));
  return std::ranges::any_of(domains,
                             [&](std::string_view known) {
                               return domain == known ||
                                      domain.ends_with(fmt::format(".{}", known));
                             }) ||
         std::ranges::any_of(runtimes, [&](auto known) { return key.starts_with(known); });
}

void check_annotations(const base::Value& annotations, const std::string& at,
                       const model::Policy* policy, Checker& c) {
  if (!annotations.is_object()) return c.fault(at, "expected an object of strings");
  for (const auto& [key, value] : annotations.get_object()) {
    const auto here = pointer_join(at, std::string_view(key).substr(0, 256));
    if (!value.is_string())
      c.fault(here, "expected a string");
    else if (std::string_view(key).starts_with(our_prefix))
      c.fault(here, fmt::format("annotations that start with {} are ours", our_prefix));
    else if (!is_label_key(key))
      c.fault(here, "not the key of an annotation");
    else if (policy && instructs_cluster(key, std::string_view(value.get_string())) &&
             !policy->allows(model::Allowance::privileged))
      c.fault(here,
              "needs 'privileged', which the policy of this project on this cluster does not "
              "allow");
  }
}

void check_metadata(const base::Value& metadata, const std::string& at, const model::Policy* policy,
                    Checker& c) {
  if (!metadata.is_object()) return c.fault(at, "expected an object");
  for (const auto& [name, value] : metadata.get_object()) {
    const auto here = pointer_join(at, std::string_view(name).substr(0, 256));
    if (name == "labels")
      check_metadata_labels(value, here, c);
    else if (name == "annotations")
      check_annotations(value, here, policy, c);
    else
      c.fault(here, "a podTemplate's metadata has labels and annotations only");
  }
}

void check_container(const base::Object& container, const std::string& at, Checker& c) {
  each_object(container, "env", [&](const base::Object& var, std::size_t i) {
    const auto name = text_of(var, "name");
    if (name.starts_with("FAIRLEAD_"))
      c.fault(fmt::format("{}/env/{}/name", at, i), "names that start with FAIRLEAD_ are ours");
  });
  each_object(container, "volumeMounts", [&](const base::Object& mount, std::size_t i) {
    const auto here = fmt::format("{}/volumeMounts/{}", at, i);
    if (text_of(mount, "name").starts_with(our_volume_prefix))
      c.fault(here + "/name", "this volume is ours");
    if (text_of(mount, "mountPath").starts_with(our_mount))
      c.fault(here + "/mountPath", fmt::format("{} is ours", our_mount));
    for (const auto* name : {"subPath", "subPathExpr"})
      if (!is_inner_path(text_of(mount, name)))
        c.fault(pointer_join(here, name), "give a path inside the volume, without '..'");
  });
}

/// Names of containers are unique in a Pod; `seen` has those before.
void check_container_name(std::string_view name, const std::string& at,
                          std::set<std::string_view>& seen, Checker& c) {
  if (!base::is_dns_label(name))
    c.fault(at + "/name", "a container's name is a DNS label: a-z, 0-9 and '-', at most 63");
  else if (!seen.insert(name).second)
    c.fault(at + "/name", "there is a container of this name already");
}

void check_containers(const base::Object& spec, const std::string& at, Checker& c) {
  std::set<std::string_view> names;
  each_object(spec, "containers", [&](const base::Object& container, std::size_t i) {
    const auto here = fmt::format("{}/containers/{}", at, i);
    const auto name = text_of(container, "name");
    check_container_name(name, here, names, c);
    if (name != main_container && text_of(container, "image").empty())
      c.fault(here + "/image", "name an image");
    check_container(container, here, c);
  });
  each_object(spec, "initContainers", [&](const base::Object& container, std::size_t i) {
    const auto here = fmt::format("{}/initContainers/{}", at, i);
    const auto name = text_of(container, "name");
    check_container_name(name, here, names, c);
    if (name == main_container)
      c.fault(here + "/name", "'main' is the job's own container, and no init container");
    if (text_of(container, "image").empty()) c.fault(here + "/image", "name an image");
    if (const auto* restart = container.if_contains("restartPolicy");
        restart && *restart != "Always")
      c.fault(here + "/restartPolicy", "only Always, which makes it a sidecar");
    check_container(container, here, c);
  });
}

}  // namespace

void check_pod_template(const base::Value& pod_template, const std::string& at,
                        const model::Policy* policy, Checker& c) {
  if (!pod_template.is_object()) return c.fault(at, "expected an object");
  for (const auto& [name, value] : pod_template.get_object()) {
    const auto here = pointer_join(at, std::string_view(name).substr(0, 256));
    if (name == "metadata") {
      check_metadata(value, here, policy, c);
    } else if (name == "spec") {
      check_fields(value, field_shape("PodSpec"), here, policy, c);
      if (value.is_object()) check_containers(value.get_object(), here, c);
    } else {
      c.fault(here, "a podTemplate has 'metadata' and 'spec' only");
    }
  }
}

}  // namespace core
