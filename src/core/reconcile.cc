#include "core/reconcile.h"

namespace core {
namespace {

using model::AssignmentState;
using model::Sight;
using model::Wanted;

constexpr std::size_t brake_objects = 20;

struct Reconciler {
  const AgentView& view;
  Actions out;

  /// Reports what was not answered yet.
  void say(const Held& h, Sight sight, std::string uid = {},
           std::optional<model::Outcome> outcome = {}, std::string message = {}) {
    if (h.said == sight && h.said_message == message) return;
    out.report.push_back({.key = h.assignment.key,
                          .revision = h.assignment.revision,
                          .sight = sight,
                          .uid = std::move(uid),
                          .outcome = std::move(outcome),
                          .message = std::move(message)});
  }

  /// With it come the names of its streams: whoever reads them then knows when all have ended.
  void say_ended(const Held& h, const SeenObject& o) {
    const auto before = out.report.size();
    say(h, Sight::ended, o.uid, o.outcome);
    if (out.report.size() > before && o.streams != std::vector<std::string>{""})
      out.report.back().streams = o.streams;
  }

  void present(const Held& h, const SeenObject& o) {
    if (o.removed) return removed(h, o);
    const auto& a = h.assignment;
    const bool over = a.state == AssignmentState::ended;
    if (o.outcome) {
      if (!over || (h.said != Sight::ended && h.said != Sight::gone)) say_ended(h, o);
      const bool done = over && h.said && h.logs_safe;
      if (view.may_end && done && !h.removing && !h.in_doubt) out.remove.push_back(o.name);
      return;
    }
    // Where to stop is to delete, a create that is still on its way would run it again; and nobody
    // would know that it was there, were it not said before.
    // Work that comes although it exists: the server cannot know whether all of it was made.
    const bool whole = a.state != AssignmentState::created || !a.work || h.completed;
    if (view.may_create && !o.running && !whole) out.complete.push_back(a.key);
    // Only what the server knows to exist: else the next session would make it again.
    const bool alone = a.state == AssignmentState::created && o.stop_unseen &&
                       view.silent + view.grace >= *o.stop_unseen;
    if (alone && !h.stopping) out.stop.push_back(o.name);
    const bool unwanted = over || (a.state == AssignmentState::created && a.wanted == Wanted::gone);
    if (view.may_end && unwanted && !alone && !h.stopping && !h.in_doubt)
      out.stop.push_back(o.name);
    const auto sight = o.unreachable ? Sight::unreachable
                       : o.running   ? Sight::running
                                     : Sight::created;
    if (!over) say(h, sight, o.uid, {}, o.waiting);
  }

  /// It went, and that was seen. What it wrote may still be on its way to the store.
  void removed(const Held& h, const SeenObject& o) {
    const bool over = h.assignment.state == AssignmentState::ended;
    if (!over && o.outcome) return say_ended(h, o);
    if (h.in_doubt || (o.outcome && !h.logs_safe)) return;
    if (over)
      say(h, Sight::gone);
    else
      say(h, Sight::absent, o.uid);
  }

  /// Says that it is not there, once that is certain.
  void say_missing(const Held& h, Sight sight, std::string uid = {}) {
    if (h.in_doubt) return;
    if (view.list > h.settled)
      say(h, sight, std::move(uid));
    else
      out.list = true;
  }

  void missing(const Held& h) {
    const auto& a = h.assignment;
    if (h.posting) return;
    if (a.state == AssignmentState::ended) return say_missing(h, Sight::gone);
    if (h.refused) return say(h, Sight::ended, {}, *h.refused);
    // With its uid: perhaps the server was never told that it existed.
    if (a.state == AssignmentState::created || h.seen) return say_missing(h, Sight::absent, a.uid);
    // Not to be made, or not offered to us: that it is not there is all there is to say.
    if (a.wanted == Wanted::gone || a.epoch != view.epoch) return say_missing(h, Sight::absent);
    if (!h.waiting.empty()) say(h, Sight::waiting, {}, {}, h.waiting);
    if (!a.work) return;
    const bool now = view.may_create && out.create.size() < view.creates_max;
    (now ? out.create : out.later).push_back(a.key);
  }

  void orphans() {
    if (!view.complete || !view.may_end) return;
    std::set<std::string_view> known;
    for (const auto& [key, h] : *view.held) known.insert(h.assignment.name);
    bool future = false;
    for (const auto& [name, o] : *view.objects) {
      if (!known.contains(name) && !o.removed) out.orphans.push_back(name);
      future = future || o.revision > view.revision;
    }
    const bool many =
        out.orphans.size() > brake_objects && out.orphans.size() * 5 > view.objects->size();
    const bool held = view.prune == model::Prune::held || many || future;
    out.held = 0;
    if (!held || view.prune == model::Prune::confirmed) return;
    out.held = out.orphans.size();
    out.orphans.clear();
  }

  void look_at(const model::AttemptKey& key, const Held& h) {
    if (h.foreign) return;
    const auto o = view.objects->find(h.assignment.name);
    const bool ours = o != view.objects->end() && o->second.key == key &&
                      (h.assignment.uid.empty() || h.assignment.uid == o->second.uid);
    if (ours)
      present(h, o->second);
    else
      missing(h);
  }
};

}  // namespace

Actions reconcile(const AgentView& view, const Scope& scope) {
  Reconciler r{view, {}};
  if (view.list == 0) return {};
  if (!scope.whole) {
    for (const auto& key : scope.keys)
      if (const auto h = view.held->find(key); h != view.held->end()) r.look_at(key, h->second);
    return std::move(r.out);
  }
  for (const auto& [key, h] : *view.held) r.look_at(key, h);
  r.orphans();
  return std::move(r.out);
}

}  // namespace core
