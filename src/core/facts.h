#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "model/run.h"

namespace core {

// Facts from outside. Every fact is legal in every state; a late or repeated one changes nothing.

/// The run was accepted. Its rows are in their first state.
struct Submitted {};
/// The dispatcher gave this attempt to a cluster.
struct Assigned {
  std::uint32_t job, attempt;
};
/// The attempt exists on its cluster.
struct Created {
  std::uint32_t job, attempt;
};
/// Its main process runs.
struct Started {
  std::uint32_t job, attempt;
};
/// It will never run again.
struct Ended {
  std::uint32_t job, attempt;
  model::Outcome outcome;
};
/// It is known never to have existed, and will not.
struct NeverStarted {
  std::uint32_t job, attempt;
};
/// Nobody can see it (true), or somebody can again (false).
struct Unreachable {
  std::uint32_t job, attempt;
  bool on;
};
/// The job's `due` may have come.
struct Timer {
  std::uint32_t job;
};
/// The run's `due` may have come.
struct RunTimer {};
/// Somebody asked the run to stop.
struct Cancel {};

// Facts that follow from others. They work through one job's neighbours, or all jobs, a chunk at a
// time; those left over when a transaction has touched enough are stored as `continue` effects.

/// Lets the roots from this place in their list go.
struct Roots {
  std::uint32_t from;
  bool finally;
};
/// A job ended: its dependants from this place in their list learn of it.
struct Resolve {
  std::uint32_t job, from;
};
/// A job succeeded, or failed and was handled: the failures that it was there for are handled.
struct Handle {
  std::uint32_t job, from;
};
/// The run stops: jobs from this index on end, or are asked to.
struct Sweep {
  std::uint32_t from;
};

using Fact = std::variant<Submitted, Assigned, Created, Started, Ended, NeverStarted, Unreachable,
                          Timer, RunTimer, Cancel, Roots, Resolve, Handle, Sweep>;

constexpr bool is_follow_up(const Fact& fact) { return fact.index() >= Fact(Roots{}).index(); }

/// A follow-up as it is stored. The numbers of `kind` never change: a newer server reads what an
/// older one left.
struct StoredFact {
  std::uint32_t kind, job, from;
  friend bool operator==(const StoredFact&, const StoredFact&) = default;
};
StoredFact stored(const Fact&);
Fact restored(const StoredFact&);

}  // namespace core
