#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/link.h"
#include "store/runs.h"

namespace store {

/// A cluster with the session that holds it.
struct ClusterRecord {
  std::string name, agent;
  std::uint64_t revision = 0;  ///< The latest of its assignments.
  std::uint64_t epoch = 0;     ///< 0 before the first session.
  std::string session;         ///< The instance of the agent that holds it; empty when released.
  base::Time lease;            ///< The session's end, unless it is renewed.
  bool unreachable = false;    ///< The lease ended, and its attempts were marked.
  std::uint32_t live = 0;      ///< Assignments that have not ended.
  std::uint32_t offered = 0;   ///< Of those, offered to the present session and not created yet.
  std::uint32_t capacity = 0;
  std::string executor, version, labels;  ///< labels is a JSON object
  base::Time created;
};

void insert_cluster(Tx&, std::string_view name, std::string_view agent);
std::vector<ClusterRecord> read_clusters(Tx&);
std::optional<ClusterRecord> lock_cluster(Tx&, std::string_view name);
void open_session(Tx&, std::string_view cluster, const model::Hello&, base::Time lease);
void renew_session(Tx&, std::string_view cluster, std::uint64_t epoch, base::Time lease);
void release_session(Tx&, std::string_view cluster, std::uint64_t epoch);
void set_unreachable(Tx&, std::string_view cluster, bool on);
/// Clusters whose lease ended and whose attempts are not marked yet.
std::vector<std::string> expired_clusters(Tx&);

/// Changes to a cluster's numbers.
struct ClusterDelta {
  std::uint64_t revisions = 0;
  std::int64_t live = 0, offered = 0;
};
/// Applies them; the new highest revision. The caller gives out the last `revisions` numbers up to
/// it.
std::uint64_t count_cluster(Tx&, std::string_view cluster, const ClusterDelta&);

struct AgentRecord {
  std::string id, name, cluster;
  base::Time created;
  std::optional<base::Time> revoked;
};
void insert_agent(Tx&, const AgentRecord&, std::string_view key_hash);
std::optional<AgentRecord> find_agent(Tx&, std::string_view key_hash);
/// An agent that has this name or this cluster.
std::optional<AgentRecord> find_agent_named(Tx&, std::string_view name, std::string_view cluster);
std::vector<AgentRecord> list_agents(Tx&);
void replace_agent_key(Tx&, std::string_view name, std::string_view key_hash);

}  // namespace store
