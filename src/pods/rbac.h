#pragma once

#include <string>
#include <vector>

#include "kube/request.h"

namespace pods {

/// Everything that an agent does where its Pods are made, right by right.
std::vector<kube::Right> needed_rights(const std::string& name_space);

/// Just these: a ServiceAccount, a Role and their binding, as YAML for kubectl. Both names are
/// Kubernetes names; a bad one is refused by kubectl.
std::string rbac_manifest(const std::string& name, const std::string& name_space);

}  // namespace pods
