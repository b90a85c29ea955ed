#include "store/clusters.h"

#include <boost/json/serialize.hpp>

#include "sql/queries.h"
#include "store/rows.h"

namespace store {
namespace {

namespace q = sql::q;

ClusterRecord record(const sql::Row& r) {
  ClusterRecord out;
  out.name = r.str(0);
  out.agent = r.str(1);
  out.revision = std::uint64_t(r.number(2));
  out.epoch = std::uint64_t(r.number(3));
  out.session = r.str(4);
  out.lease = base::from_micros(r.number(5));
  out.unreachable = r.flag(6);
  out.live = std::uint32_t(r.number(7));
  out.offered = std::uint32_t(r.number(8));
  out.capacity = std::uint32_t(r.number(9));
  out.executor = r.str(10);
  out.version = r.str(11);
  out.labels = r.str(12);
  out.created = base::from_micros(r.number(13));
  out.health = {r.str(14), r.str(15), r.str(16), std::uint32_t(r.number(17))};
  out.prune_epoch = std::uint64_t(r.number(18));
  return out;
}

AgentRecord agent(const sql::Row& r) { return {r.str(0), r.str(1), r.str(2), {}, {}}; }

AgentRecord whole_agent(const sql::Row& r) {
  return {r.str(0), r.str(1), r.str(2), base::from_micros(r.number(3)), read_time(r, 4)};
}

}  // namespace

void insert_cluster(Tx& tx, std::string_view name, std::string_view agent_name) {
  tx.connection.run(q::insert_cluster, {name, agent_name, base::to_micros(tx.now())});
}

std::vector<ClusterRecord> read_clusters(Tx& tx) {
  std::vector<ClusterRecord> found;
  tx.connection.run(q::read_clusters, {}, [&](const sql::Row& r) { found.push_back(record(r)); });
  return found;
}

std::optional<ClusterRecord> lock_cluster(Tx& tx, std::string_view name) {
  std::optional<ClusterRecord> found;
  tx.connection.run(q::lock_cluster, {name}, [&](const sql::Row& r) { found = record(r); });
  return found;
}

void open_session(Tx& tx, std::string_view cluster, const model::Hello& hello, base::Time lease) {
  base::Object labels;
  for (const auto& [key, value] : hello.labels) labels[key] = value;
  const auto text = boost::json::serialize(labels);
  tx.connection.run(q::open_session, {cluster, hello.instance, base::to_micros(lease),
                                      hello.capacity, hello.executor, hello.version, text});
}

void renew_session(Tx& tx, std::string_view cluster, std::uint64_t epoch, base::Time lease,
                   const model::Health& health) {
  tx.connection.run(q::renew_session, {cluster, epoch, base::to_micros(lease), health.trouble,
                                       health.kubernetes, health.namespace_, health.prune_held});
}

void fence_session(Tx& tx, std::string_view cluster) {
  tx.connection.run(q::fence_session, {cluster});
}

void confirm_prune(Tx& tx, std::string_view cluster) {
  tx.connection.run(q::confirm_prune, {cluster});
}

void delete_cluster(Tx& tx, std::string_view cluster) {
  tx.connection.run(q::delete_agent, {cluster});
  tx.connection.run(q::delete_cluster, {cluster});
}

void release_session(Tx& tx, std::string_view cluster, std::uint64_t epoch) {
  tx.connection.run(q::release_session, {cluster, epoch, base::to_micros(tx.now())});
}

void set_unreachable(Tx& tx, std::string_view cluster, bool on) {
  tx.connection.run(q::set_unreachable, {cluster, on});
}

std::vector<std::string> expired_clusters(Tx& tx) {
  std::vector<std::string> found;
  tx.connection.run(q::expired_clusters, {base::to_micros(tx.now())},
                    [&](const sql::Row& r) { found.push_back(r.str(0)); });
  return found;
}

std::uint64_t count_cluster(Tx& tx, std::string_view cluster, const ClusterDelta& d) {
  std::uint64_t revision = 0;
  tx.connection.run(q::count_clusters, {cluster, d.revisions, d.live, d.offered},
                    [&](const sql::Row& r) { revision = std::uint64_t(r.number(0)); });
  return revision;
}

void insert_agent(Tx& tx, const AgentRecord& a, std::string_view key_hash) {
  tx.connection.run(q::insert_agent,
                    {a.id, a.name, a.cluster, key_hash, base::to_micros(tx.now())});
}

std::optional<KeyOwner> find_agent(Tx& tx, std::string_view key_hash) {
  std::optional<KeyOwner> found;
  tx.connection.run(q::find_agent, {key_hash, base::to_micros(tx.now())},
                    [&](const sql::Row& r) { found = {agent(r), r.flag(3)}; });
  return found;
}

std::optional<AgentRecord> lock_agent(Tx& tx, std::string_view name) {
  std::optional<AgentRecord> found;
  tx.connection.run(q::lock_agent, {name}, [&](const sql::Row& r) { found = whole_agent(r); });
  return found;
}

std::optional<AgentRecord> find_agent_named(Tx& tx, std::string_view name,
                                            std::string_view cluster) {
  std::optional<AgentRecord> found;
  tx.connection.run(q::find_agent_named, {name, cluster},
                    [&](const sql::Row& r) { found = agent(r); });
  return found;
}

std::vector<AgentRecord> list_agents(Tx& tx) {
  std::vector<AgentRecord> found;
  tx.connection.run(q::list_agents, {},
                    [&](const sql::Row& r) { found.push_back(whole_agent(r)); });
  return found;
}

void replace_agent_key(Tx& tx, std::string_view name, std::string_view key_hash,
                       base::Time old_until) {
  tx.connection.run(q::replace_agent_key, {name, key_hash, base::to_micros(old_until)});
}

void revoke_agent(Tx& tx, std::string_view name) {
  tx.connection.run(q::revoke_agent, {name, base::to_micros(tx.now())});
}

}  // namespace store
