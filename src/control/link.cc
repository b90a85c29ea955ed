#include "control/link.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "control/engine.h"
#include "core/pod_spec.h"
#include "core/work.h"
#include "json/parse.h"
#include "store/assignments.h"
#include "store/clusters.h"
#include "store/logs.h"
#include "store/runs.h"

namespace control {
namespace {

using base::Result;
using model::AssignmentState;

base::Error stale(std::uint64_t epoch) {
  return base::conflict("stale_epoch", "session " + std::to_string(epoch) +
                                           " of this cluster has ended; open a new one");
}

/// The cluster, if this epoch holds it now.
std::optional<store::ClusterRecord> held(store::Tx& tx, const std::string& cluster,
                                         std::uint64_t epoch) {
  auto record = store::lock_cluster(tx, cluster);
  if (!record || record->epoch != epoch || record->session.empty()) return {};
  return record;
}

model::Session session(const Scene& scene, const store::ClusterRecord& c) {
  const auto& installation = scene.store.installation();
  const auto prune = c.prune_epoch == c.epoch  ? model::Prune::confirmed
                     : c.health.prune_held > 0 ? model::Prune::held
                                               : model::Prune::usual;
  return {c.name, c.epoch, scene.limits.lease, installation.id, installation.timeline, c.revision,
          prune,  {}};
}

/// Of what is followed that which this cluster has: as much as one answer tells.
std::vector<model::AttemptKey> followed_on(store::Tx& tx, const std::string& cluster,
                                           const std::set<model::AttemptKey>& all) {
  constexpr std::size_t most = 64;
  std::vector<model::AttemptKey> own;
  for (const auto& key : all)
    if (own.size() < most && store::is_assigned(tx, key, cluster)) own.push_back(key);
  return own;
}

/// What the attempts of one run have in common.
struct RunWork {
  std::string project, pipeline;
  std::shared_ptr<const core::Plan> plan;
  base::Object params;
  std::optional<base::Blob> payload;
};

RunWork read_run_work(store::Tx& tx, Scene& scene, const model::RunId& id) {
  const auto locked = store::lock_run(tx, id);
  if (!locked) throw core::Broken("an assignment has no run");
  const auto record = store::read_run(tx, locked->project, id);
  auto params = json::parse(record ? record->params : "{}");
  if (!params || !params->is_object()) throw core::Broken("a run's parameters cannot be read");
  RunWork out{.project = locked->project,
              .pipeline = locked->pipeline,
              .plan = scene.plans.get(tx, locked->spec_hash),
              .params = std::move(params->get_object()),
              .payload = {}};
  if (auto payload = store::read_payload(tx, id)) out.payload.emplace(std::move(payload->bytes));
  return out;
}

/// Fills in what an executor needs. The payload comes along, because an agent keeps nothing.
model::Work work_of(const RunWork& run, std::uint32_t index, const Scene& scene) {
  auto work = core::work_of(*run.plan, index, run.params, scene.limits.machine.grace);
  work.project = run.project;
  work.pipeline = run.pipeline;
  work.payload = run.payload;
  return work;
}

/// Whether an agent may have made it, said so or not, and gone before it made its Secret, too.
bool may_lack_secret(store::Tx& tx, const model::Assignment& a) {
  return a.state != AssignmentState::ended && a.wanted == model::Wanted::present &&
         store::has_payload(tx, a.key.run);
}

/// Of an older session's offer it is not known yet whether it exists: the agent has to look first,
/// and needs its work only for what goes with what exists.
void give_work(store::Tx& tx, Scene& scene, std::uint64_t epoch, model::Batch& batch) {
  std::map<model::RunId, RunWork> runs;
  for (auto& a : batch.assignments) {
    const bool offered = a.state == AssignmentState::offered &&
                         a.wanted == model::Wanted::present && a.epoch == epoch;
    if (!offered && !may_lack_secret(tx, a)) continue;
    auto at = runs.find(a.key.run);
    if (at == runs.end()) at = runs.emplace(a.key.run, read_run_work(tx, scene, a.key.run)).first;
    auto work = work_of(at->second, a.key.job, scene);
    if (offered || core::needs_secret(work)) a.work = std::move(work);
  }
}

}  // namespace

loop::Task<Result<model::Session>> Link::open(std::string cluster, model::Hello hello) {
  struct Opened {
    Result<model::Session> result;
    Touched touched;
  };
  const auto settled = scene_.started + scene_.limits.lease;
  const auto opened = co_await scene_.store.transact([&](store::Tx& tx) -> Opened {
    const auto record = store::lock_cluster(tx, cluster);
    if (!record) return {base::not_found("no_such_cluster", "there is no cluster " + cluster), {}};
    // Across a restart the wall clock may have jumped: what was leased by the last server is over
    // only when this one has run for as long.
    const bool over = record->lease <= tx.now() && scene_.clock.mono() >= settled;
    const bool free = record->session.empty() || record->session == hello.instance || over;
    if (!free)
      return {base::conflict("session_held", "another agent holds cluster " + cluster +
                                                 " until its lease ends at " +
                                                 base::format_time(record->lease)),
              {}};
    store::open_session(tx, cluster, hello, tx.now() + scene_.limits.lease);
    store::set_unreachable(tx, cluster, false);
    Touched touched;
    const auto opened = store::lock_cluster(tx, cluster);
    offer(tx, scene_, cluster, touched);
    dispatch(tx, scene_, touched);
    return {session(scene_, *opened), touched};
  });
  opened.touched.ring(scene_);
  scene_.links.ring();  // a pull of the former session is told that it is over
  co_return opened.result;
}

loop::Task<Result<model::Session>> Link::renew(std::string cluster, model::Renewal renewal) {
  const auto record =
      co_await scene_.store.transact([&](store::Tx& tx) -> std::optional<store::ClusterRecord> {
        auto now = held(tx, cluster, renewal.epoch);
        if (!now || now->lease <= tx.now()) return {};
        store::renew_session(tx, cluster, renewal.epoch, tx.now() + scene_.limits.lease,
                             renewal.health);
        return now;
      });
  if (!record) co_return stale(renewal.epoch);
  // What waits may go there again.
  if (!record->health.trouble.empty() && renewal.health.trouble.empty()) scene_.queue.ring();
  auto renewed = session(scene_, *record);
  if (scene_.followed.empty()) co_return renewed;
  const std::set<model::AttemptKey> followed(scene_.followed.begin(), scene_.followed.end());
  renewed.followed =
      co_await scene_.store.read([&](store::Tx& tx) { return followed_on(tx, cluster, followed); });
  co_return renewed;
}

loop::Task<Result<bool>> Link::close(std::string cluster, std::uint64_t epoch) {
  co_return co_await scene_.store.transact([&](store::Tx& tx) -> Result<bool> {
    if (!held(tx, cluster, epoch)) return stale(epoch);
    store::release_session(tx, cluster, epoch);
    return true;
  });
}

loop::Task<Result<model::Batch>> Link::pull(std::string cluster, std::uint64_t epoch,
                                            std::uint64_t after, base::Mono until) {
  for (;;) {
    const auto heard = scene_.links.rings();
    auto batch = co_await scene_.store.read([&](store::Tx& tx) -> std::optional<model::Batch> {
      const auto record = held(tx, cluster, epoch);
      if (!record) return {};
      model::Batch out{.revision = after,
                       .assignments = store::pull_assignments(tx, cluster, after, batch_max)};
      out.complete = out.assignments.size() < batch_max;
      // What is offered later gets a higher one; it is never 0, so the next pull can wait.
      if (out.complete) out.revision = record->revision;
      for (const auto& a : out.assignments) out.revision = std::max(out.revision, a.revision);
      give_work(tx, scene_, epoch, out);
      return out;
    });
    if (!batch) co_return stale(epoch);
    if (after == 0 || !batch->assignments.empty() || scene_.clock.mono() >= until)
      co_return std::move(*batch);
    co_await scene_.links.wait(scene_.clock, heard, until);
  }
}

loop::Task<Result<std::vector<model::Answer>>> Link::report(std::string cluster,
                                                            std::uint64_t epoch,
                                                            std::vector<model::Report> reports) {
  struct Applied {
    bool held = true;
    std::vector<model::Answer> answers;
    Touched touched;
  };
  auto applied = co_await scene_.store.transact([&](store::Tx& tx) -> Applied {
    Applied out;
    if (!held(tx, cluster, epoch)) return {.held = false};
    ReportBatch batch;
    for (const auto& r : reports)
      out.answers.push_back(apply_report(tx, cluster, epoch, r, batch, out.touched));
    finish_reports(tx, scene_, cluster, batch, out.touched);
    offer(tx, scene_, cluster, out.touched);
    if (out.touched.queue) dispatch(tx, scene_, out.touched);
    return out;
  });
  if (!applied.held) co_return stale(epoch);
  applied.touched.ring(scene_);
  co_return std::move(applied.answers);
}

loop::Task<Result<std::vector<model::LogPlace>>> Link::upload(std::string cluster,
                                                              std::uint64_t epoch,
                                                              std::vector<model::LogChunk> chunks) {
  auto stored = co_await scene_.store.transact(
      [&](store::Tx& tx) -> std::optional<std::vector<model::LogPlace>> {
        if (!held(tx, cluster, epoch)) return {};
        std::vector<model::LogPlace> out;
        for (const auto& chunk : chunks)
          out.push_back(store::append_log(tx, cluster, chunk, scene_.limits.log_bytes_max));
        return out;
      });
  if (!stored) co_return stale(epoch);
  scene_.logs.ring();
  co_return std::move(*stored);
}

bool forget_cluster(store::Tx& tx, Scene& scene, const std::string& cluster, Touched& touched) {
  constexpr std::size_t chunk = 200;
  if (!store::lock_cluster(tx, cluster)) return false;
  store::fence_session(tx, cluster);
  const auto keys = store::cluster_assignments(tx, cluster, chunk);
  std::map<model::RunId, std::deque<core::Fact>> facts;
  for (const auto& key : keys) {
    const auto a = store::lock_assignment(tx, key)->assignment;
    if (a.state == AssignmentState::assigned)
      facts[key.run].push_back(core::NeverStarted{key.job, key.attempt});
    else if (a.state != AssignmentState::ended)
      facts[key.run].push_back(core::Ended{
          key.job,
          key.attempt,
          {.class_ = model::Class::lost, .message = "its cluster was forgotten by an operator"}});
    store::count_cluster(tx, cluster, {.live = a.state == AssignmentState::ended ? 0 : -1});
    forget(tx, a);
  }
  for (auto& [run, of_run] : facts) apply(tx, scene, run, std::move(of_run), touched);
  touched.links = touched.queue = true;
  if (keys.size() == chunk) return true;
  store::delete_cluster(tx, cluster);
  return false;
}

bool mark_unreachable(store::Tx& tx, Scene& scene, const std::string& cluster, Touched& touched) {
  constexpr std::size_t chunk = 200;
  const auto record = store::lock_cluster(tx, cluster);
  if (!record || record->lease > tx.now() || record->unreachable) return false;
  const auto keys = store::reachable_assignments(tx, cluster, chunk);
  for (const auto& key : keys)
    apply(tx, scene, key.run, {core::Unreachable{key.job, key.attempt, true}}, touched);
  if (keys.size() == chunk) return true;
  store::set_unreachable(tx, cluster, true);
  base::log::warn("a cluster's agent is silent; its attempts are unreachable until seen again",
                  {{"cluster", cluster}});
  return false;
}

}  // namespace control
