#include "pods/rbac.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pods {
namespace {

/// A rule of the Role.
struct Rule {
  std::string_view group_version, plural, subresource;
  std::vector<std::string_view> verbs;
};

/// `patch` takes our finalizer away; Secrets are only ever made, and go with the Pod that owns
/// them.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> all{
      {"v1", "pods", "", {"create", "get", "list", "watch", "patch", "delete"}},
      {"batch/v1", "jobs", "", {"create", "get", "list", "watch", "patch", "delete"}},
      {"v1", "pods", "log", {"get"}},
      {"v1", "events", "", {"list", "watch"}},
      {"v1", "secrets", "", {"create"}}};
  return all;
}

std::string rule_text(const Rule& rule) {
  const auto slash = rule.group_version.find('/');
  const auto group =
      slash == rule.group_version.npos ? "\"\"" : rule.group_version.substr(0, slash);
  return fmt::format("- apiGroups: [{}]\n  resources: [{}{}{}]\n  verbs: [{}]\n", group,
                     rule.plural, rule.subresource.empty() ? "" : "/", rule.subresource,
                     fmt::join(rule.verbs, ", "));
}

constexpr std::string_view account = R"(apiVersion: v1
kind: ServiceAccount
metadata: {{name: {0}, namespace: {1}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {0}, namespace: {1}}}
rules:
)";

constexpr std::string_view binding = R"(---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {0}, namespace: {1}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {0}}}
subjects:
- {{kind: ServiceAccount, name: {0}, namespace: {1}}}
)";

}  // namespace

std::vector<kube::Right> needed_rights(const std::string& name_space) {
  std::vector<kube::Right> rights;
  for (const auto& rule : rules())
    for (const auto verb : rule.verbs)
      rights.push_back({std::string(verb),
                        {std::string(rule.group_version), std::string(rule.plural), name_space},
                        std::string(rule.subresource)});
  return rights;
}

std::string rbac_manifest(const std::string& name, const std::string& name_space) {
  auto text = fmt::format(account, name, name_space);
  for (const auto& rule : rules()) text += rule_text(rule);
  return text + fmt::format(binding, name, name_space);
}

}  // namespace pods
