#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/executor.h"
#include "local/records.h"

/// What an agent does with the folders of attempts. All of it blocks on the disk: for a pool
/// thread.
namespace local {

/// One attempt as its folder shows it.
struct Sighting {
  agent::Object object;
  std::optional<Started> started;
};

/// What is in the folder of all attempts.
struct Survey {
  std::vector<Sighting> sightings;  ///< Of every attempt but those known to have ended.
  std::set<std::string> names;      ///< Of everything that may be an attempt, those too.
};

/// Looks at every attempt, and settles those whose supervisor is dead. Throws when it cannot look
/// at one.
Survey survey(const std::filesystem::path& root, const std::set<std::string>& known_ended);

/// Asks the attempt to end, if it has this uid. One that never started ends here.
void stop_attempt(const std::filesystem::path& folder, const std::string& uid);

/// Removes the folder of an ended attempt with this uid; true when it is gone, and so is all of the
/// job.
bool remove_attempt(const std::filesystem::path& root, const std::string& name,
                    const std::string& uid);
/// Deletes what an interrupted removal left, and what an interrupted create left an hour ago.
void remove_trash(const std::filesystem::path& root);

agent::LogPiece read_log_piece(const std::filesystem::path& folder, std::uint64_t offset,
                               std::size_t max);

}  // namespace local
