#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/log_times.h"
#include "core/reconcile.h"
#include "loop/bell.h"
#include "loop/task.h"
#include "model/link.h"

namespace agent {

/// One thing that an executor holds for us.
using Object = core::SeenObject;

/// What an executor saw.
struct Sightings {
  /// `objects` is everything of ours that exists, consistent at a moment after the look began.
  /// Else it is only what changed since the last look.
  bool whole = true;
  std::vector<Object> objects = {};
  /// What was seen to go since the last look, as it was at last. Only when not whole.
  std::vector<Object> gone = {};
};

/// What came of a create.
struct Created {
  enum class Kind {
    created,  ///< It exists now, or it existed and is ours: `uid`.
    wait,     ///< Not now; try again later. `message` says why.
    refused,  ///< Never as it is: a failure of class `class_`.
    unknown,  ///< Nobody can tell whether it took effect: repeat the same create.
  } kind = Kind::unknown;
  std::string uid;
  model::Class class_ = model::Class::config;
  std::string message;
};

/// A part of a stream of an attempt's output.
struct LogPiece {
  std::string bytes;
  bool end = false;    ///< Nothing follows these bytes, now or later.
  std::string lost;    ///< With `end`: what will never be read, and why.
  bool again = false;  ///< Whether there is more `take_written` will not say: ask again soon.
  std::vector<core::LineTime> times = {};  ///< Of lines that start in these bytes, where known.
};

/// A stream of the output of the object with this name.
struct LogName {
  std::string object;
  std::string stream;
  friend auto operator<=>(const LogName&, const LogName&) = default;
};

/// Where the reading of a stream goes on.
struct LogFrom {
  std::uint64_t offset = 0;
  std::string known = {};  ///< What an earlier session knew of its lines, see model::LogPlace.
};

/// The hands of an agent: local processes, Kubernetes, or a fake world. One implementation each.
/// Loop thread only; every call may suspend.
class Executor {
 public:
  virtual ~Executor() = default;
  /// The word for `Hello.executor`.
  virtual std::string kind() const = 0;
  /// How the cluster is found. Costs nothing: what the last calls met.
  virtual model::Health health() { return {}; }
  /// A session was opened: from now on everything is about its installation and cluster. Throws if
  /// that cannot be.
  virtual void begin(const model::Session&) {}
  /// Looks at what there is of this installation. `whole`: at all of it, as it is now; else what
  /// changed will do, and what is whole anyway may come. Throws if it cannot; what changed is then
  /// told by the next look.
  virtual loop::Task<Sightings> look(bool whole) = 0;
  /// Makes the object of this assignment, named `assignment.name`, unless it exists. Not later than
  /// `until`.
  virtual loop::Task<Created> create(model::Assignment assignment, base::Mono until) = 0;
  /// Makes what goes with the object of this assignment, which exists, and may be missing. An agent
  /// may have gone between the two.
  virtual void complete(const model::Assignment&) {}
  /// Asks the object to end, kills it after the grace. Only if its uid is this one. Returns at
  /// once; the end shows in a later list.
  virtual loop::Task<> stop(std::string name, std::string uid) = 0;
  /// Removes what is left of an ended object. False while it cannot be removed yet.
  virtual loop::Task<bool> remove(std::string name, std::string uid) = 0;
  /// Up to `max` bytes of a stream of its output from there on.
  virtual loop::Task<LogPiece> read_log(LogName, LogFrom, std::size_t max) = 0;
  /// The streams that were read, and that there is more of since; rings `written`.
  virtual std::set<LogName> take_written() = 0;
  virtual loop::Bell& written() = 0;
  /// Somebody follows the output of the objects with these names now: it is read before that of
  /// others. Replaces what was said before.
  virtual void prefer(const std::set<std::string>& names) { (void)names; }
  /// Nothing more is asked of the object with this name: it is gone, and all of it was told.
  virtual void forget(const std::string& name) { (void)name; }
  /// Rings when a look may show something new.
  virtual loop::Bell& changed() = 0;
};

}  // namespace agent
