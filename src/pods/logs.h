#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/executor.h"
#include "kube/api.h"
#include "loop/clock.h"
#include "loop/group.h"

namespace pods {

/// Follows the logs of Pods from their beginning, as they are written, and keeps a little of each
/// at hand, so that they are safe soon after a Pod ended and even where it went. Loop thread only.
class Logs {
 public:
  /// At most `followers_max` are followed at once; others wait for their turn.
  Logs(loop::Group& group, loop::Clock& clock, kube::Api& api, std::size_t followers_max)
      : group_(group), clock_(clock), api_(api), followers_max_(followers_max) {}

  /// Up to `max` bytes of the log of an attempt's Pod, of its container `main`, from `offset` on.
  /// `ended`: nothing is written any more. Throws base::Failure when it cannot be read.
  agent::LogPiece read(const std::string& attempt, const kube::ObjectRef& pod, bool ended,
                       std::uint64_t offset, std::size_t max);
  /// Nothing of it is wanted any more.
  void forget(const std::string& attempt);

  static constexpr std::size_t ahead_max = 1 << 20;

 private:
  /// One log that is being read.
  struct Follower {
    kube::ObjectRef pod;
    std::uint64_t start = 0;  // where `bytes` begin
    std::string bytes;
    bool reading = false;
    bool ended = false;     // nothing is written any more
    bool complete = false;  // everything that was written has been read
    bool dropped = false;
    std::string failure;  // why it cannot be read
    base::Mono again{};   // not before
    loop::Bell taken;
  };
  loop::Task<> follow(std::shared_ptr<Follower>);
  loop::Task<> read_on(Follower&);

  loop::Group& group_;
  loop::Clock& clock_;
  kube::Api& api_;
  std::size_t followers_max_;
  std::size_t reading_ = 0;
  std::map<std::string, std::shared_ptr<Follower>> followers_;  // by the attempt's name
};

}  // namespace pods
