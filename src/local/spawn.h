#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace local {

/// Starts `PROGRAM supervise FOLDER` in a session of its own, with the allowed environment and none
/// of our descriptors, so that it outlives us and holds nothing of ours. Its errors go to
/// `supervisor.log`. Throws base::Failure when it cannot be started.
pid_t spawn_supervisor(const std::string& program, const std::filesystem::path& folder);

/// The supervisors that this process started and still has to reap. Loop thread only.
class Children {
 public:
  ~Children() { reap(); }
  void add(pid_t pid) { pids_.push_back(pid); }
  /// Forgets those that ended; whether there were any. Does not wait.
  bool reap();
  bool empty() const { return pids_.empty(); }

 private:
  std::vector<pid_t> pids_;
};

}  // namespace local
