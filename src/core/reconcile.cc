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
    if (h.said == sight && (sight != Sight::waiting || h.said_message == message)) return;
    out.report.push_back({.key = h.assignment.key,
                          .revision = h.assignment.revision,
                          .sight = sight,
                          .uid = std::move(uid),
                          .outcome = std::move(outcome),
                          .message = std::move(message)});
  }

  void present(const Held& h, const SeenObject& o) {
    const auto& a = h.assignment;
    const bool over = a.state == AssignmentState::ended;
    if (o.outcome) {
      if (!over || (h.said != Sight::ended && h.said != Sight::gone))
        say(h, Sight::ended, o.uid, o.outcome);
      const bool done = over && h.said && h.logs_safe;
      if (view.may_end && done && !h.removing && !h.in_doubt) out.remove.push_back(o.name);
      return;
    }
    if (view.may_end && (over || a.wanted == Wanted::gone) && !h.stopping)
      out.stop.push_back(o.name);
    if (!over) say(h, o.running ? Sight::running : Sight::created, o.uid);
  }

  void missing(const Held& h) {
    const auto& a = h.assignment;
    if (h.posting) return;
    const bool certain = view.list > h.settled && !h.in_doubt;
    if (a.state == AssignmentState::ended) {
      if (certain) say(h, Sight::gone);
    } else if (h.refused) {
      say(h, Sight::ended, {}, h.refused);
    } else if (a.state == AssignmentState::created || h.seen) {
      // With its uid: perhaps the server was never told that it existed.
      if (certain) say(h, Sight::absent, a.uid);
    } else if (a.wanted == Wanted::gone || a.epoch != view.epoch) {
      // Not to be made, or not offered to us: that it is not there is all there is to say.
      if (certain) say(h, Sight::absent);
    } else {
      if (!h.waiting.empty()) say(h, Sight::waiting, {}, {}, h.waiting);
      if (a.work && view.may_create && out.create.size() < view.creates_max)
        out.create.push_back(a.key);
    }
  }

  void orphans() {
    if (!view.complete || !view.may_end) return;
    std::map<std::string, bool> known;
    for (const auto& [key, h] : *view.held) known[h.assignment.name] = true;
    for (const auto& [name, o] : *view.objects)
      if (!known.contains(name)) out.orphans.push_back(name);
    if (out.orphans.size() > brake_objects && out.orphans.size() * 5 > view.objects->size()) {
      out.brake = true;
      out.orphans.clear();
    }
  }
};

}  // namespace

Actions reconcile(const AgentView& view) {
  Reconciler r{view, {}};
  if (view.list == 0) return {};
  for (const auto& [key, h] : *view.held) {
    if (h.foreign) continue;
    const auto o = view.objects->find(h.assignment.name);
    const bool ours = o != view.objects->end() && o->second.key == key &&
                      (h.assignment.uid.empty() || h.assignment.uid == o->second.uid);
    if (ours)
      r.present(h, o->second);
    else
      r.missing(h);
  }
  r.orphans();
  return std::move(r.out);
}

}  // namespace core
