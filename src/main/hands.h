#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "kube/client.h"
#include "local/executor.h"
#include "loop/offload.h"
#include "pods/executor.h"

namespace fairlead {

/// Which Kubernetes, and what may be done there.
struct KubernetesChoice {
  std::string kubeconfig;  ///< A path, or `in-cluster`.
  std::string context;     ///< Empty: the current one.
  std::string name_space;  ///< Empty: the context's.
  model::Policy policy;
};

/// The cluster of a choice. Throws base::Failure with a sentence that names what is wrong.
kube::Config kube_config(const KubernetesChoice&);

/// An executor with everything that it stands on.
class Hands {
 public:
  virtual ~Hands() = default;
  virtual agent::Executor& executor() = 0;
  /// What a person should know about where jobs run.
  virtual std::string says() const = 0;
  /// Ends what goes on in the background.
  virtual loop::Task<> end() = 0;
};

std::unique_ptr<Hands> local_hands(loop::Executor, loop::Clock&, loop::Pool&,
                                   const std::filesystem::path& folder);
std::unique_ptr<Hands> kubernetes_hands(loop::Executor, loop::Clock&, const KubernetesChoice&);

}  // namespace fairlead
