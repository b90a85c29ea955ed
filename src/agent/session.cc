#include "agent/session.h"

#include <boost/asio/error.hpp>

#include "base/log.h"

namespace agent {
namespace {

constexpr std::size_t reports_max = 200;
constexpr auto retry_wait = std::chrono::seconds(1);

/// Runs one step of a loop: what goes wrong is said and tried again later; cancellation goes on.
template <class Step>
loop::Task<> attempt(std::string_view what, Step step) {
  try {
    co_await step();
  } catch (const base::Failure& e) {
    base::log::warn(what, {{"why", e.what()}});
  }
}

bool is_stale(const base::Error& e) { return e.kind == base::Kind::conflict; }

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
  co_await group_.join();
}

loop::Task<> Session::pull_loop() {
  while (!lost_) {
    bool failed = true;
    co_await attempt("assignments could not be pulled", [&]() -> loop::Task<> {
      const auto batch = co_await link_.pull(session_.epoch, revision_);
      if (batch) {
        take(*batch);
        failed = false;
      } else if (is_stale(batch.error())) {
        lose();
      }
    });
    if (failed && !lost_) co_await clock_.sleep(retry_wait);
  }
}

void Session::take(const model::Batch& batch) {
  for (const auto& a : batch.assignments) {
    const auto [at, fresh] = held_.try_emplace(a.key);
    auto& h = at->second;
    // An offer to us that follows `absent` starts anew: nothing is there, so nothing was said of it
    // yet.
    if (a.epoch == session_.epoch && h.assignment.epoch != a.epoch) h.said.reset();
    const auto before = std::exchange(h.assignment, a);
    if (fresh) continue;
    // The batch may have been read before our latest report was applied; states only go forward.
    h.assignment.state = std::max(a.state, before.state);
    if (a.uid.empty()) h.assignment.uid = before.uid;
  }
  revision_ = std::max(revision_, batch.revision);
  complete_ = complete_ || batch.complete;
  if (!batch.assignments.empty() || batch.complete) changed_.ring();
}

loop::Task<> Session::renew_loop() {
  const auto period = session_.lease / 3;
  while (!lost_) {
    co_await clock_.sleep_until(renewed_ + period);
    bool failed = true;
    co_await attempt("the lease could not be renewed", [&]() -> loop::Task<> {
      const auto asked = clock_.mono();
      const auto renewed = co_await link_.renew(session_.epoch);
      if (renewed) {
        if (!holds_lease() || !listed_in_lease_) must_see_ = lists_begun_ + 1;
        renewed_ = asked;
        failed = false;
        changed_.ring();
      } else if (is_stale(renewed.error())) {
        lose();
      }
    });
    if (failed && !lost_) co_await clock_.sleep(std::min<base::Micros>(period, retry_wait));
  }
}

bool Session::may_create() const { return clock_.mono() < renewed_ + session_.lease * 2 / 3; }

bool Session::holds_lease() const { return clock_.mono() < renewed_ + session_.lease; }

core::AgentView Session::view() const {
  return {.epoch = session_.epoch,
          .complete = complete_,
          .may_create = may_create(),
          .may_end = listed_in_lease_ && holds_lease(),
          .creates_max = settings_.creates_max - std::min(settings_.creates_max, creating_),
          .list = list_,
          .held = &held_,
          .objects = &objects_};
}

loop::Task<> Session::look() {
  const auto number = ++lists_begun_;
  const auto snapshot = co_await executor_.list();
  listed_in_lease_ = holds_lease();
  objects_.clear();
  for (const auto& o : snapshot.objects) {
    objects_[o.name] = {o.key, o.name, o.uid, o.running, o.outcome};
    if (auto h = held_.find(o.key); h != held_.end()) h->second.seen = true;
  }
  list_ = number;
}

loop::Task<> Session::reconcile_loop() {
  std::uint64_t heard_hands = executor_.changed().rings();
  bool first = true;
  group_.spawn("agent watch", [](Session* s) -> loop::Task<> {
    for (;;) {
      const auto heard = s->executor_.changed().rings();
      co_await s->executor_.changed().wait(s->clock_, heard, loop::never);
      s->changed_.ring();
    }
  }(this));
  auto next_list = clock_.mono();
  while (!lost_) {
    const auto heard = changed_.rings();
    co_await attempt("the cluster could not be reconciled", [&]() -> loop::Task<> {
      const bool due = first || executor_.changed().rings() != heard_hands ||
                       clock_.mono() >= next_list || lists_begun_ < must_see_;
      if (due) {
        heard_hands = executor_.changed().rings();
        co_await look();
        first = false;
        next_list = clock_.mono() + settings_.list_period;
      }
      auto actions = core::reconcile(view());
      act(actions);
      co_await send(std::move(actions.report));
    });
    co_await changed_.wait(clock_, heard, clock_.mono() + retry_wait);
  }
}

void Session::act(core::Actions& actions) {
  for (const auto& key : actions.create) {
    auto& h = held_.at(key);
    h.posting = h.posted = true;
    ++creating_;
    group_.spawn("agent create", create(key));
  }
  for (const auto& name : actions.stop) {
    const auto& o = objects_.at(name);
    held_.at(o.key).stopping = true;
    group_.spawn("agent stop", stop(name, o.uid));
  }
  for (const auto& name : actions.remove) {
    const auto& o = objects_.at(name);
    held_.at(o.key).removing = true;
    group_.spawn("agent remove", remove(o.key, name, o.uid));
  }
  for (const auto& name : actions.orphans) {
    const auto& o = objects_.at(name);
    if (orphans_.insert(name).second)
      group_.spawn("agent orphan", remove_orphan(name, o.uid, o.outcome.has_value()));
  }
  if (actions.brake && !std::exchange(braked_, true))
    base::log::error("too many objects here are unknown to the server: none of them is removed",
                     {{"cluster", session_.cluster}});
}

loop::Task<> Session::create(Key key) {
  Created made;
  try {
    // The assignment is copied: the map may change while the create is under way.
    const auto assignment = held_.at(key).assignment;
    made = co_await executor_.create(assignment, renewed_ + session_.lease);
  } catch (const base::Failure& e) {
    made = {.kind = Created::Kind::unknown, .message = e.what()};
  }
  --creating_;
  const auto at = held_.find(key);
  if (at == held_.end()) co_return;
  auto& h = at->second;
  h.settled = lists_begun_;
  must_see_ = lists_begun_ + 1;
  switch (made.kind) {
    case Created::Kind::created:
      h.seen = true;
      if (h.assignment.uid.empty()) h.assignment.uid = made.uid;
      break;
    case Created::Kind::refused:
      h.refused = model::Outcome{.class_ = made.class_, .message = made.message};
      break;
    case Created::Kind::wait:
    case Created::Kind::unknown:
      h.waiting = made.message;
      co_await clock_.sleep(retry_wait);
      break;
  }
  if (const auto again = held_.find(key); again != held_.end()) again->second.posting = false;
  changed_.ring();
}

loop::Task<> Session::stop(std::string name, std::string uid) {
  co_await attempt("an attempt could not be stopped",
                   [&]() -> loop::Task<> { co_await executor_.stop(name, uid); });
  changed_.ring();
}

loop::Task<> Session::remove(Key key, std::string name, std::string uid) {
  bool removed = false;
  co_await attempt("what is left of an attempt could not be removed",
                   [&]() -> loop::Task<> { removed = co_await executor_.remove(name, uid); });
  if (!removed) co_await clock_.sleep(retry_wait);
  if (const auto at = held_.find(key); at != held_.end()) at->second.removing = false;
  must_see_ = lists_begun_ + 1;
  changed_.ring();
}

loop::Task<> Session::remove_orphan(std::string name, std::string uid, bool ended) {
  base::log::warn("an object belongs to no assignment; removing it", {{"name", name}});
  co_await attempt("an object that belongs to nothing could not be removed", [&]() -> loop::Task<> {
    if (!ended) co_await executor_.stop(name, uid);
    co_await executor_.remove(name, uid);
  });
  co_await clock_.sleep(retry_wait);
  orphans_.erase(name);
  must_see_ = lists_begun_ + 1;
  changed_.ring();
}

loop::Task<> Session::send(std::vector<model::Report> reports) {
  for (std::size_t from = 0; from < reports.size(); from += reports_max) {
    const auto end = std::min(reports.size(), from + reports_max);
    const std::vector<model::Report> part(reports.begin() + std::ptrdiff_t(from),
                                          reports.begin() + std::ptrdiff_t(end));
    const auto answers = co_await link_.report(session_.epoch, part);
    if (!answers) {
      if (is_stale(answers.error())) lose();
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
  if (report.sight == Sight::gone || report.sight == Sight::absent ||
      answer == model::Answer::stale) {
    // Of `absent`, a new offer may have come meanwhile: that one is kept.
    const bool offered = h.assignment.epoch == session_.epoch && !h.posted &&
                         h.assignment.wanted == model::Wanted::present;
    if (report.sight != Sight::absent || !offered) {
      logs_.erase(at->first);
      held_.erase(at);
    }
    return;
  }
  if (report.sight == Sight::created || report.sight == Sight::running) {
    h.assignment.state = model::AssignmentState::created;
    h.assignment.uid = report.uid;
  }
}

}  // namespace agent
