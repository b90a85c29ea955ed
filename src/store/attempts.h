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
  std::string late;                     ///< What was learnt after the end, as JSON.
  std::optional<std::string> log_note;  ///< Set once the log is whole, or will never be.
};

/// Stores what facts did to attempts. Rows of new attempts were inserted with their assignment.
void update_attempts(Tx&, model::RunId, const std::vector<core::AttemptChange>&);
void note_late(Tx&, model::RunId, const core::LateEvidence&);
void note_uid(Tx&, const model::AttemptKey&, std::string_view uid);
void note_waiting(Tx&, const model::AttemptKey&, std::string_view why);
std::vector<AttemptRecord> list_attempts(Tx&, model::RunId, std::uint32_t job,
                                         std::size_t limit = 200);

/// Stores a piece of an attempt's output, compressed, unless bytes before it are missing. How many
/// bytes are stored now.
std::uint64_t append_log(Tx&, const model::LogChunk&);
/// Says what became of an attempt's output, unless that was said before.
void note_log_end(Tx&, const model::AttemptKey&, std::string_view note);
/// Up to `max` bytes from `offset` on.
std::string read_log(Tx&, const model::AttemptKey&, std::uint64_t offset, std::size_t max);
std::uint64_t log_size(Tx&, const model::AttemptKey&);
/// Whether more may follow what is stored of a log; nothing when there is no such attempt.
std::optional<bool> log_grows(Tx&, const model::AttemptKey&);

}  // namespace store
