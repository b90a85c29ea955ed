#include "store/attempts.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <deque>

#include "json/parse.h"
#include "sql/queries.h"
#include "store/rows.h"

namespace store {
namespace {

namespace q = sql::q;
using model::AttemptState;

/// A final attempt as cells of update_attempts, after run, job and attempt.
struct Cells {
  sql::Cell cls, exit_code, signal, message = "", started, ended;
};

Cells cells_of(Tx& tx, const core::AttemptChange& c) {
  Cells out;
  if (c.state == AttemptState::running) out.started = base::to_micros(tx.now());
  if (is_final(c.state)) out.ended = base::to_micros(tx.now());
  if (!c.outcome) return out;
  if (c.outcome->class_) out.cls = model::word(*c.outcome->class_);
  out.exit_code = c.outcome->exit_code;
  out.signal = c.outcome->signal;
  out.message = c.outcome->message;
  return out;
}

model::Outcome read_outcome(const sql::Row& r) {
  model::Outcome out;
  out.state = read_enum<AttemptState>(r.text(2));
  if (!r.null(3)) out.class_ = read_enum<model::Class>(r.text(3));
  if (!r.null(4)) out.exit_code = std::int32_t(r.number(4));
  if (!r.null(5)) out.signal = std::int32_t(r.number(5));
  out.message = r.str(6);
  // Only what was checked when it was seen is stored.
  if (!r.null(13)) out.outputs = json::parse(r.text(13)).value();
  return out;
}

}  // namespace

void update_attempts(Tx& tx, model::RunId run, const std::vector<core::AttemptChange>& changes) {
  std::vector<sql::Cell> cells;
  std::deque<std::string> texts;  // cells only borrow
  for (const auto& c : changes) {
    if (c.state == AttemptState::assigned) continue;  // inserted with its assignment
    const auto o = cells_of(tx, c);
    const bool has_outputs = c.outcome && !c.outcome->outputs.is_null();
    sql::Cell outputs;
    if (has_outputs) outputs = texts.emplace_back(boost::json::serialize(c.outcome->outputs));
    cells.insert(cells.end(), {run.text(), c.job, c.attempt, model::word(c.state), o.cls,
                               o.exit_code, o.signal, o.message, outputs, o.started, o.ended});
  }
  if (!cells.empty()) tx.connection.run_rows(q::update_attempts, 11, cells);
}

void note_late(Tx& tx, model::RunId run, const core::LateEvidence& late) {
  base::Object seen{{"state", model::word(late.outcome.state)}, {"message", late.outcome.message}};
  if (late.outcome.class_) seen["class"] = model::word(*late.outcome.class_);
  if (late.outcome.exit_code) seen["exitCode"] = *late.outcome.exit_code;
  if (late.outcome.signal) seen["signal"] = *late.outcome.signal;
  const auto text = boost::json::serialize(seen);
  tx.connection.run(q::note_late, {run.text(), late.job, late.attempt, text});
}

void note_uid(Tx& tx, const model::AttemptKey& key, std::string_view uid) {
  tx.connection.run(q::note_uid, {key.run.text(), key.job, key.attempt, uid});
}

void note_waiting(Tx& tx, const model::AttemptKey& key, std::string_view why) {
  tx.connection.run(q::note_waiting, {key.run.text(), key.job, key.attempt, why});
}

std::vector<AttemptRecord> list_attempts(Tx& tx, model::RunId run, std::uint32_t job,
                                         std::size_t limit) {
  std::vector<AttemptRecord> found;
  tx.connection.run(q::list_attempts, {run.text(), job, limit}, [&](const sql::Row& r) {
    AttemptRecord out;
    out.attempt = std::uint32_t(r.number(0));
    out.cluster = r.str(1);
    out.outcome = read_outcome(r);
    out.state = out.outcome.state;
    out.name = r.str(7);
    out.uid = r.str(8);
    out.assigned = base::from_micros(r.number(9));
    out.started = read_time(r, 10);
    out.ended = read_time(r, 11);
    out.late = r.str(12);
    found.push_back(std::move(out));
  });
  return found;
}

}  // namespace store
