#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
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

/// A part of an attempt's output.
struct LogPiece {
  std::string bytes;
  bool end = false;  ///< Nothing follows these bytes, now or later.
  std::string lost;  ///< With `end`: what will never be read, and why.
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
  /// Up to `max` bytes of output from `offset` on.
  virtual loop::Task<LogPiece> read_log(std::string name, std::uint64_t offset,
                                        std::size_t max) = 0;
  /// Rings when a look may show something new.
  virtual loop::Bell& changed() = 0;
};

}  // namespace agent
