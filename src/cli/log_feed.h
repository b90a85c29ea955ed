#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/api.h"
#include "cli/log_lines.h"
#include "http/sse.h"
#include "model/views.h"

namespace cli {

/// Reads the output of one attempt as server-sent events, over as many connections as it takes.
class LogFeed {
 public:
  /// `target`: of the log, with its query.
  LogFeed(Api& api, std::string target) : api_(api), target_(std::move(target)) {}

  std::function<void(const LogPiece&)> on_piece;
  /// Called when there are more streams than were known.
  std::function<void(const std::vector<std::string>& names)> on_streams;

  /// Reads on from where it was to the end of the log. Returns a refusal. Throws base::Failure when
  /// the connection breaks, or nothing at all comes for so long.
  loop::Task<base::Result<void>> read(base::Micros silence_max);
  /// How many pieces have come.
  std::size_t pieces() const { return pieces_; }
  /// At its end, what became of each stream.
  const std::vector<model::LogStreamView>& streams() const { return streams_; }

 private:
  base::Result<void> take(const http::SseEvent&);

  Api& api_;
  const std::string target_;
  std::string last_id_;
  std::size_t pieces_ = 0;
  std::vector<model::LogStreamView> streams_;
  bool ended_ = false;
};

}  // namespace cli
