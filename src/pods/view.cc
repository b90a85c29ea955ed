#include "pods/view.h"

#include <algorithm>
#include <charconv>

#include "core/pod_check.h"

namespace pods {
namespace {

const std::string& name_of(const Seen& s) { return s.job ? s.job->name : s.pod->name; }

std::uint64_t revision_of(const model::Marks& marks) {
  std::uint64_t revision = 0;
  const auto text = core::mark_in(marks, core::revision_mark);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), revision);
  return code == std::errc() && end == text.data() + text.size() ? revision : 0;
}

std::optional<base::Micros> stop_unseen_of(const model::Marks& marks) {
  const auto time = base::parse_duration(core::mark_in(marks, core::stop_unseen_mark));
  if (!time) return {};
  return *time;
}

/// Of what ended before it ran: that it was deleted is not why.
void tell_why(const Seen& seen, model::Outcome& outcome) {
  if (seen.doomed)
    outcome = *seen.doomed;
  else if (outcome.class_ == model::Class::deleted && !seen.waited.empty())
    outcome.message += "; it was last seen waiting: " + seen.waited;
}

}  // namespace

void View::made(std::shared_ptr<const model::Pod> pod, base::Mono now) {
  const auto name = pod->name;
  made_.emplace(name, now);
  untold_.insert(name);
  auto& seen = seen_[name];
  if (!seen.pod) seen.pod = std::move(pod);
}

void View::made(std::shared_ptr<const model::BatchJob> job, base::Mono now) {
  const auto name = job->name;
  made_.emplace(name, now);
  untold_.insert(name);
  jobs_by_uid_[job->uid] = name;
  auto& seen = seen_[name];
  if (!seen.job) seen.job = std::move(job);
}

Seen* View::find(const std::string& name) {
  const auto at = seen_.find(name);
  return at == seen_.end() ? nullptr : &at->second;
}

void View::take_events(std::set<std::string>& names) {
  for (const auto& name : events_.take_changes()) {
    if (const auto event = events_.find(name)) {
      about_[event->object_uid][name] = *event;
      about_whom_[name] = event->object_uid;
      if (pods_.find(event->object_name)) names.insert(event->object_name);
      continue;
    }
    const auto whom = about_whom_.find(name);
    if (whom == about_whom_.end()) continue;
    const auto all = about_.find(whom->second);
    if (all != about_.end() && all->second.erase(name) > 0 && all->second.empty())
      about_.erase(all);
    about_whom_.erase(whom);
  }
  events_.take_gone();
}

/// Notes Pods that came, changed or went, and whose they are.
void View::take_pods(std::set<std::string>& names) {
  last_pods_ = pods_.take_gone();
  for (const auto& name : pods_.take_changes()) {
    const auto gone = last_pods_.find(name);
    const auto pod = pods_.find(name);
    const auto& any = pod ? pod : gone == last_pods_.end() ? nullptr : gone->second.last;
    if (!any) continue;
    if (any->owner_uid.empty()) {
      names.insert(name);
      continue;
    }
    // Pods of a Job stay known while it is there: its outcome may need theirs.
    pods_by_job_[any->owner_uid].insert(name);
    if (const auto job = jobs_by_uid_.find(any->owner_uid); job != jobs_by_uid_.end())
      names.insert(job->second);
  }
}

/// What was made is told at once; whether it is still awaited, only a new list can change.
void View::take_made(std::set<std::string>& names) {
  names.merge(untold_);
  untold_.clear();
  const auto pods = std::exchange(pods_listed_, pods_.fresh_since());
  const auto jobs = std::exchange(jobs_listed_, jobs_.fresh_since());
  if (pods == pods_listed_ && jobs == jobs_listed_) return;
  for (const auto& [name, since] : made_) names.insert(name);
}

agent::Sightings View::look(base::Time now, bool whole) {
  std::set<std::string> names;
  last_jobs_ = jobs_.take_gone();
  for (const auto& name : jobs_.take_changes()) {
    if (const auto job = jobs_.find(name)) jobs_by_uid_[job->uid] = name;
    names.insert(name);
  }
  take_pods(names);
  take_events(names);
  take_made(names);
  if (whole)
    for (const auto& [name, seen] : seen_) names.insert(name);
  agent::Sightings out{.whole = false};
  for (const auto& name : names) refresh(name, now, out);
  if (!whole) return out;
  // What went is told by its absence.
  out.whole = true;
  out.objects.clear();
  for (const auto& [name, seen] : seen_)
    if (auto object = object_of(seen)) out.objects.push_back(std::move(*object));
  return out;
}

/// Whether it was made so short ago that the informers may not show it yet.
bool View::is_awaited(const std::string& name, const Seen& seen) const {
  const auto at = made_.find(name);
  if (at == made_.end()) return false;
  // It came and went between two looks.
  const auto is_last = [&](const auto& gone) {
    const auto last = gone.find(name);
    return last != gone.end() && last->second.last->uid == seen.uid();
  };
  if (is_last(last_pods_) || is_last(last_jobs_)) return false;
  const auto pods = pods_.fresh_since(), jobs = jobs_.fresh_since();
  return !pods || !jobs || *pods < at->second || *jobs < at->second;
}

void View::refresh(const std::string& name, base::Time now, agent::Sightings& out) {
  auto pod = pods_.find(name);
  if (pod && !pod->owner_uid.empty()) pod = nullptr;
  const auto job = jobs_.find(name);
  const auto known = seen_.find(name);
  if (!pod && !job) {
    if (known != seen_.end()) missing(known, now, out);
    return;
  }
  if (known != seen_.end() && known->second.uid() != (job ? job->uid : pod->uid)) drop(known, out);
  made_.erase(name);
  auto& seen = seen_[name];
  seen.pod = job ? nullptr : pod;
  seen.job = job;
  observe(seen, now);
  if (auto object = object_of(seen)) out.objects.push_back(std::move(*object));
}

