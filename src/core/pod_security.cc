#include "core/pod_security.h"

#include <algorithm>

#include "core/pod_spec.h"

namespace core {
namespace {

/// The object of this name, made if it is not there.
base::Object& object_in(base::Object& object, std::string_view name) {
  auto& member = object[name];
  if (!member.is_object()) member = base::Object();
  return member.get_object();
}

void put_default(base::Object& object, std::string_view name, base::Value value) {
  if (!object.contains(name)) object[name] = std::move(value);
}

bool is_on(const base::Object& object, std::string_view name) {
  const auto* flag = object.if_contains(name);
  return flag && flag->is_bool() && flag->get_bool();
}

/// Whether somebody said which user it is to be, or that it is to be root.
bool chooses_user(const base::Object& security) {
  return security.contains("runAsUser") || security.contains("runAsNonRoot");
}
bool chooses_root(const base::Object& security) {
  const auto* user = security.if_contains("runAsUser");
  const auto* other = security.if_contains("runAsNonRoot");
  return (user && *user == 0) || (other && *other == false);
}

/// Capabilities with which the API server refuses `allowPrivilegeEscalation: false`.
bool adds_admin(const base::Object& security) {
  const auto* capabilities = security.if_contains("capabilities");
  if (!capabilities || !capabilities->is_object()) return false;
  const auto* add = capabilities->get_object().if_contains("add");
  if (!add || !add->is_array()) return false;
  return std::ranges::any_of(add->get_array(), [](const base::Value& each) {
    return each == "SYS_ADMIN" || each == "CAP_SYS_ADMIN" || each == "ALL";
  });
}

/// How a container's user is chosen, looking at it and at what the Pod says for all of them.
struct User {
  bool chosen = false;
  bool root = false;  ///< Or whatever the image says, which may be that.
};

User user_of(const base::Object& pod, const base::Object& container, const model::Policy& policy) {
  const bool chosen = chooses_user(pod) || chooses_user(container);
  if (!policy.allows(model::Allowance::root)) return {.chosen = chosen};
  return {chosen, !chosen || chooses_root(pod) || chooses_root(container)};
}

void harden_container(base::Object& container, const base::Object& pod,
                      const model::Policy& policy) {
  auto& security = object_in(container, "securityContext");
  const bool privileged = is_on(security, "privileged");
  if (!privileged && !adds_admin(security))
    put_default(security, "allowPrivilegeEscalation", false);
  const auto user = user_of(pod, security, policy);
  if (user.root) return;
  if (!privileged)
    put_default(object_in(security, "capabilities"), "drop", base::Array{base::Value("ALL")});
  if (!user.chosen) security["runAsUser"] = default_uid;
  put_default(security, "runAsNonRoot", true);
}

}  // namespace

void harden(base::Object& spec, const model::Policy& policy) {
  put_default(spec, "enableServiceLinks", false);
  if (!spec.contains("serviceAccountName"))
    put_default(spec, "automountServiceAccountToken", false);
  auto& pod = object_in(spec, "securityContext");
  put_default(pod, "seccompProfile", base::Object{{"type", "RuntimeDefault"}});
  for (const auto* list : {"containers", "initContainers"})
    if (auto* containers = spec.if_contains(list); containers && containers->is_array())
      for (auto& container : containers->get_array())
        if (container.is_object()) harden_container(container.get_object(), pod, policy);
}

}  // namespace core
