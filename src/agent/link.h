#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "loop/task.h"
#include "model/link.h"

namespace agent {

/// An agent's way to the server: over HTTP, within one process, or through faults. A refusal of
/// Kind::conflict with code `stale_epoch`, or of Kind::unauthenticated, ends the session. When the
/// server cannot be reached, calls throw base::Failure.
class Link {
 public:
  virtual ~Link() = default;
  virtual loop::Task<base::Result<model::Session>> open(model::Hello) = 0;
  virtual loop::Task<base::Result<model::Session>> renew(model::Renewal) = 0;
  virtual loop::Task<base::Result<bool>> close(std::uint64_t epoch) = 0;
  /// Waits for what changed after `after`; an empty batch from time to time.
  virtual loop::Task<base::Result<model::Batch>> pull(std::uint64_t epoch, std::uint64_t after) = 0;
  virtual loop::Task<base::Result<std::vector<model::Answer>>> report(
      std::uint64_t epoch, std::vector<model::Report>) = 0;
  /// For each chunk where its stream goes on.
  virtual loop::Task<base::Result<std::vector<model::LogPlace>>> upload(
      std::uint64_t epoch, std::vector<model::LogChunk>) = 0;
};

}  // namespace agent
