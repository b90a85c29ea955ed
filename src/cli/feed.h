#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/api.h"
#include "cli/progress.h"
#include "http/sse.h"
#include "loop/bell.h"

namespace cli {

/// How long a watcher goes on without a server.
inline constexpr base::Micros patience = std::chrono::seconds(60);

/// Reads the server's events (GET .../events), over as many connections as it takes: after a break
/// it resumes behind the last event it saw. Without one it begins with what happens from now on.
class Events {
 public:
  /// `run` empty: of all runs.
  Events(Api&, std::string run);

  /// Called on every new connection that could not be resumed, before its first event: the moment
  /// to look at what there is.
  std::function<loop::Task<base::Result<void>>()> on_fresh;
  /// Called with each change in order.
  std::function<void(const model::RunChange&)> on_change;
  /// Called when the connection is lost, with why, and with "" when it is back.
  std::function<void(std::string)> on_trouble;

  /// Reads on until `done()`, which is asked after each of the calls above, or the server says that
  /// the run's last event was sent. Returns a refusal; throws base::Failure after `patience`
  /// without a server.
  loop::Task<base::Result<void>> follow(std::function<bool()> done);

 private:
  loop::Task<base::Result<void>> connect_and_read(const std::function<bool()>& done);
  loop::Task<base::Result<void>> read(http::Incoming&, const std::function<bool()>& done);
  base::Result<void> take(const http::SseEvent&);
  void lost(std::string why);
  void found();

  Api& api_;
  std::string run_;
  std::string last_id_;
  bool ended_ = false;
  std::optional<base::Mono> lost_since_;
  unsigned tries_ = 0;
};

/// Follows one run to its end: a snapshot, then its changes.
class RunFeed {
 public:
  /// `changed` rings whenever there is something new to show.
  RunFeed(Api&, std::string run, loop::Bell& changed);

  /// Called with the jobs that changed; before the first call there is nothing to show.
  std::function<void(const std::vector<std::size_t>& jobs)> on_change;

  /// Returns when the run has ended and how its jobs failed is known; else as Events::follow.
  loop::Task<base::Result<void>> follow();

  const Progress& progress() const { return progress_; }
  /// Whether the snapshot is here.
  bool ready() const { return ready_; }
  /// Why there is no connection at present; "" while there is one.
  const std::string& trouble() const { return trouble_; }

 private:
  loop::Task<base::Result<void>> take_snapshot();
  loop::Task<base::Result<void>> refresh_run();
  loop::Task<> ask_details();
  void tell(const std::vector<std::size_t>& jobs);

  Api& api_;
  std::string run_;
  loop::Bell& changed_;
  Progress progress_;
  bool ready_ = false;
  std::string trouble_;
};

}  // namespace cli
