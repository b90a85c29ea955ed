#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/run_machine.h"
#include "model/link.h"
#include "store/store.h"

namespace store {

/// A try of a job as a reader sees it.
struct AttemptRecord {
  std::uint32_t attempt = 0;
  std::string cluster, name, uid;
  model::AttemptState state = model::AttemptState::assigned;
  model::Outcome outcome;  ///< Its state is only meaningful once the attempt is final.
  base::Time assigned;
  std::optional<base::Time> started, ended;
  std::string late;  ///< What was learnt after the end, as JSON.
};

/// Stores what facts did to attempts. Rows of new attempts were inserted with their assignment.
void update_attempts(Tx&, model::RunId, const std::vector<core::AttemptChange>&);
void note_late(Tx&, model::RunId, const core::LateEvidence&);
void note_uid(Tx&, const model::AttemptKey&, std::string_view uid);
void note_waiting(Tx&, const model::AttemptKey&, std::string_view why);
std::vector<AttemptRecord> list_attempts(Tx&, model::RunId, std::uint32_t job,
                                         std::size_t limit = 200);

}  // namespace store
