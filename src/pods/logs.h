#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/executor.h"
#include "kube/api.h"
#include "loop/clock.h"
#include "loop/group.h"
#include "pods/log_text.h"

namespace pods {

/// What writes a log, as it is now.
struct LogSource {
  std::string pod;
  std::string container;
  std::int32_t restarts = 0;  ///< How often the container was started again.
  bool ended = false;         ///< Nothing is written any more.
  bool left = false;          ///< It runs, but what it writes is not waited for any more.
  bool gone = false;          ///< Its Pod is not there any more.
};

/// Follows the logs of containers from their beginning, as they are written, and keeps a little of
/// each at hand, so that they are safe soon after a Pod ended and even where it went. Loop thread
/// only.
class Logs {
 public:
  /// At most `followers_max` are followed at once; others wait for their turn.
  Logs(loop::Group& group, loop::Clock& clock, kube::Api& api, std::string name_space,
       std::size_t followers_max)
      : group_(group),
        clock_(clock),
        api_(api),
        name_space_(std::move(name_space)),
        followers_max_(followers_max) {}

  /// A stream of an attempt: its name and that of the stream.
  using Name = std::pair<std::string, std::string>;
  /// Up to `max` bytes of a stream from `offset` on. Throws base::Failure when it cannot be read.
  agent::LogPiece read(const Name&, const LogSource&, std::uint64_t offset, std::size_t max);
  /// The same of an attempt that went: what was read before.
  agent::LogPiece read_rest(const Name&, std::uint64_t offset, std::size_t max);
  /// Nothing of this attempt is wanted any more.
  void forget(const std::string& attempt);

 private:
  /// One log that is being read.
  struct Follower {
    Follower(const LogSource& s, std::uint64_t offset)
        : source(s), text(offset), instance(s.restarts), missed(s.restarts > 0) {}
    LogSource source;
    LogText text;
    std::int32_t instance;  // how often the container had been restarted when that was read
    bool missed;            // something of an earlier one was not read
    bool reading = false;
    bool complete = false;  // everything that was written has been read
    bool dropped = false;
    bool vanished = false;  // its Pod was gone when the rest was to be read
    std::string failure;    // why it cannot be read
    base::Mono again{};     // not before
    loop::Bell taken;
  };
  agent::LogPiece take(const std::shared_ptr<Follower>&, std::uint64_t offset, std::size_t max);
  loop::Task<> follow(std::shared_ptr<Follower>);
  loop::Task<> read_on(Follower&);
  loop::Task<> read_former(Follower&);
  loop::Task<bool> read_through(Follower&, http::Incoming&);
  loop::Task<std::unique_ptr<http::Incoming>> open(Follower&, bool follow, bool former);
  static void drop(Follower&);

  loop::Group& group_;
  loop::Clock& clock_;
  kube::Api& api_;
  const std::string name_space_;
  std::size_t followers_max_;
  std::size_t reading_ = 0;
  std::map<Name, std::shared_ptr<Follower>> followers_;
};

}  // namespace pods
