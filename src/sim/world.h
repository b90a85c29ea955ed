#pragma once

#include <memory>
#include <set>
#include <vector>

#include "agent/agent.h"
#include "loop/loop.h"
#include "sim/hands.h"
#include "sim/history.h"
#include "sim/link.h"
#include "sim/network.h"
#include "sim/workload.h"

namespace sim {

/// What was found wrong, and with which run.
struct Violation {
  model::RunId run;
  std::string what;
};

struct World;

/// One start of an agent: the real one, with a faulty link and faulty hands.
struct AgentProcess {
  AgentProcess(World&, FakeCluster&, agent::Settings);
  Process process;
  FaultyLink link;
  Hands hands;
  agent::Agent agent;
};

/// A cluster with the agent that should be at work there, and those that linger.
struct Site {
  std::unique_ptr<FakeCluster> cluster;
  std::unique_ptr<AgentProcess> agent;  ///< Null while there is none.
  std::vector<std::unique_ptr<AgentProcess>> zombies;
  base::Mono next_start{};  ///< No agent is started before.
};

/// Everything there is: one server, some clusters with an agent each, the wires between them, and
/// those who write down what truly happened. One thread, one timeline, one seed.
struct World {
  World(std::uint64_t seed, bool traced);
  ~World();

  void complain(model::RunId, std::string what);
  void start_server();
  void kill_server();
  void start_agent(Site&);
  void kill(std::unique_ptr<AgentProcess>);
  /// Lets go of what is dead and has come to rest.
  void bury();
  /// Runs what is ready now, then lets the next thing happen. False when nothing does before.
  bool step(base::Mono until);
  /// Ends every process.
  void end();
  /// Reads the database beside everybody, at once.
  void look(const std::function<void(store::Tx&)>&);

  std::uint64_t seed;
  base::Rng rng;
  Timeline timeline;
  loop::Loop loop;
  Trace trace;
  std::vector<Violation> violations;
  Ledger ledger;
  History history;
  Weather weather;
  Workload work;
  control::Limits limits;
  loop::Pool pool{0};
  std::set<std::string> known;  ///< Uids of objects that may vanish.
  std::unique_ptr<sql::Database> database;
  Network network;
  std::shared_ptr<Server> server;  ///< Null while it is down.
  base::Mono server_start{};       ///< When it is down, not before.
  std::vector<Site> sites;
  std::uint64_t starts = 0;          ///< Of agents.
  std::unique_ptr<Process> outside;  ///< Where clients and faults are at home.

 private:
  void committed();
  void make_sites();
  std::vector<std::shared_ptr<Server>> dead_servers_;
  std::vector<std::unique_ptr<AgentProcess>> dead_agents_;
};

}  // namespace sim
