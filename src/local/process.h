#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "local/records.h"

namespace local {

/// A process as proc(5) stat shows it. Its pid and start time together name it until the next boot.
struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;
  bool dead = false;  ///< Only its exit status is left.
};

/// The process with this pid now.
std::optional<Process> find_process(pid_t);
std::vector<Process> all_processes();
/// Differs after every start of the machine.
const std::string& boot_id();

/// Whether this very supervisor is alive.
bool is_alive(const Started&);
/// Sends a signal to this very supervisor and to nobody else. False when it is no more.
bool signal_supervisor(const Started&, int signal);

/// Waits until this supervisor is no more, at most this long.
void wait_for_end(const Started&, base::Micros patience);

/// Kills everything left of a job whose supervisor is dead: its process group, and whoever carries
/// its FAIRLEAD_UID. True when nothing is left alive; tries for at most this long.
bool kill_remains(const Started&, const std::string& uid, base::Micros budget);

}  // namespace local
