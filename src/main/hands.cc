#include "main/hands.h"

#include <cstdlib>

#include "main/programs.h"

namespace fairlead {
namespace {

class LocalHands final : public Hands {
 public:
  LocalHands(loop::Executor executor, loop::Clock& clock, loop::Pool& pool,
             const std::filesystem::path& folder)
      : executor_(std::move(executor), clock, pool, folder, self_path()) {}
  agent::Executor& executor() override { return executor_; }
  std::string says() const override {
    return "jobs run on this host as processes; their images are recorded and not pulled";
  }
  loop::Task<> end() override { co_return; }

 private:
  local::LocalExecutor executor_;
};

class KubernetesHands final : public Hands {
 public:
  KubernetesHands(loop::Executor executor, loop::Clock& clock, const kube::Config& config,
                  model::Policy policy)
      : client_(clock, config),
        where_("jobs run as Pods in namespace " + config.name_space + " of " +
               (config.context.empty() ? "the cluster" : config.context)),
        executor_(std::move(executor), clock, client_,
                  {.name_space = config.name_space, .policy = std::move(policy)}) {}
  agent::Executor& executor() override { return executor_; }
  std::string says() const override { return where_; }
  loop::Task<> end() override { return executor_.end(); }

 private:
  kube::Client client_;
  std::string where_;
  pods::PodExecutor executor_;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

kube::Config kube_config(const KubernetesChoice& choice) {
  auto config = choice.kubeconfig == "in-cluster"
                    ? kube::in_cluster_config({.host = variable("KUBERNETES_SERVICE_HOST"),
                                               .port = variable("KUBERNETES_SERVICE_PORT")})
                    : kube::load_kubeconfig(choice.kubeconfig, choice.context);
  if (!config) throw base::Failure(config.error().message);
  if (!choice.name_space.empty()) config->name_space = choice.name_space;
  return *config;
}

std::unique_ptr<Hands> local_hands(loop::Executor executor, loop::Clock& clock, loop::Pool& pool,
                                   const std::filesystem::path& folder) {
  return std::make_unique<LocalHands>(std::move(executor), clock, pool, folder);
}

std::unique_ptr<Hands> kubernetes_hands(loop::Executor executor, loop::Clock& clock,
                                        const KubernetesChoice& choice) {
  return std::make_unique<KubernetesHands>(std::move(executor), clock, kube_config(choice),
                                           choice.policy);
}

}  // namespace fairlead
