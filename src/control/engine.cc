#include "control/engine.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "base/log.h"
#include "base/metrics.h"
#include "model/names.h"
#include "store/assignments.h"
#include "store/attempts.h"
#include "store/clusters.h"
#include "store/feed.h"
#include "store/jobs.h"
#include "store/logs.h"
#include "store/runs.h"

namespace control {
namespace {

using core::Effects;
using core::Fact;
using core::Slice;

/// One entry of the feed: what this transaction changed in this run. ARCHITECTURE.md, "The feed".
std::string feed_body(const Slice& slice, const store::LockedRun& run) {
  base::Object body{{"run", run.run.id.text()},
                    {"project", run.project},
                    {"state", model::word(slice.run.state)}};
  if (!run.pipeline.empty()) body["pipeline"] = run.pipeline;
  std::vector<const model::Job*> changed;
  for (const auto& [index, row] : slice.jobs)
    if (row.changed) changed.push_back(&row.job);
  std::ranges::sort(changed, {}, &model::Job::index);
  base::Array jobs;
  jobs.reserve(changed.size());
  for (const auto* job : changed) {
    base::Object one{{"index", job->index},
                     {"name", slice.plan->jobs[job->index].name},
                     {"state", model::word(job->state)},
                     {"attempt", job->attempt}};
    if (job->class_) one["class"] = model::word(*job->class_);
    if (job->unreachable) one["unreachable"] = true;
    if (job->handled) one["handled"] = true;
    jobs.emplace_back(std::move(one));
  }
  body["jobs"] = std::move(jobs);
  return boost::json::serialize(body);
}

/// Asks for the end of an attempt on its cluster. One that no agent knows of never started: that is
/// a fact.
std::optional<Fact> stop(store::Tx& tx, const Slice& slice, std::uint32_t job, Touched& touched) {
  const auto attempt = slice.jobs.at(job).job.attempt;
  auto found = store::lock_assignment(tx, {slice.run.id, job, attempt});
  // Already gone, and nobody saw its end: the row goes only together with such a fact.
  if (!found) throw core::Broken("a live attempt has no assignment");
  auto& a = found->assignment;
  if (a.state == model::AssignmentState::assigned) {
    forget(tx, a);
    store::count_cluster(tx, found->cluster, {.live = -1});
    touched.queue = true;
    return core::NeverStarted{job, attempt};
  }
  if (a.wanted == model::Wanted::gone) return {};
  a.wanted = model::Wanted::gone;
  a.revision = store::count_cluster(tx, found->cluster, {.revisions = 1});
  store::update_assignment(tx, a);
  touched.links = true;
  return {};
}

/// Stores what follows from a change and says it in the feed.
void tell(store::Tx& tx, const Slice& slice, const store::LockedRun& run, const Effects& effects,
          Touched& touched) {
  store::insert_continuations(tx, slice.run.id, effects.rest);
  store::insert_feed(tx, slice.run.id, feed_body(slice, run));
  touched.feed = true;
  touched.queue |= !effects.launch.empty();
  touched.work |= !effects.rest.empty();
}

bool save(store::Tx& tx, Slice& slice, const store::LockedRun& run, const Effects& effects,
          Touched& touched) {
  bool any = false;
  for (const auto& [index, row] : slice.jobs) any = any || row.changed;
  if (any) store::update_jobs(tx, slice);
  if (slice.run_changed) store::update_run(tx, slice.run);
  store::update_attempts(tx, slice.run.id, effects.attempts);
  for (const auto& late : effects.late) store::note_late(tx, slice.run.id, late);
  if (!any && !slice.run_changed && effects.rest.empty()) return false;
  tell(tx, slice, run, effects, touched);
  return true;
}

/// An attempt that was given up without being seen to end: whatever is left of it has to go, and it
/// no longer takes a place.
void retire(store::Tx& tx, const model::AttemptKey& key, Touched& touched) {
  auto found = store::lock_assignment(tx, key);
  if (!found || found->assignment.state == model::AssignmentState::ended) return;
  auto& a = found->assignment;
  const auto cluster = store::lock_cluster(tx, found->cluster);
  const bool counted =
      a.state == model::AssignmentState::offered && cluster && a.epoch == cluster->epoch;
  a.state = model::AssignmentState::ended;
  a.wanted = model::Wanted::gone;
  a.revision = store::count_cluster(tx, found->cluster,
                                    {.revisions = 1, .live = -1, .offered = counted ? -1 : 0});
  store::update_assignment(tx, a);
  touched.links = touched.queue = true;
}

/// Settles the facts, and those that stopping unknown attempts brings, then stores everything.
bool apply_facts(store::Tx& tx, Scene& scene, const store::LockedRun& run, std::deque<Fact> facts,
                 Touched& touched, Effects& effects) {
  const auto plan = scene.plans.get(tx, run.spec_hash);
  Slice slice{.run = run.run, .plan = plan.get(), .jobs = {}};
  const core::Loader load = [&](Slice& s, std::span<const std::uint32_t> jobs) {
    store::load_jobs(tx, s, jobs);
  };
  const bool timed = std::ranges::any_of(
      facts, [](const Fact& f) { return std::holds_alternative<core::Timer>(f); });
  while (!facts.empty()) {
    const auto stopped = effects.stop.size();
    core::settle(slice, std::exchange(facts, {}), tx.now(), scene.limits.machine, load, effects);
    for (auto i = stopped; i < effects.stop.size(); ++i)
      if (auto fact = stop(tx, slice, effects.stop[i], touched)) facts.push_back(std::move(*fact));
  }
  // Only a timer ends an attempt that no report has ended.
  for (const auto& c : effects.attempts)
    if (timed && is_final(c.state)) retire(tx, {slice.run.id, c.job, c.attempt}, touched);
  return save(tx, slice, run, effects, touched);
}

}  // namespace

void Touched::ring(Scene& scene) const {
  if (queue) scene.queue.ring();
  if (links) scene.links.ring();
  if (feed) scene.feed.ring();
  if (work) scene.work.ring();
}

bool apply(store::Tx& tx, Scene& scene, model::RunId id, std::deque<Fact> facts, Touched& touched,
           core::Effects* out) {
  bool changed = false;
  Effects effects;
  try {
    tx.part([&] {
      const auto run = store::lock_run(tx, id);
      if (!run || run->run.held) return;
      changed = apply_facts(tx, scene, *run, std::move(facts), touched, effects);
    });
  } catch (const core::Broken& broken) {
    base::log::error("a run is held: an invariant broke",
                     {{"run", id.str()}, {"why", broken.what()}});
    base::metrics::counter("fairlead_runs_held", "Runs held because an invariant broke").add();
    store::hold_run(tx, id, broken.what());
    return false;
  }
  if (out) *out = std::move(effects);
  return changed;
}

void create(store::Tx& tx, Scene& scene, const store::NewRun& n, const core::Plan& plan,
            Touched& touched) {
  Slice slice{.run = store::header_of(n), .plan = &plan, .jobs = {}};
  for (std::uint32_t i = 0; i < plan.jobs.size(); ++i)
    slice.jobs.emplace(i, core::JobRow{store::first_row(tx, plan, i)});
  Effects effects;
  core::settle(slice, {core::Submitted{}}, tx.now(), scene.limits.machine, {}, effects);
  store::insert_run(tx, n, slice.run);
  store::insert_settled_jobs(tx, slice);
  tell(tx, slice, {slice.run, n.spec_hash, n.project, n.pipeline}, effects, touched);
}

void forget(store::Tx& tx, const model::Assignment& a) {
  store::close_logs(
      tx, a.key, a.uid.empty() ? "complete" : "lost: the object went before all of it was stored");
  store::delete_assignment(tx, a.key);
}

bool has_continuation(store::Tx& tx) { return !store::read_continuations(tx, 1).empty(); }

bool apply_continuation(store::Tx& tx, Scene& scene, Touched& touched) {
  const auto next = store::read_continuations(tx, 1);
  if (next.empty()) return false;
  const auto& c = next.front();
  Effects effects;
  try {
    tx.part([&] {
      if (!store::take_continuation(tx, c.id)) return;
      auto run = store::lock_run(tx, c.run);
      if (!run || run->run.pending == 0) throw core::Broken("a follow-up that nobody counted");
      --run->run.pending;
      // Stored here: a follow-up that changes nothing else must still be counted off.
      store::update_run(tx, run->run);
      apply_facts(tx, scene, *run, {core::restored(c.fact)}, touched, effects);
    });
  } catch (const core::Broken& broken) {
    store::hold_run(tx, c.run, broken.what());
  }
  return true;
}

}  // namespace control
