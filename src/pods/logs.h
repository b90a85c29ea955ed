#pragma once

#include <map>
#include <memory>
#include <set>
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
  /// At most `followers_max` are followed at once; others wait for their turn or for their end,
  /// but for some that are preferred as long as they are.
  Logs(loop::Group& group, loop::Clock& clock, kube::Api& api, std::string name_space,
       std::size_t followers_max)
      : group_(group),
        clock_(clock),
        api_(api),
        name_space_(std::move(name_space)),
        followers_max_(followers_max) {}

  using Name = agent::LogName;
  /// Up to `max` bytes of a stream from there on. Throws base::Failure when it cannot be read.
  agent::LogPiece read(const Name&, const LogSource&, const agent::LogFrom&, std::size_t max);
  /// The same of an attempt that went: what was read before.
  agent::LogPiece read_rest(const Name&, std::uint64_t offset, std::size_t max);
  /// What these attempts write is wanted now.
  void prefer(std::set<std::string> attempts);
  /// Nothing of this attempt is wanted any more.
  void forget(const std::string& attempt);
  void forget_all();
  /// What there is more of since it was last read; rings `written`.
  std::set<Name> take_written() { return std::exchange(news_, {}); }
  /// How many logs of what runs are being read.
  std::size_t following() const { return following_; }
  loop::Bell& written() { return written_; }

 private:
  /// One log that is being read.
  struct Follower {
    Follower(Name, const LogSource&, const agent::LogFrom&);
    bool reads_on(const agent::LogFrom&) const;
    std::string lost(std::uint64_t offset) const;
    const Name name;
    LogSource source;
    std::string known;  // as in agent::LogFrom
    LogText text;
    std::int32_t instance;  // how often the container had been restarted when that was read
    bool missed;            // something of an earlier one was not read
    bool reading = false;
    bool extra = false;     // it is followed beyond the limit, because it is preferred
    bool to_end = false;    // it has ended, so that this reading is the last one
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
  loop::Task<std::string> next_of(const Follower&, http::Incoming&);
  loop::Task<std::unique_ptr<http::Incoming>> open(Follower&, bool follow, bool former);
  void begin(const std::shared_ptr<Follower>&);
  bool has_turn(const Follower&) const;
  bool is_preferred(const Follower& f) const { return preferred_.contains(f.name.object); }
  static void drop(Follower&);
  void tell(const Follower&);
  void offer_turn();

  loop::Group& group_;
  loop::Clock& clock_;
  kube::Api& api_;
  const std::string name_space_;
  std::size_t followers_max_;
  std::size_t following_ = 0;  // of what runs
  std::size_t ending_ = 0;     // of what has ended, which must not wait for the others
  std::map<Name, std::shared_ptr<Follower>> followers_;
  std::set<Name> waiting_;  // for a turn to be followed
  std::set<std::string> preferred_;
  std::set<Name> news_;
  loop::Bell written_;
};

}  // namespace pods
