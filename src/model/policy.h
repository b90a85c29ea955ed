#pragma once

#include <algorithm>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <vector>

namespace model {

/// Something that Pods of a project may have on a cluster only if the cluster's owner grants it.
enum class Allowance {
  host_namespaces,   ///< The network, processes or ports of the node.
  host_path,         ///< Files of the node.
  privileged,        ///< Whatever loosens the isolation of a container.
  capabilities,      ///< Linux capabilities beyond NET_BIND_SERVICE.
  root,              ///< To run as root: as uid 0, or as whatever user the image has.
  service_accounts,  ///< A service account by name, and its tokens.
  priority_classes,  ///< To be scheduled before others.
  tolerations,       ///< Nodes that are kept for somebody else.
  runtime_classes,   ///< Another container runtime.
  secrets,           ///< Secrets by name.
  claims,            ///< PersistentVolumeClaims by name.
};
BOOST_DESCRIBE_ENUM(Allowance, host_namespaces, host_path, privileged, capabilities, root,
                    service_accounts, priority_classes, tolerations, runtime_classes, secrets,
                    claims)

/// What a project may do on a cluster. By default only what harms nobody.
struct Policy {
  std::vector<Allowance> allow;
  bool allows(Allowance a) const { return std::ranges::find(allow, a) != allow.end(); }
};
BOOST_DESCRIBE_STRUCT(Policy, (), (allow))

}  // namespace model
