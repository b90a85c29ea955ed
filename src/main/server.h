#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "agent/agent.h"
#include "api/api.h"
#include "auth/gate.h"
#include "cli/settings.h"
#include "control/link.h"
#include "control/loops.h"
#include "http/server.h"
#include "loop/group.h"
#include "loop/loop.h"
#include "main/hands.h"
#include "main/in_process_link.h"

namespace fairlead {

/// Every part of a running server, in the order in which they depend on each other.
class Server {
 public:
  Server(const cli::ServerSettings&, bool dev);

  /// Serves until a stop signal; then lets requests end, releases the cluster and returns.
  void run();

 private:
  loop::Task<> main_task();
  loop::Task<> watch_stalls();
  loop::Task<> prepare_embedded_agent();
  bool has_agent() const { return dev_ || settings_.kubeconfig != "none"; }
  void announce(const net::Listener&) const;

  cli::ServerSettings settings_;
  bool dev_;
  std::filesystem::path folder_;
  loop::Loop loop_;
  loop::RealClock clock_;
  loop::Pool pool_{2};
  base::Rng rng_;
  std::string token_;
  store::Store store_;
  control::Scene scene_;
  control::Link link_;
  auth::Gate gate_;
  api::Api api_;
  http::Server http_;
  loop::Group group_;
  loop::Bell stop_;
  std::unique_ptr<Hands> hands_;
  std::optional<InProcessLink> agent_link_;
  std::optional<agent::Agent> agent_;
};

}  // namespace fairlead
