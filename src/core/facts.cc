#include "core/facts.h"

#include "core/run_machine.h"

namespace core {

StoredFact stored(const Fact& fact) {
  const auto kind = std::uint32_t(fact.index());
  if (const auto* f = std::get_if<Roots>(&fact)) return {kind, f->finally ? 1u : 0u, f->from};
  if (const auto* f = std::get_if<Resolve>(&fact)) return {kind, f->job, f->from};
  if (const auto* f = std::get_if<Handle>(&fact)) return {kind, f->job, f->from};
  if (const auto* f = std::get_if<Sweep>(&fact)) return {kind, 0, f->from};
  throw Broken("only follow-ups are stored");
}

Fact restored(const StoredFact& s) {
  const Fact kinds[] = {Roots{s.from, s.job != 0}, Resolve{s.job, s.from}, Handle{s.job, s.from},
                        Sweep{s.from}};
  for (const auto& fact : kinds)
    if (fact.index() == s.kind) return fact;
  throw Broken("a stored follow-up has an unknown kind");
}

}  // namespace core
