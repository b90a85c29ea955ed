#include "core/pod_merge.h"

#include <algorithm>

#include "core/naming.h"
#include "model/names.h"

namespace core {
namespace {

void put(base::Object& into, std::string_view name, const std::string& text) {
  if (!text.empty()) into[name] = text;
}

template <class E>
void put_word(base::Object& into, std::string_view name, const std::optional<E>& word) {
  if (word) into[name] = model::word(*word);
}

base::Value toleration(const model::Toleration& t) {
  base::Object out;
  put(out, "key", t.key);
  put_word(out, "operator", t.operator_);
  put(out, "value", t.value);
  put_word(out, "effect", t.effect);
  if (t.toleration_seconds) out["tolerationSeconds"] = *t.toleration_seconds;
  return out;
}

base::Value mount(const model::VolumeMount& m) {
  base::Object out{{"name", m.name}, {"mountPath", m.mount_path}};
  put(out, "subPath", m.sub_path);
  put(out, "subPathExpr", m.sub_path_expr);
  if (m.read_only) out["readOnly"] = *m.read_only;
  put_word(out, "mountPropagation", m.mount_propagation);
  return out;
}

base::Value source_ref(const model::SourceRef& ref) {
  base::Object out{{"name", ref.name}};
  if (ref.optional) out["optional"] = *ref.optional;
  return out;
}

base::Value env_from(const model::EnvFromSource& from) {
  base::Object out;
  put(out, "prefix", from.prefix);
  if (from.secret_ref) out["secretRef"] = source_ref(*from.secret_ref);
  if (from.config_map_ref) out["configMapRef"] = source_ref(*from.config_map_ref);
  return out;
}

base::Value key_ref(const model::KeyRef& ref) {
  base::Object out{{"name", ref.name}, {"key", ref.key}};
  if (ref.optional) out["optional"] = *ref.optional;
  return out;
}

base::Value variable(const model::EnvVar& var) {
  base::Object out{{"name", var.name}};
  const auto& from = var.value_from;
  if (var.value) {
    // A parameter is a value from outside: it is not to name other variables.
    out["value"] = from ? unexpanded(*var.value) : *var.value;
  } else if (from && from->secret_key_ref) {
    out["valueFrom"] = base::Object{{"secretKeyRef", key_ref(*from->secret_key_ref)}};
  } else if (from && from->config_map_key_ref) {
    out["valueFrom"] = base::Object{{"configMapKeyRef", key_ref(*from->config_map_key_ref)}};
  } else if (from && from->field_ref) {
    out["valueFrom"] =
        base::Object{{"fieldRef", base::Object{{"fieldPath", from->field_ref->field_path}}}};
  }
  return out;
}

template <class T>
void put_list(base::Object& into, std::string_view name, std::span<const T> list,
              base::Value (*entry)(const T&)) {
  if (list.empty()) return;
  base::Array out;
  for (const auto& each : list) out.push_back(entry(each));
  into[name] = std::move(out);
}

// Merging.

std::string_view key_of(std::string_view list) {
  if (list == "volumeMounts") return "mountPath";
  if (list == "tolerations" || list == "envFrom") return "";
  constexpr std::string_view named[] = {"volumes", "env", "imagePullSecrets"};
  return std::ranges::find(named, list) == std::end(named) ? "-" : "name";
}

bool same_key(const base::Value& a, const base::Value& b, std::string_view key) {
  if (key.empty() || !a.is_object() || !b.is_object()) return false;
  const auto* left = a.get_object().if_contains(key);
  const auto* right = b.get_object().if_contains(key);
  return left && right && *left == *right;
}

void merge(base::Object& under, base::Object over);

/// Entries of the list over replace those of their key; others are added in their order.
void merge_list(base::Array& under, base::Array over, std::string_view key) {
  for (auto& entry : over) {
    const auto at =
        std::ranges::find_if(under, [&](const auto& each) { return same_key(each, entry, key); });
    if (at == under.end())
      under.push_back(std::move(entry));
    else
      *at = std::move(entry);
  }
}

void merge_member(base::Value& under, base::Value over, std::string_view name) {
  const bool lists = under.is_array() && over.is_array();
  if (under.is_object() && over.is_object())
    merge(under.get_object(), std::move(over.get_object()));
  else if (lists && key_of(name) != "-")
    merge_list(under.get_array(), std::move(over.get_array()), key_of(name));
  else
    under = std::move(over);
}

void merge(base::Object& under, base::Object over) {
  for (auto& [name, value] : over) {
    if (auto* there = under.if_contains(name))
      merge_member(*there, std::move(value), name);
    else
      under.emplace(name, std::move(value));
  }
}

/// Takes the main container out of a list of containers; one without anything when it is not there.
base::Object take_main(base::Array& containers) {
  const auto at = std::ranges::find_if(containers, [](const auto& each) {
    const auto* name = each.is_object() ? each.get_object().if_contains("name") : nullptr;
    return name && name->is_string() && std::string_view(name->get_string()) == main_container;
  });
  if (at == containers.end()) return {};
  auto main = std::move(at->get_object());
  containers.erase(at);
  return main;
}

}  // namespace

std::string unexpanded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '$') out += c;  // "$$" is how the kubelet is told of a "$"
    out += c;
  }
  return out;
}

base::Object own_pod_spec(const model::PodSettings& pod) {
  base::Object out;
  if (!pod.volumes.is_null()) out["volumes"] = pod.volumes;
  if (!pod.node_selector.empty()) {
    base::Object selector;
    for (const auto& [key, value] : pod.node_selector) selector[key] = value;
    out["nodeSelector"] = std::move(selector);
  }
  put_list<model::Toleration>(out, "tolerations", pod.tolerations, toleration);
  put(out, "serviceAccountName", pod.service_account_name);
  put_list<model::NameRef>(
      out, "imagePullSecrets", pod.image_pull_secrets,
      [](const model::NameRef& ref) -> base::Value { return base::Object{{"name", ref.name}}; });
  put(out, "priorityClassName", pod.priority_class_name);
  return out;
}

base::Object own_container(const model::PodSettings& pod, std::span<const model::EnvVar> env) {
  base::Object out;
  put_word(out, "imagePullPolicy", pod.image_pull_policy);
  put(out, "workingDir", pod.working_dir);
  put_list<model::EnvVar>(out, "env", env, variable);
  put_list<model::EnvFromSource>(out, "envFrom", pod.env_from, env_from);
  put_list<model::VolumeMount>(out, "volumeMounts", pod.volume_mounts, mount);
  if (!pod.security_context.is_null()) out["securityContext"] = pod.security_context;
  return out;
}

base::Object merge_pod_spec(const base::Value& pod_template, base::Object own,
                            base::Object container) {
  base::Object spec;
  const auto* given = pod_template.if_object();
  if (const auto* under = given ? given->if_contains("spec") : nullptr; under && under->is_object())
    spec = under->get_object();
  base::Array containers;
  if (auto* list = spec.if_contains("containers"); list && list->is_array())
    containers = std::move(list->get_array());
  auto main = take_main(containers);
  merge(main, std::move(container));
  main["name"] = main_container;
  containers.insert(containers.begin(), std::move(main));
  merge(spec, std::move(own));
  spec["containers"] = std::move(containers);
  return spec;
}

}  // namespace core
