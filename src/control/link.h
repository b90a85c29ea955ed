#pragma once

#include <deque>
#include <map>
#include <vector>

#include "control/scene.h"
#include "model/link.h"
#include "store/clusters.h"

namespace control {

/// The server's side of the link. The HTTP routes and the in-process link both call it; `cluster`
/// is the one that the agent's key is for. Every call but `open` carries the epoch; an older one is
/// refused with Kind::conflict, code `stale_epoch`, and the agent stops writing.
class Link {
 public:
  explicit Link(Scene& scene) : scene_(scene) {}

  /// Opens a session with the next epoch. Refused (`session_held`) while another instance holds the
  /// cluster.
  loop::Task<base::Result<model::Session>> open(std::string cluster, model::Hello);
  /// Extends the lease, unless it has ended: what was marked unreachable has to be looked at anew.
  loop::Task<base::Result<model::Session>> renew(std::string cluster, model::Renewal);
  /// Releases the cluster at a clean stop: the next agent need not wait.
  loop::Task<base::Result<bool>> close(std::string cluster, std::uint64_t epoch);
  /// What changed after `after`, as soon as something did, or an empty batch at `until`. The first
  /// pull of a session asks after 0 and goes on until a batch is `complete`.
  loop::Task<base::Result<model::Batch>> pull(std::string cluster, std::uint64_t epoch,
                                              std::uint64_t after, base::Mono until);
  /// Applies reports in one transaction; an answer for each, in order.
  loop::Task<base::Result<std::vector<model::Answer>>> report(std::string cluster,
                                                              std::uint64_t epoch,
                                                              std::vector<model::Report>);
  /// Stores pieces of logs. For each where its stream goes on: a piece beyond that has to be sent
  /// again from there.
  loop::Task<base::Result<std::vector<model::LogPlace>>> upload(std::string cluster,
                                                                std::uint64_t epoch,
                                                                std::vector<model::LogChunk>);

  /// Pieces in one pull.
  static constexpr std::size_t batch_max = 100;

 private:
  Scene& scene_;
};

/// What the reports of a batch came to, besides their assignments.
struct ReportBatch {
  std::map<model::RunId, std::deque<core::Fact>> facts;
  store::ClusterDelta delta;
};
/// What one report does to its assignment, inside a transaction that has checked the epoch.
model::Answer apply_report(store::Tx&, const std::string& cluster, std::uint64_t epoch,
                           const model::Report&, ReportBatch&, Touched&);
/// Applies what the reports came to: the facts of each run at once.
void finish_reports(store::Tx&, Scene&, const std::string& cluster, ReportBatch&, Touched&);

/// Takes a cluster away that will not come back, a chunk at a time: its attempts are lost, and its
/// agent's key is good for nothing. True while there is more.
bool forget_cluster(store::Tx&, Scene&, const std::string& cluster, Touched&);

/// Marks what an agent of an ended session held as unreachable, a chunk at a time. True while there
/// is more.
bool mark_unreachable(store::Tx&, Scene&, const std::string& cluster, Touched&);

}  // namespace control
