#include "agent/session.h"
#include "agent/step.h"
#include "base/log.h"

namespace agent {

void Session::act(core::Actions& actions) {
  for (const auto& key : actions.create) {
    auto& h = held_.at(key);
    h.posting = h.posted = true;
    ++creating_;
    group_.spawn("agent create", create(key));
  }
  for (const auto& key : actions.complete) {
    auto& h = held_.at(key);
    h.completed = true;
    executor_.complete(h.assignment);
  }
  for (const auto& name : actions.stop) {
    const auto& o = objects_.at(name);
    held_.at(o.key).stopping = true;
    group_.spawn("agent stop", stop(o.key, name, o.uid));
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
  if (actions.held) hold(*actions.held);
}

void Session::hold(std::size_t held) {
  if (std::exchange(health_.prune_held, std::uint32_t(held)) == held || held == 0) return;
  base::log::error(
      "the server does not know objects that it should: they stay until somebody confirms that "
      "they may go",
      {{"cluster", session_.cluster}, {"objects", std::to_string(held)}});
}

loop::Task<> Session::create(Key key) {
  const auto until = renewed_ + session_.lease;
  const auto doubt = doubts_[key];
  doubts_[key] = std::max(doubt, until);
  Created made;
  try {
    // The assignment is copied: the map may change while the create is under way.
    const auto assignment = held_.at(key).assignment;
    made = co_await executor_.create(assignment, until);
  } catch (const base::Failure& e) {
    made = {.kind = Created::Kind::unknown, .message = e.what()};
  }
  --creating_;
  // An earlier one may still be on its way, whatever this one was told.
  if (made.kind != Created::Kind::unknown) doubts_[key] = doubt;
  const auto at = held_.find(key);
  if (at == held_.end()) co_return;
  auto& h = at->second;
  h.in_doubt = true;
  switch (made.kind) {
    case Created::Kind::created:
      // Its answer came, so all that goes with it is asked for.
      h.seen = h.completed = true;
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
  mark(key);
  changed_.ring();
}

void Session::settle_doubts() {
  const auto now = clock_.mono();
  std::erase_if(doubts_, [&](const auto& doubt) {
    const auto at = held_.find(doubt.first);
    if (doubt.second > now || (at != held_.end() && at->second.posting)) return false;
    if (at == held_.end()) return true;
    at->second.in_doubt = false;
    at->second.settled = lists_begun_;
    mark(doubt.first);
    const auto o = objects_.find(at->second.assignment.name);
    if (o == objects_.end() || o->second.removed) must_see_ = lists_begun_ + 1;
    return true;
  });
}

base::Mono Session::creates_end() const {
  base::Mono end{};
  for (const auto& [key, until] : doubts_) end = std::max(end, until);
  return end;
}

loop::Task<> Session::stop(Key key, std::string name, std::string uid) {
  const bool asked = co_await attempt("an attempt could not be stopped",
                                      executor_.stop(std::move(name), std::move(uid)));
  if (asked) co_return;
  co_await clock_.sleep(retry_wait);
  if (const auto at = held_.find(key); at != held_.end()) at->second.stopping = false;
  mark(key);
  changed_.ring();
}

loop::Task<> Session::remove(Key key, std::string name, std::string uid) {
  const bool removed = co_await attempt("what is left of an attempt could not be removed",
                                        executor_.remove(std::move(name), std::move(uid)));
  if (!removed) co_await clock_.sleep(retry_wait);
  if (const auto at = held_.find(key); at != held_.end()) at->second.removing = false;
  mark(key);
  next_look_ = clock_.mono();
  changed_.ring();
}

loop::Task<> Session::remove_orphan_once(std::string name, std::string uid, bool ended) {
  if (!ended) co_await executor_.stop(name, uid);
  co_await executor_.remove(name, uid);
}

loop::Task<> Session::remove_orphan(std::string name, std::string uid, bool ended) {
  base::log::warn("an object belongs to no assignment; removing it", {{"name", name}});
  co_await attempt("an object that belongs to nothing could not be removed",
                   remove_orphan_once(name, std::move(uid), ended));
  co_await clock_.sleep(retry_wait);
  orphans_.erase(name);
  dirty_.whole = true;
  next_look_ = clock_.mono();
  changed_.ring();
}

}  // namespace agent
