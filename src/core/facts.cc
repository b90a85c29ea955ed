#include "core/facts.h"

#include "core/run_machine.h"

namespace core {
namespace {

// What `StoredFact::kind` holds.
constexpr std::uint32_t roots = 1, finally_roots = 2, resolve = 3, handle = 4, sweep = 5;

}  // namespace

StoredFact stored(const Fact& fact) {
  if (const auto* f = std::get_if<Roots>(&fact))
    return {f->finally ? finally_roots : roots, 0, f->from};
  if (const auto* f = std::get_if<Resolve>(&fact)) return {resolve, f->job, f->from};
  if (const auto* f = std::get_if<Handle>(&fact)) return {handle, f->job, f->from};
  if (const auto* f = std::get_if<Sweep>(&fact)) return {sweep, 0, f->from};
  throw Broken("only follow-ups are stored");
}

Fact restored(const StoredFact& s) {
  switch (s.kind) {
    case roots: return Roots{s.from, false};
    case finally_roots: return Roots{s.from, true};
    case resolve: return Resolve{s.job, s.from};
    case handle: return Handle{s.job, s.from};
    case sweep: return Sweep{s.from};
    default: throw Broken("a stored follow-up has an unknown kind");
  }
}

}  // namespace core