/// No informer shows it: it went, or it was made a moment ago.
void View::missing(SeenByName::iterator at, base::Time now, agent::Sightings& out) {
  auto& [name, seen] = *at;
  if (is_awaited(name, seen)) {
    if (auto object = object_of(seen)) out.objects.push_back(std::move(*object));
    return;
  }
  made_.erase(name);
  // The last that a watch said of it may tell how it ended.
  seen.lost_sight = true;
  const auto take_last = [&s = seen](auto& known, const auto& gone, const std::string& of) {
    const auto at = gone.find(of);
    if (!known || at == gone.end() || at->second.last->uid != known->uid) return;
    known = at->second.last;
    s.lost_sight = !at->second.final;
  };
  take_last(seen.pod, last_pods_, name);
  take_last(seen.job, last_jobs_, name);
  observe(seen, now);
  if (!seen.last.outcome && !seen.last.running) {
    seen.last.outcome =
        model::Outcome{.class_ = model::Class::deleted, .message = "it was deleted"};
    tell_why(seen, *seen.last.outcome);
  }
  drop(at, out);
}

/// It is not there any more.
void View::drop(SeenByName::iterator at, agent::Sightings& out) {
  const auto& [name, seen] = *at;
  if (auto object = object_of(seen)) out.gone.push_back(std::move(*object));
  about_.erase(seen.uid());
  blocked_.erase(name);
  if (seen.job) {
    jobs_by_uid_.erase(seen.job->uid);
    pods_by_job_.erase(seen.job->uid);
  }
  seen_.erase(at);
}

std::vector<model::Pod> View::pods_of(const Seen& seen) const {
  std::vector<model::Pod> found;
  const auto names = pods_by_job_.find(seen.job->uid);
  if (names == pods_by_job_.end()) return found;
  for (const auto& name : names->second) {
    if (const auto pod = pods_.find(name))
      found.push_back(*pod);
    else if (const auto last = last_pods_.find(name); last != last_pods_.end())
      found.push_back(*last->second.last);
  }
  return found;
}

std::vector<model::KubeEvent> View::events_about(const Seen& seen) const {
  std::vector<model::KubeEvent> found;
  const auto add = [&](const std::string& uid) {
    if (const auto all = about_.find(uid); all != about_.end())
      for (const auto& [name, event] : all->second) found.push_back(event);
  };
  add(seen.uid());
  if (seen.job)
    for (const auto& pod : pods_of(seen)) add(pod.uid);
  return found;
}

void View::observe(Seen& seen, base::Time now) {
  const auto events = events_about(seen);
  const core::ObserveContext context{
      .now = now, .events = events, .blocked_since = seen.blocked_since};
  if (seen.job) {
    const auto pods = pods_of(seen);
    seen.last = core::observe(*seen.job, pods, context);
    note_streams(seen, pods);
  } else {
    seen.last = core::observe(*seen.pod, context);
    note_streams(seen, std::span(seen.pod.get(), 1));
  }
  const bool leaves = seen.job ? seen.job->deleted.has_value() : seen.pod->deleted.has_value();
  if (!seen.last.waiting.empty() && !leaves) seen.waited = seen.last.waiting;
  if (seen.last.outcome && !seen.last.running) tell_why(seen, *seen.last.outcome);
  if (!seen.last.blocked) {
    seen.blocked_since.reset();
    blocked_.erase(name_of(seen));
  } else if (!seen.blocked_since) {
    seen.blocked_since = now;
    blocked_.insert(name_of(seen));
  }
}

std::optional<agent::Object> View::object_of(const Seen& seen) const {
  const auto& labels = seen.job ? seen.job->labels : seen.pod->labels;
  const auto key = core::key_of(context_, labels);
  if (!key) return {};
  const auto& marks = seen.marks();
  const auto keep = core::read_keep_logs(core::mark_in(marks, core::keep_logs_mark));
  return agent::Object{
      .key = *key,
      .name = name_of(seen),
      .uid = seen.uid(),
      .running = seen.last.running,
      .outcome = seen.last.outcome,
      .waiting = seen.last.unreachable ? "its node does not answer" : seen.last.waiting,
      .unreachable = seen.last.unreachable,
      .revision = revision_of(marks),
      .stop_unseen = stop_unseen_of(marks),
      .streams = stream_names(seen),
      .unkept = !keep.value_or(true)};
}

base::Time View::kept_until(const Seen& seen) const {
  const auto wish = core::mark_in(seen.marks(), core::keep_pods_mark);
  // What still runs in it is stopped by its deletion.
  if (wish.empty() || !seen.last.outcome || seen.last.stop_rest) return {};
  const auto keep = core::read_keep_pods(wish).value_or(core::KeepPods{});
  const bool good = seen.last.outcome->state == model::AttemptState::succeeded;
  base::Time end{};
  for (const auto& pod : seen.job ? pods_of(seen) : std::vector{*seen.pod}) {
    if (pod.deleted) return {};
    for (const auto& c : pod.containers) end = std::max(end, c.finished.value_or(end));
  }
  return end + (good ? keep.succeeded : keep.failed);
}

std::vector<std::string> View::hopeless(base::Time now) const {
  std::vector<std::string> names;
  for (const auto& name : blocked_) {
    const auto& seen = seen_.at(name);
    if (!seen.doomed && seen.last.blocked_until.value_or(now) <= now) names.push_back(name);
  }
  return names;
}

}  // namespace pods
