#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "control/engine.h"
#include "core/naming.h"
#include "core/place.h"
#include "core/work.h"
#include "json/parse.h"
#include "store/assignments.h"
#include "store/clusters.h"
#include "store/jobs.h"
#include "store/runs.h"

namespace control {
namespace {

using model::AssignmentState;

/// How far one turn looks for what can be placed.
constexpr int pages_max = 16;

/// Of these heads, those that were still waiting for this attempt when asked.
std::vector<model::Assignment> accepted(store::Tx& tx, Scene& scene,
                                        const std::vector<store::QueueHead>& heads,
                                        Touched& touched) {
  std::map<model::RunId, std::deque<core::Fact>> facts;
  for (const auto& head : heads)
    facts[head.key.run].push_back(core::Assigned{head.key.job, head.attempt});
  std::set<model::AttemptKey> assigned;
  for (auto& [run, of_run] : facts) {
    core::Effects effects;
    apply(tx, scene, run, std::move(of_run), touched, &effects);
    for (const auto& change : effects.attempts)
      if (change.state == model::AttemptState::assigned)
        assigned.insert({run, change.job, change.attempt});
  }
  std::vector<model::Assignment> out;
  for (const auto& head : heads) {
    model::Assignment a;
    a.key = {head.key.run, head.key.job, head.attempt};
    if (!assigned.contains(a.key)) continue;
    a.name = core::attempt_name(scene.store.installation().id, a.key, head.name);
    out.push_back(std::move(a));
  }
  return out;
}

/// Gives these heads to this cluster: offered as far as the session's window goes, assigned beyond.
void assign(store::Tx& tx, Scene& scene, const store::ClusterRecord& cluster,
            const std::vector<store::QueueHead>& heads, Touched& touched) {
  auto assignments = accepted(tx, scene, heads, touched);
  if (assignments.empty()) return;
  const auto count = assignments.size();
  const auto window =
      cluster.offered < scene.limits.offers_max ? scene.limits.offers_max - cluster.offered : 0;
  const auto offered = std::min<std::size_t>(window, count);
  auto revision =
      store::count_cluster(
          tx, cluster.name,
          {.revisions = count, .live = std::int64_t(count), .offered = std::int64_t(offered)}) -
      count;
  std::vector<store::AssignmentRecord> records;
  for (auto& a : assignments) {
    a.revision = ++revision;
    a.state = records.size() < offered ? AssignmentState::offered : AssignmentState::assigned;
    a.epoch = a.state == AssignmentState::offered ? cluster.epoch : 0;
    records.push_back({std::move(a), cluster.name});
  }
  store::insert_assignments(tx, records);
  touched.links |= offered > 0;
}

/// Where each head goes by the wish of its job.
std::vector<core::Placed> choose(store::Tx& tx, Scene& scene,
                                 const std::vector<store::QueueHead>& heads,
                                 const std::vector<core::PlaceCluster>& view) {
  std::map<std::string, std::shared_ptr<const core::Plan>> plans;
  std::vector<core::PlaceHead> wishes;
  for (const auto& head : heads) {
    auto& plan = plans[head.spec_hash];
    if (!plan) plan = scene.plans.get(tx, head.spec_hash);
    wishes.push_back({core::placement_of(plan->spec, *plan->jobs.at(head.key.job).spec)});
  }
  return core::place(wishes, view);
}

}  // namespace

std::vector<core::PlaceCluster> place_view(const std::vector<store::ClusterRecord>& clusters,
                                           base::Time now) {
  std::vector<core::PlaceCluster> view;
  for (const auto& c : clusters) {
    auto& seen = view.emplace_back(core::PlaceCluster{
        c.name, c.is_open(now), c.health.trouble.empty(), c.live, c.capacity, {}});
    const auto labels = json::parse(c.labels);
    if (!labels || !labels->is_object()) continue;
    for (const auto& [key, value] : labels->get_object())
      if (value.is_string()) seen.labels[key] = value.get_string();
  }
  return view;
}

std::size_t dispatch(store::Tx& tx, Scene& scene, Touched& touched) {
  const auto clusters = store::read_clusters(tx);
  auto view = place_view(clusters, tx.now());
  std::map<std::size_t, std::vector<store::QueueHead>> loads;
  std::size_t placed = 0;
  std::optional<store::QueueHead> last;
  // What fits nowhere stays in the queue, and does not keep what comes after it.
  for (int page = 0; page < pages_max; ++page) {
    const auto limit = std::min(scene.limits.dispatch_batch - placed, core::room(view));
    if (limit == 0) break;
    auto heads = store::queue_heads(tx, limit, last ? &*last : nullptr);
    if (heads.empty()) break;
    last = heads.back();
    const auto places = choose(tx, scene, heads, view);
    for (std::size_t i = 0; i < heads.size(); ++i)
      if (const auto at = places[i].cluster) {
        ++view[*at].live;
        ++placed;
        loads[*at].push_back(std::move(heads[i]));
      }
    if (heads.size() < limit) break;
  }
  for (const auto& [at, load] : loads) assign(tx, scene, clusters[at], load, touched);
  return placed;
}

void offer(store::Tx& tx, Scene& scene, const std::string& name, Touched& touched) {
  const auto cluster = store::lock_cluster(tx, name);
  if (!cluster || !cluster->is_open(tx.now()) || cluster->offered >= scene.limits.offers_max)
    return;
  const auto keys =
      store::unoffered_assignments(tx, name, scene.limits.offers_max - cluster->offered);
  if (keys.empty()) return;
  const auto count = std::int64_t(keys.size());
  auto revision =
      store::count_cluster(tx, name, {.revisions = keys.size(), .offered = count}) - keys.size();
  for (const auto& key : keys) {
    auto found = store::lock_assignment(tx, key);
    auto& a = found->assignment;
    a.state = AssignmentState::offered;
    a.epoch = cluster->epoch;
    a.revision = ++revision;
    store::update_assignment(tx, a);
  }
  touched.links = true;
}

}  // namespace control
