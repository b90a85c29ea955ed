#include "agent/session.h"

#include <boost/asio/error.hpp>

#include "agent/step.h"
#include "base/log.h"

namespace agent {
namespace {

constexpr std::size_t reports_max = 200;
/// Between two steps in a row, for each attempt that is held; and at most.
constexpr base::Micros pace_of_one = std::chrono::microseconds(100);
constexpr base::Micros pace_max = std::chrono::milliseconds(10);
constexpr auto failed_wait = std::chrono::milliseconds(200);

}  // namespace

Session::Session(loop::Executor executor, loop::Clock& clock, Link& link, Executor& hands,
                 const Settings& settings, const model::Session& session, base::Mono asked)
    : clock_(clock),
      link_(link),
      executor_(hands),
      settings_(settings),
      session_(session),
      renewed_(asked),
      group_(std::move(executor)) {}

void Session::lose() {
  lost_ = true;
  changed_.ring();
  group_.cancel();
}

loop::Task<> Session::run() {
  group_.spawn("agent pull", pull_loop());
  group_.spawn("agent renew", renew_loop());
  group_.spawn("agent reconcile", reconcile_loop());
  group_.spawn("agent logs", log_loop());
  group_.spawn("agent log news", hear_logs());
  co_await group_.join();
}

loop::Task<> Session::pull_loop() {
  while (!lost_) {
    const bool pulled = co_await attempt("assignments could not be pulled", pull_once());
    if (!pulled && !lost_) co_await clock_.sleep(retry_wait);
  }
}

loop::Task<> Session::pull_once() {
  const auto batch = co_await link_.pull(session_.epoch, revision_);
  if (batch) co_return take(*batch);
  if (is_over(batch.error())) co_return lose();
  throw base::Failure(batch.error().message);
}

void Session::take(const model::Batch& batch) {
  for (const auto& a : batch.assignments) {
    const auto [at, fresh] = held_.try_emplace(a.key);
    auto& h = at->second;
    // `absent` is said of a revision: of a new one, and after a new offer, it was not said yet.
    if (h.said == model::Sight::absent && a.revision > h.assignment.revision) h.said.reset();
    const auto before = std::exchange(h.assignment, a);
    if (fresh) continue;
    // The batch may have been read before our latest report was applied; states only go forward.
    h.assignment.state = std::max(a.state, before.state);
    if (a.uid.empty()) h.assignment.uid = before.uid;
  }
  for (const auto& a : batch.assignments) {
    mark(a.key);
    if (const auto o = objects_.find(a.name); o != objects_.end()) note_logs(o->second);
  }
  if (batch.complete && !complete_) dirty_.whole = true;
  revision_ = std::max(revision_, batch.revision);
  complete_ = complete_ || batch.complete;
  if (!batch.assignments.empty() || batch.complete) changed_.ring();
}

loop::Task<> Session::renew_loop() {
  const auto period = session_.lease / 3;
  while (!lost_) {
    const auto heard = renew_now_.rings();
    if (health_ == said_) co_await renew_now_.wait(clock_, heard, renewed_ + period);
    const bool renewed = co_await attempt("the lease could not be renewed", renew_once());
    if (!lost_ && (!renewed || health_ != said_))
      co_await clock_.sleep(std::min<base::Micros>(period, retry_wait));
  }
}

loop::Task<> Session::renew_once() {
  const auto asked = clock_.mono();
  const auto health = health_;
  const auto renewed = co_await link_.renew({session_.epoch, health});
  if (!renewed) {
    if (is_over(renewed.error())) co_return lose();
    throw base::Failure(renewed.error().message);
  }
  if (!holds_lease() || !listed_in_lease_) must_see_ = lists_begun_ + 1;
  if (!may_create() || renewed->prune != session_.prune) dirty_.whole = true;
  session_.prune = renewed->prune;
  std::set<std::string> followed;
  for (const auto& key : renewed->followed)
    if (const auto h = held_.find(key); h != held_.end())
      followed.insert(h->second.assignment.name);
  executor_.prefer(followed);
  said_ = health;
  renewed_ = asked;
  changed_.ring();
}

void Session::note_health() {
  const auto held = health_.prune_held;
  health_ = executor_.health();
  health_.prune_held = held;
  if (health_ != said_) renew_now_.ring();
}

bool Session::may_create() const { return clock_.mono() < renewed_ + session_.lease * 2 / 3; }

bool Session::holds_lease() const { return clock_.mono() < renewed_ + session_.lease; }

core::AgentView Session::view() const {
  return {.epoch = session_.epoch,
          .complete = complete_,
          .may_create = may_create(),
          .may_end = listed_in_lease_ && holds_lease(),
          .silent = clock_.mono() - renewed_,
          .grace = settings_.grace,
          .creates_max = settings_.creates_max - std::min(settings_.creates_max, creating_),
          .revision = std::max(session_.revision, revision_),
          .prune = session_.prune,
          .list = list_,
          .held = &held_,
          .objects = &objects_};
}

loop::Task<> Session::look(bool whole) {
  const auto number = ++lists_begun_;
  const auto seen = co_await executor_.look(whole);
  if (seen.whole) {
    listed_in_lease_ = holds_lease();
    list_ = number;
    objects_.clear();
    dirty_.whole = true;
  } else {
    listed_in_lease_ = listed_in_lease_ && holds_lease();
  }
  for (const auto& o : seen.objects) see(o, false);
  for (const auto& o : seen.gone) see(o, true);
}

void Session::see(const Object& o, bool removed) {
  // What went under this name may be followed by another; only the one that is known is gone.
  const auto known = objects_.find(o.name);
  if (removed && known != objects_.end() && known->second.uid != o.uid) return;
  auto& kept = objects_[o.name] = o;
  kept.removed = removed;
  const auto h = held_.find(o.key);
  if (h == held_.end()) {
    if (removed)
      objects_.erase(o.name);
    else
      dirty_.whole = true;  // perhaps it belongs to nothing
    return;
  }
  mark(o.key);
  h->second.seen = true;
  if (h->second.assignment.uid.empty()) h->second.assignment.uid = o.uid;
  note_logs(kept);
}

loop::Task<> Session::watch_hands() {
  for (;;) {
    const auto heard = executor_.changed().rings();
    co_await executor_.changed().wait(clock_, heard, loop::never);
    changed_.ring();
  }
}

/// Where much goes on it is gathered for a moment, so that fewer commits tell of more; where little
/// does, nobody waits.
loop::Task<> Session::keep_pace(base::Pace& pace) {
  const auto interval = std::min<base::Micros>(pace_max, pace_of_one * held_.size());
  return clock_.sleep_until(pace.next(clock_.mono(), interval));
}

loop::Task<> Session::reconcile_loop() {
  heard_hands_ = executor_.changed().rings();
  group_.spawn("agent watch", watch_hands());
  next_look_ = clock_.mono();
  while (!lost_) {
    co_await keep_pace(reconciles_);
    const auto heard = changed_.rings();
    const bool done = co_await attempt("the cluster could not be reconciled", reconcile_once());
    // With the server away every change of a job fails again: not more often than now and then.
    if (!done && !lost_) co_await clock_.sleep(failed_wait);
    co_await changed_.wait(clock_, heard, clock_.mono() + retry_wait);
  }
}

loop::Task<> Session::reconcile_once() {
  const auto hands = executor_.changed().rings();
  note_health();
  if (list_ != 0 && (hands != heard_hands_ || clock_.mono() >= next_look_)) co_await look(false);
  settle_doubts();
  if (list_ == 0 || list_ < must_see_) co_await look(true);
  heard_hands_ = hands;
  next_look_ = clock_.mono() + settings_.list_period;
  auto scope = std::exchange(dirty_, {.whole = false});
  // Without the server time alone may ask for something.
  if (!holds_lease()) scope.whole = true;
  auto actions = core::reconcile(view(), scope);
  for (const auto& key : actions.later) mark(key);
  if (actions.list) {
    must_see_ = lists_begun_ + 1;
    changed_.ring();
  }
  // Until it is answered a report may have to be said again.
  for (const auto& report : actions.report) mark(report.key);
  act(actions);
  co_await send(std::move(actions.report));
}

loop::Task<> Session::send(std::vector<model::Report> reports) {
  for (std::size_t from = 0; from < reports.size(); from += reports_max) {
    const auto end = std::min(reports.size(), from + reports_max);
    const std::vector<model::Report> part(reports.begin() + std::ptrdiff_t(from),
                                          reports.begin() + std::ptrdiff_t(end));
    const auto answers = co_await link_.report(session_.epoch, part);
    if (!answers) {
      if (is_over(answers.error())) lose();
      co_return;
    }
    for (std::size_t i = 0; i < part.size() && i < answers->size(); ++i)
      answered(part[i], (*answers)[i]);
    changed_.ring();  // an answer may be what the next step waited for
  }
}

void Session::answered(const model::Report& report, model::Answer answer) {
  const auto at = held_.find(report.key);
  if (at == held_.end()) return;
  auto& h = at->second;
  using model::Sight;
  mark(report.key);
  // What was said of an older revision says nothing of this one, which may be a new offer.
  if (report.sight == Sight::absent && report.revision != h.assignment.revision) return;
  h.said = report.sight;
  h.said_message = report.message;
  if (answer == model::Answer::refused) {
    base::log::warn("the server refused a report", {{"name", h.assignment.name}});
    h.foreign = report.sight == Sight::created || report.sight == Sight::running ||
                report.sight == Sight::ended;
    return;
  }
  if (report.sight == Sight::ended) {
    h.assignment.state = model::AssignmentState::ended;
    return;
  }
  if (answer == model::Answer::stale && report.sight != Sight::gone) {
    // It is over for the server; what is left of it here has to go, and that has to be said.
    h.assignment.state = model::AssignmentState::ended;
    return;
  }
  if (report.sight == Sight::gone || report.sight == Sight::absent) {
    const auto o = objects_.find(h.assignment.name);
    if (o != objects_.end() && o->second.removed) objects_.erase(o);
    forget_logs(at->first);
    executor_.forget(h.assignment.name);
    held_.erase(at);
    return;
  }
  if (report.sight == Sight::created || report.sight == Sight::running) {
    h.assignment.state = model::AssignmentState::created;
    h.assignment.uid = report.uid;
    if (h.completed) h.assignment.work = {};  // nobody asks for it any more
  }
}

}  // namespace agent
