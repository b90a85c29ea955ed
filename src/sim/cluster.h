#pragma once

#include <list>
#include <map>
#include <string>

#include "agent/executor.h"
#include "base/rng.h"
#include "sim/ledger.h"
#include "sim/timeline.h"

namespace sim {

/// A small honest cluster: objects by name, each pending, then running, then ended, as its script
/// says, by its own timeouts, or because it was asked to. It knows nothing of agents or servers.
///
/// The script is the job's `run`: `ok`, `fail`, `flaky`, `slow`, `hang` (until its run timeout),
/// `stuck` (perhaps pending until its start timeout), `infra`, `image`, `refused`,
/// `mute` (its output cannot be read).
class FakeCluster {
 public:
  FakeCluster(Timeline&, Ledger&, std::string name, std::uint32_t capacity, std::uint64_t seed);
  ~FakeCluster();

  std::vector<agent::Object> list() const;
  /// Every object that went, as it was at last, in that order.
  const std::vector<agent::Object>& went() const { return went_; }
  /// Makes the object unless one of this name exists.
  agent::Created create(const model::Assignment&);
  /// A create that is on its way and arrives at this moment, whatever becomes of its sender.
  void post(base::Mono arrives, model::Assignment, std::function<void(agent::Created)>);
  void stop(const std::string& name, const std::string& uid);
  bool remove(const std::string& name, const std::string& uid);
  agent::LogPiece read_log(const std::string& name, const std::string& stream, std::uint64_t offset,
                           std::size_t max) const;

  /// Somebody else deletes an object of those that `may` allows: its process dies with it. None
  /// that a create on its way would make again: only a finalizer could help then (PROTOCOL.md,
  /// `protect`).
  void vanish(base::Rng&, const std::function<bool(const std::string& uid)>& may);
  /// Bells to ring soon after something changed.
  std::list<loop::Bell*>& watchers() { return watchers_; }

  const std::string& name() const { return name_; }
  std::uint32_t capacity() const { return capacity_; }
  std::size_t size() const { return pods_.size(); }

 private:
  struct Pod {
    std::size_t entry = 0;  // in the ledger
    std::string script;
    base::Micros run_timeout{0}, grace{0};
    bool stopping = false;
    std::list<Timeline::Key> plans;  // what will happen to it
  };
  const Execution& of(const Pod& p) const { return ledger_.at(p.entry); }
  base::Rng rng_of(const model::AttemptKey&) const;
  void plan(Pod&, const std::string& name, base::Micros, void (FakeCluster::*)(Pod&));
  void begin(Pod&);
  void end(Pod&, model::Outcome);
  void end_by_script(Pod&);
  void time_out_start(Pod&);
  void time_out_run(Pod&);
  void drop_plans(Pod&);
  agent::Object object_of(const Pod&) const;
  void erase(const std::string& name);
  void changed();

  Timeline& timeline_;
  Ledger& ledger_;
  std::string name_;
  std::uint32_t capacity_;
  std::uint64_t seed_, uids_ = 0;
  bool stop_removes_;  // as a Pod goes that is deleted: nothing is left of what was stopped
  std::map<std::string, Pod> pods_;
  std::map<std::string, std::size_t>
      entries_;  // the latest of a name in the ledger, for its output
  std::vector<agent::Object> went_;
  std::map<std::string, int> on_their_way_;  // creates, by name
  std::list<loop::Bell*> watchers_;
};

}  // namespace sim
