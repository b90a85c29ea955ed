#include "base/log.h"
#include "control/engine.h"
#include "control/link.h"
#include "store/assignments.h"
#include "store/attempts.h"
#include "store/clusters.h"
#include "store/logs.h"

namespace control {
namespace {

using model::Answer;
using model::AssignmentState;
using model::Report;
using model::Sight;
using model::Wanted;

/// A report about an assignment of this cluster, inside its transaction.
struct Case {
  store::Tx& tx;
  const std::string& cluster;
  std::uint64_t epoch;
  const Report& report;
  model::Assignment assignment;
  ReportBatch& batch;
  Touched& touched;
  bool changed = false;  ///< The assignment has to be stored.

  /// Facts of one run are applied together at the end: none of them changes an assignment.
  void apply(core::Fact fact) { batch.facts[report.key.run].push_back(std::move(fact)); }
  void count(store::ClusterDelta d) {
    batch.delta.live += d.live;
    batch.delta.offered += d.offered;
  }
  void forget() {
    control::forget(tx, assignment);
    changed = false;
  }
  /// Whether the present session holds the offer, so that `offered` counts it.
  bool counted() const {
    return assignment.state == AssignmentState::offered && assignment.epoch == epoch;
  }
};

/// The object exists: pins its uid. False when another object has the name.
bool exists(Case& c) {
  auto& a = c.assignment;
  if (!a.uid.empty() && !c.report.uid.empty() && a.uid != c.report.uid) {
    base::log::warn(
        "a report names another object under the same name; refused",
        {{"cluster", c.cluster}, {"name", a.name}, {"expected", a.uid}, {"got", c.report.uid}});
    return false;
  }
  if (a.state != AssignmentState::offered) return true;
  if (c.report.uid.empty()) return true;
  if (c.counted()) c.count({.offered = -1});
  a.state = AssignmentState::created;
  a.uid = c.report.uid;
  c.changed = true;
  store::note_uid(c.tx, a.key, a.uid);
  c.apply(core::Created{a.key.job, a.key.attempt});
  return true;
}

/// It can be seen; if it could not be before, that is news.
void visible(Case& c) { c.apply(core::Unreachable{c.report.key.job, c.report.key.attempt, false}); }

/// It exists, and nobody can see how it is.
Answer unseen(Case& c) {
  if (c.assignment.state == AssignmentState::ended) return Answer::stale;
  if (!exists(c)) return Answer::refused;
  store::note_waiting(c.tx, c.report.key, c.report.message);
  c.apply(core::Unreachable{c.report.key.job, c.report.key.attempt, true});
  return Answer::acked;
}

Answer seen(Case& c) {
  if (c.assignment.state == AssignmentState::ended) return Answer::stale;
  if (!exists(c)) return Answer::refused;
  visible(c);
  // Why it does not run yet; of what runs there is nothing to say any more.
  store::note_waiting(c.tx, c.report.key, c.report.message);
  if (c.report.sight == Sight::running)
    c.apply(core::Started{c.report.key.job, c.report.key.attempt});
  return Answer::acked;
}

Answer ended(Case& c, model::Outcome outcome) {
  auto& a = c.assignment;
  if (a.state == AssignmentState::ended) {
    c.apply(core::Ended{a.key.job, a.key.attempt, std::move(outcome)});
    return Answer::stale;
  }
  if (!exists(c)) return Answer::refused;
  if (c.counted()) c.count({.offered = -1});
  a.state = AssignmentState::ended;
  c.changed = true;
  store::insert_log_streams(c.tx, a.key, c.report.streams);
  c.count({.live = -1});
  c.touched.queue = true;
  c.apply(core::Ended{a.key.job, a.key.attempt, std::move(outcome)});
  return Answer::acked;
}

/// Offers it to the present session again: it never existed, so nothing can start twice.
void offer_again(Case& c) {
  auto& a = c.assignment;
  a.epoch = c.epoch;
  a.revision = store::count_cluster(c.tx, c.cluster, {.revisions = 1, .offered = 1});
  c.changed = true;
  visible(c);
  c.touched.links = true;
}

Answer absent(Case& c) {
  auto& a = c.assignment;
  if (a.state == AssignmentState::ended) return Answer::stale;
  // It may have been on its way while the assignment was offered again and created since.
  if (c.report.revision != a.revision) return Answer::refused;
  // It existed, and went before that could be said.
  if (!c.report.uid.empty() && !exists(c)) return Answer::refused;
  if (a.state == AssignmentState::created) {
    const auto answer = ended(c, {.state = model::AttemptState::failed,
                                  .class_ = model::Class::deleted,
                                  .message = "it vanished from its cluster"});
    c.forget();
    return answer;
  }
  if (a.wanted == Wanted::present) {
    // Of the present session the agent itself says that it will not make it; it must ask for
    // nothing then.
    if (a.epoch == c.epoch) return Answer::refused;
    offer_again(c);
    return Answer::acked;
  }
  if (c.counted()) c.count({.offered = -1});
  c.count({.live = -1});
  c.forget();
  c.touched.queue = true;
  c.apply(core::NeverStarted{a.key.job, a.key.attempt});
  return Answer::acked;
}

Answer gone(Case& c) {
  if (c.assignment.state != AssignmentState::ended) return Answer::refused;
  c.forget();
  return Answer::acked;
}

Answer judge(Case& c) {
  switch (c.report.sight) {
    case Sight::waiting:
      store::note_waiting(c.tx, c.report.key, c.report.message);
      return Answer::acked;
    case Sight::created:
    case Sight::running: return seen(c);
    case Sight::unreachable: return unseen(c);
    case Sight::ended: return c.report.outcome ? ended(c, *c.report.outcome) : Answer::refused;
    case Sight::absent: return absent(c);
    case Sight::gone: return gone(c);
  }
  return Answer::refused;
}

}  // namespace

Answer apply_report(store::Tx& tx, const std::string& cluster, std::uint64_t epoch,
                    const Report& report, ReportBatch& batch, Touched& touched) {
  auto found = store::lock_assignment(tx, report.key);
  if (!found) return Answer::stale;
  if (found->cluster != cluster || found->assignment.state == AssignmentState::assigned)
    return Answer::refused;
  Case c{tx, cluster, epoch, report, std::move(found->assignment), batch, touched};
  const auto answer = judge(c);
  if (c.changed) store::update_assignment(tx, c.assignment);
  return answer;
}

void finish_reports(store::Tx& tx, Scene& scene, const std::string& cluster, ReportBatch& batch,
                    Touched& touched) {
  if (batch.delta.live != 0 || batch.delta.offered != 0)
    store::count_cluster(tx, cluster, batch.delta);
  for (auto& [run, facts] : batch.facts) apply(tx, scene, run, std::move(facts), touched);
}

}  // namespace control
