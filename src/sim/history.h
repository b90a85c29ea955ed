#pragma once

#include <map>
#include <string>

#include "model/run.h"
#include "sim/ledger.h"
#include "sim/trace.h"
#include "store/feed.h"

namespace sim {

/// What the public history says of one job.
struct ToldJob {
  std::string name;
  model::JobState state = model::JobState::waiting;
  std::uint32_t attempt = 0;
  std::uint32_t over = 0;  ///< The latest attempt that it told to be over.
  std::string class_;
  bool handled = false, unreachable = false;
};

/// What it says of one run.
struct ToldRun {
  model::RunState state = model::RunState::queued;
  std::map<std::uint32_t, ToldJob> jobs;
};

/// Replays the feed as a reader would, row by row as it is committed, and holds it against the
/// ledger: final is final, numbers of attempts grow, nothing is called over while it runs, nothing
/// is given away after a cancel, a success is one that happened.
class History {
 public:
  History(const Timeline& timeline, Ledger& ledger, Trace& trace, Ledger::Complain complain)
      : timeline_(timeline), ledger_(ledger), trace_(trace), complain_(std::move(complain)) {}

  void take(const store::FeedRow&);
  std::int64_t last() const { return last_; }
  const std::map<model::RunId, ToldRun>& runs() const { return runs_; }
  /// Of everything taken; equal for equal histories.
  std::uint64_t digest() const { return digest_; }

 private:
  void take_job(model::RunId, ToldRun&, const base::Object&, bool stopped);
  void move(model::RunId, std::uint32_t index, ToldJob&, const ToldJob& next, bool stopped);

  const Timeline& timeline_;
  Ledger& ledger_;
  Trace& trace_;
  Ledger::Complain complain_;
  std::map<model::RunId, ToldRun> runs_;
  std::int64_t last_ = 0;
  std::uint64_t digest_ = 1469598103934665603u;
};

/// Jobs of this name belong to `finally`, in every pipeline of the simulation.
inline bool is_finally_name(std::string_view name) { return name.starts_with("fin"); }

}  // namespace sim
