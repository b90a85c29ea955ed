#include "kube/throttle.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/result.h"

namespace kube {

Limit::Limit() : Limit(Settings{}) {}
Limit::Limit(const Settings& settings) : settings_(settings), value_(settings.start) {}

void Limit::answered(const Answer& a) {
  if (a.retry_after)
    resume_ = std::max(resume_, a.now + std::min(*a.retry_after, settings_.retry_after_max));
  const bool slow = a.outcome == Outcome::good && a.alike && is_slow(a);
  if (a.outcome == Outcome::busy || slow) {
    if (a.sent <= halved_) return;
    halved_ = a.now;
    good_ = 0;
    value_ = std::max(settings_.least, value_ / 2);
    return;
  }
  // What was not asked of the server says nothing about what it could bear.
  if (a.outcome != Outcome::good || !a.full || ++good_ < value_) return;
  good_ = 0;
  value_ = std::min(settings_.most, value_ + 1);
}

bool Limit::is_slow(const Answer& a) {
  const auto took = a.now - a.sent;
  if (a.now - window_ >= settings_.minimum_time) {
    least_before_ = std::exchange(least_now_, base::Micros::max());
    window_ = a.now;
  }
  const auto least = std::min(least_now_, least_before_);
  least_now_ = std::min(least_now_, took);
  return took > settings_.slow_time_min && took / settings_.slow_factor > least;
}

Throttle::Throttle(loop::Clock& clock, const Limit::Settings& settings)
    : clock_(clock),
      limit_(settings),
      limit_gauge_(base::metrics::gauge("fairlead_kube_limit",
                                        "Calls to the API server that may be under way")),
      waits_(base::metrics::counter("fairlead_kube_waits",
                                    "Calls to the API server that had to wait for a turn")) {
  limit_gauge_.set(limit_.value());
}

Throttle::Turn::Turn(Throttle& throttle)
    : throttle_(&throttle),
      sent_(throttle.clock_.mono()),
      full_(++throttle.under_way_ * 2 >= throttle.limit_.value()) {}

Throttle::Turn::Turn(Turn&& other) noexcept
    : throttle_(std::exchange(other.throttle_, nullptr)), sent_(other.sent_), full_(other.full_) {}

Throttle::Turn::~Turn() {
  if (throttle_) throttle_->leave();
}

void Throttle::Turn::answered(Outcome outcome, bool alike,
                              std::optional<base::Micros> retry_after) {
  auto& t = *throttle_;
  t.limit_.answered({outcome, sent_, t.clock_.mono(), alike, full_, retry_after});
  t.limit_gauge_.set(t.limit_.value());
}

bool Throttle::is_open() const {
  return under_way_ < limit_.value() && clock_.mono() >= limit_.resume();
}

void Throttle::leave() {
  --under_way_;
  wake_first();
}

void Throttle::wake_first() {
  if (!waiting_.empty()) waiting_.front().wake();
}

loop::Task<Throttle::Turn> Throttle::enter(base::Mono until) {
  if (waiting_.empty() && is_open()) co_return Turn(*this);
  waits_.add();
  const auto executor = co_await boost::asio::this_coro::executor;
  struct Queued {
    Throttle& throttle;
    std::list<loop::Waiter>::iterator place;
    ~Queued() {
      throttle.waiting_.erase(place);
      throttle.wake_first();  // the next one may go, too
    }
  } queued{*this, waiting_.emplace(waiting_.end(), executor)};
  for (;;) {
    const bool first = queued.place == waiting_.begin();
    if (first && is_open()) co_return Turn(*this);
    if (clock_.mono() >= until)
      throw base::Failure("the API server is busy: the call had no turn in time");
    const bool blocked = first && clock_.mono() < limit_.resume();
    co_await clock_.wait(*queued.place, blocked ? std::min(until, limit_.resume()) : until);
  }
}

loop::Task<> Throttle::pause(base::Mono until) {
  while (clock_.mono() < limit_.resume()) {
    if (clock_.mono() >= until)
      throw base::Failure("the API server is busy: it asked to wait longer than there is time");
    co_await clock_.sleep_until(std::min(until, limit_.resume()));
  }
}

void Throttle::asked_to_wait(base::Micros retry_after) {
  limit_.answered({Outcome::unclear, clock_.mono(), clock_.mono(), false, false, retry_after});
}

}  // namespace kube
