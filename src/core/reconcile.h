#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/link.h"

namespace core {

/// One object on the cluster, as it was seen last.
struct SeenObject {
  model::AttemptKey key;
  std::string name;
  std::string uid;                        ///< Differs when the same name was made twice.
  bool running = false;                   ///< Its main process runs or has run.
  std::optional<model::Outcome> outcome;  ///< Set once it will never run again.
  std::string waiting = {};               ///< Why it does not run yet, in words; often empty.
  bool unreachable = false;               ///< Nobody can tell how it is; `waiting` says why.
  std::uint64_t revision = 0;             ///< Of the assignment that it was made for; 0: not known.
  std::optional<base::Micros> stop_unseen = {};  ///< Stop it after so long without the server.
  bool removed = false;                   ///< It was seen to go; this is what it was at last.
  std::vector<std::string> streams = {};  ///< Of its output, those that are to be read.
  bool unkept = false;                    ///< Its output is not to be kept.
};

/// What this session knows of one assignment besides what the server said.
struct Held {
  model::Assignment assignment;
  bool posting = false;   ///< A create is under way.
  bool posted = false;    ///< This session has asked for it at least once.
  bool seen = false;      ///< It was created or listed: its name is never asked for again.
  bool in_doubt = false;  ///< A create without an answer may still take effect.
  std::uint64_t settled =
      0;  ///< Lists begun when its last create ended; only later ones can miss it.
  base::Box<model::Outcome> refused;  ///< The cluster will never take it as it is.
  std::string waiting;                ///< Why the last create has to be repeated.
  bool removing = false;              ///< A removal is under way.
  bool stopping = false;              ///< It was asked to stop.
  bool completed = false;             ///< What goes with it is asked for.
  bool logs_safe = false;             ///< Its output is in the store, or given up.
  bool foreign = false;               ///< The server refused what has this name: it is left alone.
  std::optional<model::Sight> said;   ///< The last report that was answered.
  std::string said_message;
};

/// Everything that decides what an agent does next.
struct AgentView {
  std::uint64_t epoch = 0;
  bool complete = false;    ///< All assignments of the cluster are known.
  bool may_create = false;  ///< The lease is fresh enough for new objects.
  bool may_end = false;  ///< The lease holds, and held when `objects` were listed: nobody else made
                         ///< any of them.
  base::Micros silent{0};       ///< Since the lease was last renewed.
  base::Micros grace{0};        ///< That what is stopped needs at most to end.
  std::size_t creates_max = 0;  ///< How many creates may begin now.
  std::uint64_t revision = 0;   ///< No assignment of the server is newer.
  model::Prune prune = model::Prune::usual;
  std::uint64_t list = 0;  ///< The number of the last whole list; 0 before the first.
  const std::map<model::AttemptKey, Held>* held = nullptr;
  const std::map<std::string, SeenObject>* objects = nullptr;  ///< by name
};

/// What an agent must do; see `reconcile`.
struct Actions {
  std::vector<model::AttemptKey> create;
  std::vector<model::AttemptKey> later;  ///< To be created, but not now.
  /// Those whose object is there, and may lack what goes with it.
  std::vector<model::AttemptKey> complete;
  std::vector<std::string> stop;    ///< Names of objects to end.
  std::vector<std::string> remove;  ///< Names of ended objects whose output is safe.
  std::vector<model::Report> report;
  std::vector<std::string>
      orphans;        ///< Names of objects that belong to no assignment; end and remove.
  bool list = false;  ///< Something cannot be told without another whole list.
  /// Set when orphans were looked for: so many are left alone, because something looks wrong.
  std::optional<std::size_t> held;
};

/// Which part of a view may ask for something new. Looking at more does no harm.
struct Scope {
  bool whole = true;  ///< All of it, and objects that belong to no assignment.
  std::set<model::AttemptKey> keys = {};
};

/// Compares what belongs on the cluster with what is there. Pure; the same view gives the same
/// actions.
///   - creates only what was offered to this session, and never a name that was ever seen
///   - says `absent` only by a list that began after the session, and after its own creates ended
///     and none of them can take effect any more
///   - what was seen to go is gone, whatever later lists show; it is a success only if it was seen
///     to succeed before
///   - removes only what has ended, was reported, and has its output safe
///   - stops and removes nothing while a create of the same name may still take effect, which would
///     run it again
///   - stops nothing before the server knows that it exists
///   - ends and removes nothing that another session may have made meanwhile
///   - unless somebody confirmed it, touches no orphan when there are more than 20 and more than a
///     fifth of all objects, nor when one of the objects was made for an assignment that the server
///     has yet to give: then it remembers less than it did, as an older backup does
///   - without the server stops what its pipeline wants to be stopped then, and nothing else
Actions reconcile(const AgentView&, const Scope& = {});

}  // namespace core
