#pragma once

#include <set>

#include "sim/cluster.h"
#include "sim/process.h"
#include "sim/trace.h"
#include "sim/weather.h"

namespace sim {

/// An agent's hands on a fake cluster: calls take time, fail, take effect although the caller was
/// told nothing, or take effect late, but never after the caller's `until`.
class Hands final : public agent::Executor {
 public:
  Hands(Timeline&, FakeCluster&, Process&, const Weather&, base::Rng&, Trace&,
        std::set<std::string>& known);
  ~Hands() override;

  std::string kind() const override { return "fake"; }
  loop::Task<agent::Sightings> look(bool whole) override;
  loop::Task<agent::Created> create(model::Assignment, base::Mono until) override;
  loop::Task<> stop(std::string name, std::string uid) override;
  loop::Task<bool> remove(std::string name, std::string uid) override;
  loop::Task<agent::LogPiece> read_log(agent::LogName, agent::LogFrom, std::size_t max) override;
  std::set<agent::LogName> take_written() override { return {}; }
  loop::Bell& written() override { return written_; }
  loop::Bell& changed() override { return bell_; }

 private:
  /// The way to the cluster's API or back: takes its time, sometimes fails.
  loop::Task<> travel(bool may_fail);
  loop::Task<agent::Created> post(const model::Assignment&, base::Mono until);

  Timeline& timeline_;
  FakeCluster& cluster_;
  Process& process_;
  const Weather& weather_;
  base::Rng& rng_;
  Trace& trace_;
  std::set<std::string>& known_;
  bool watches_;  // tells what changed, where that will do
  std::map<std::string, agent::Object> told_;
  std::size_t went_told_;
  loop::Bell bell_;
  loop::Bell written_;  // never: its readers ask again
};

}  // namespace sim
