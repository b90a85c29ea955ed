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
  model::Health health;           ///< As its agent said last.
  std::uint64_t prune_epoch = 0;  ///< In which somebody confirmed that what is held may go.

  bool is_open(base::Time now) const { return !session.empty() && lease > now; }
};

void insert_cluster(Tx&, std::string_view name, std::string_view agent);
std::vector<ClusterRecord> read_clusters(Tx&);
std::optional<ClusterRecord> lock_cluster(Tx&, std::string_view name);
void open_session(Tx&, std::string_view cluster, const model::Hello&, base::Time lease);
void renew_session(Tx&, std::string_view cluster, std::uint64_t epoch, base::Time lease,
                   const model::Health&);
/// Ends the session whose agent may not know it yet: the next one waits for its lease.
void fence_session(Tx&, std::string_view cluster);
/// In the present epoch what belongs to nothing may go.
void confirm_prune(Tx&, std::string_view cluster);
/// With its agent. Nothing is assigned to it any more.
void delete_cluster(Tx&, std::string_view cluster);
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
/// An agent by one of its keys.
struct KeyOwner {
  AgentRecord agent;
  bool former = false;  ///< By the key that it had before: that will not last.
};
std::optional<KeyOwner> find_agent(Tx&, std::string_view key_hash);
std::optional<AgentRecord> lock_agent(Tx&, std::string_view name);
/// An agent that has this name or this cluster.
std::optional<AgentRecord> find_agent_named(Tx&, std::string_view name, std::string_view cluster);
std::vector<AgentRecord> list_agents(Tx&);
/// The former key is good until then, unless the agent was revoked; it no longer is.
void replace_agent_key(Tx&, std::string_view name, std::string_view key_hash, base::Time old_until);
void revoke_agent(Tx&, std::string_view name);

}  // namespace store
