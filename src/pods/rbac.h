#pragma once

#include <string>

namespace pods {

/// The least that an agent may do where its Pods are made: a ServiceAccount, a Role and their
/// binding, as YAML for kubectl. Both names are Kubernetes names; a bad one is refused by kubectl.
std::string rbac_manifest(const std::string& name, const std::string& name_space);

}  // namespace pods
