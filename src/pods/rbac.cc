#include "pods/rbac.h"

#include <fmt/format.h>

namespace pods {
namespace {

// `patch` takes our finalizer away; Secrets are only ever made, and go with the Pod that owns them.
constexpr std::string_view manifest = R"(apiVersion: v1
kind: ServiceAccount
metadata: {{name: {0}, namespace: {1}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {0}, namespace: {1}}}
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [create, get, list, watch, patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, get, list, watch, patch, delete]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {0}, namespace: {1}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {0}}}
subjects:
- {{kind: ServiceAccount, name: {0}, namespace: {1}}}
)";

}  // namespace

std::string rbac_manifest(const std::string& name, const std::string& name_space) {
  return fmt::format(manifest, name, name_space);
}

}  // namespace pods
