#pragma once

#include <memory>
#include <string>

#include "agent/executor.h"
#include "agent/link.h"
#include "loop/clock.h"

namespace agent {

class Session;

struct Settings {
  std::string version;
  std::string instance;         ///< A fresh random word.
  std::uint32_t capacity = 16;  ///< Attempts alive at once.
  std::map<std::string, std::string> labels;
  std::size_t creates_max = 16;  ///< Creates under way at once.
  base::Micros logs_wait =
      std::chrono::seconds(60);  ///< After an end, for its output to be stored.
  base::Micros list_period = std::chrono::seconds(10);  ///< Between lists when nothing is heard.
  base::Micros grace = std::chrono::seconds(30);  ///< That what is stopped needs at most to end.
  base::Micros log_period = std::chrono::milliseconds(200);
};

/// The hands on one cluster: opens a session, keeps what belongs there and what is there in step,
/// and says what it sees. It keeps no state of its own: a new session lists, adopts and goes on.
class Agent {
 public:
  Agent(loop::Clock&, Link&, Executor&, Settings);
  ~Agent();

  /// Works until cancelled. A session that is lost is opened again; a server that is away is waited
  /// for.
  loop::Task<> run();
  /// Ends cleanly: releases the cluster so that the next agent need not wait. What runs goes on.
  loop::Task<> release();

 private:
  loop::Task<> run_session(Session&);

  loop::Clock& clock_;
  Link& link_;
  Executor& executor_;
  Settings settings_;
  std::uint64_t epoch_ = 0;   // of the session that is open
  base::Mono creates_end_{};  // until when something that was asked for may still be created
};

}  // namespace agent
