#pragma once

#include <memory>
#include <string>

#include "agent/executor.h"
#include "kube/api.h"
#include "loop/clock.h"
#include "model/policy.h"

namespace pods {

struct Settings {
  std::string name_space = "default";  ///< Where everything is made.
  model::Policy policy;                ///< What the cluster's owner grants.
  std::size_t followers_max = 500;     ///< Logs that are followed at once.
};

/// Runs attempts as Pods, or as batch/v1 Jobs, of one namespace. It keeps nothing: everything is
/// found again by its labels. Of a plain attempt it makes two writes, create and delete.
class PodExecutor final : public agent::Executor {
 public:
  /// Clock, API and loop outlive this; `stop` was awaited when it is destroyed.
  PodExecutor(loop::Executor, loop::Clock&, kube::Api&, Settings);
  ~PodExecutor() override;

  std::string kind() const override { return "kubernetes"; }
  model::Health health() override;
  void begin(const model::Session&) override;
  loop::Task<agent::Sightings> look(bool whole) override;
  loop::Task<agent::Created> create(model::Assignment, base::Mono until) override;
  void complete(const model::Assignment&) override;
  loop::Task<> stop(std::string name, std::string uid) override;
  loop::Task<bool> remove(std::string name, std::string uid) override;
  loop::Task<agent::LogPiece> read_log(agent::LogName, agent::LogFrom, std::size_t max) override;
  void prefer(const std::set<std::string>& names) override;
  void forget(const std::string& name) override;
  std::set<agent::LogName> take_written() override;
  loop::Bell& written() override;
  loop::Bell& changed() override;
  /// Ends what goes on in the background. What runs on the cluster goes on.
  loop::Task<> end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pods
