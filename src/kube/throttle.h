#pragma once

#include <list>
#include <optional>

#include "base/metrics.h"
#include "loop/clock.h"

namespace kube {

/// What a call says about how busy the API server is.
enum class Outcome {
  good,
  busy,     ///< 429, 503, or no answer in time.
  unclear,  ///< It broke, or nobody waited for its end.
};

/// How many calls may be under way: additive increase, multiplicative decrease. A limit's worth of
/// good answers makes it one more, a sign of trouble half as many. Pure: time is a parameter.
class Limit {
 public:
  struct Settings {
    unsigned start = 16;
    unsigned least = 2;
    unsigned most = 256;
    /// An answer is slow when it took this many times the least of the last minutes, and over
    /// `slow_time_min`.
    unsigned slow_factor = 10;
    base::Micros slow_time_min = std::chrono::milliseconds(500);
    base::Micros minimum_time = std::chrono::minutes(1);  ///< Of one half of the moving minimum.
    base::Micros retry_after_max = std::chrono::minutes(5);
  };
  struct Answer {
    Outcome outcome = Outcome::good;
    base::Mono sent;
    base::Mono now;
    bool alike = true;  ///< Its time compares with others': not a list of thousands.
    bool full = true;   ///< At least half of the limit was in use when it was sent.
    std::optional<base::Micros> retry_after = {};
  };

  Limit();
  explicit Limit(const Settings&);
  /// Signs of trouble in calls sent before the last halving change nothing: they tell the same.
  void answered(const Answer&);
  unsigned value() const { return value_; }
  /// Nothing is sent before this moment: the server asked for it.
  base::Mono resume() const { return resume_; }

 private:
  bool is_slow(const Answer&);

  Settings settings_;
  unsigned value_;
  unsigned good_ = 0;
  base::Mono halved_;
  base::Mono resume_;
  base::Mono window_;
  base::Micros least_now_ = base::Micros::max();
  base::Micros least_before_ = base::Micros::max();
};

/// Lets calls through one after the other, as many at a time as its limit says, the first to come
/// first. Loop thread only; outlives its turns.
class Throttle {
 public:
  explicit Throttle(loop::Clock&, const Limit::Settings& = {});

  /// A call's place among those under way. Ended without an answer, it says nothing.
  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    ~Turn();
    void answered(Outcome, bool alike, std::optional<base::Micros> retry_after);

   private:
    friend Throttle;
    explicit Turn(Throttle&);
    Throttle* throttle_;
    base::Mono sent_;
    bool full_;
  };

  /// Waits for a turn; throws base::Failure when there is none before this moment.
  loop::Task<Turn> enter(base::Mono until);
  /// For what is not counted: waits only as long as the server asked everybody to.
  loop::Task<> pause(base::Mono until);
  /// An answer to something that is not counted asked everybody to wait.
  void asked_to_wait(base::Micros retry_after);
  const Limit& limit() const { return limit_; }

 private:
  bool is_open() const;
  void leave();
  void wake_first();

  loop::Clock& clock_;
  Limit limit_;
  unsigned under_way_ = 0;
  std::list<loop::Waiter> waiting_;
  base::metrics::Gauge& limit_gauge_;
  base::metrics::Counter& waits_;
};

}  // namespace kube
