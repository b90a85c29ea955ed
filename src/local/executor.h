#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "agent/executor.h"
#include "loop/clock.h"
#include "loop/offload.h"

namespace local {

/// Runs attempts as processes of this machine, one folder and one supervisor process for each.
/// Supervisors outlive the agent; a later LocalExecutor on the same folder adopts them. The folder
/// belongs to one user and should be on a local disk (flock, inotify).
///
/// `remove` of another uid than the one there is refused: false. `read_log` of what is not there is
/// the end of nothing; the whole output is one stream without a name.
class LocalExecutor final : public agent::Executor {
 public:
  /// `self_program` is the path of the program whose command `supervise FOLDER` is
  /// `local::supervise`. Makes the folder; throws when it cannot. Clock, pool and loop outlive
  /// this; no call is under way when it is destroyed. Attempts go on without it.
  LocalExecutor(loop::Executor, loop::Clock&, loop::Pool&, const std::filesystem::path& folder,
                std::string self_program);
  ~LocalExecutor() override;

  std::string kind() const override { return "local"; }
  loop::Task<agent::Sightings> look(bool whole) override;
  loop::Task<agent::Created> create(model::Assignment assignment, base::Mono until) override;
  loop::Task<> stop(std::string name, std::string uid) override;
  loop::Task<bool> remove(std::string name, std::string uid) override;
  loop::Task<agent::LogPiece> read_log(agent::LogName, agent::LogFrom, std::size_t max) override;
  std::set<agent::LogName> take_written() override;
  loop::Bell& written() override;
  loop::Bell& changed() override;

 private:
  struct State;
  loop::Task<> start(std::string name);

  std::shared_ptr<State> state_;
};

}  // namespace local
