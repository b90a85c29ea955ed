#include "store/runs.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "sql/queries.h"
#include "store/rows.h"

namespace store {
namespace {

namespace q = sql::q;

/// The smallest id that a run made at this moment can have.
std::string id_floor(base::Time t) {
  base::Rng none(0);
  const auto text = base::make_ulid(t, none);
  return std::string(text.data(), 10) + std::string(16, '0');
}

std::string labels_json(const Labels& labels) {
  base::Object object;
  for (const auto& [key, value] : labels) object[key] = value;
  return boost::json::serialize(object);
}

RunRecord record(const sql::Row& r) {
  RunRecord out;
  out.run.id = read_id<model::RunId>(r.text(0));
  out.project = r.str(1);
  out.pipeline = r.str(2);
  out.version = r.maybe_number(3);
  out.spec_hash = r.str(4);
  out.run.state = read_enum<model::RunState>(r.text(5));
  out.run.held = !r.null(6);
  out.held = r.str(6);
  out.run.stop = read_enum<model::StopCause>(r.text(7));
  out.run.in_finally = r.flag(8);
  out.jobs = std::uint32_t(r.number(9));
  out.run.open = std::uint32_t(r.number(10));
  out.run.open_finally = std::uint32_t(r.number(11));
  out.run.unhandled = std::uint32_t(r.number(12));
  out.params = r.str(13);
  out.labels = r.str(14);
  out.origin = r.str(15);
  out.created = base::from_micros(r.number(16));
  out.run.started = read_time(r, 17);
  out.run.finished = read_time(r, 18);
  return out;
}

std::vector<model::RunId> ids(Tx& tx, const sql::Query& query, sql::Cells cells) {
  std::vector<model::RunId> found;
  tx.connection.run(query, cells,
                    [&](const sql::Row& r) { found.push_back(read_id<model::RunId>(r.text(0))); });
  return found;
}

}  // namespace

model::Run header_of(const NewRun& n) {
  return {.id = n.id, .open = n.main_jobs, .open_finally = n.jobs - n.main_jobs};
}

void insert_run(Tx& tx, const NewRun& n) { insert_run(tx, n, header_of(n)); }

void insert_run(Tx& tx, const NewRun& n, const model::Run& h) {
  const auto labels = labels_json(n.labels);
  tx.connection.run(q::insert_run, {n.id.text(), n.project, n.pipeline, n.version, n.spec_hash,
                                    n.visible, model::word(h.state), h.in_finally, n.jobs, h.open,
                                    h.open_finally, h.pending, micros(h.due), n.params, labels,
                                    n.origin, base::to_micros(tx.now()), micros(h.finished)});
  if (n.labels.empty()) return;
  std::vector<sql::Cell> cells;
  for (const auto& [key, value] : n.labels)
    cells.insert(cells.end(), {n.project, key, value, n.id.text()});
  tx.connection.run_rows(q::insert_run_labels, 4, cells);
}

void show_run(Tx& tx, model::RunId id) {
  if (tx.connection.run(q::show_run, {id.text()}) != 1) throw core::Broken("a run was shown twice");
}

std::optional<LockedRun> lock_run(Tx& tx, model::RunId id) {
  std::optional<LockedRun> found;
  tx.connection.run(q::lock_run, {id.text()}, [&](const sql::Row& r) {
    auto& out = found.emplace();
    out.run.id = id;
    out.run.state = read_enum<model::RunState>(r.text(0));
    out.run.held = !r.null(1);
    out.run.stop = read_enum<model::StopCause>(r.text(2));
    out.run.in_finally = r.flag(3);
    out.run.open = std::uint32_t(r.number(4));
    out.run.open_finally = std::uint32_t(r.number(5));
    out.run.unhandled = std::uint32_t(r.number(6));
    out.run.pending = std::uint32_t(r.number(7));
    out.run.due = read_time(r, 8);
    out.run.started = read_time(r, 9);
    out.run.finished = read_time(r, 10);
    out.spec_hash = r.str(11);
    out.project = r.str(12);
    out.pipeline = r.str(13);
  });
  return found;
}

void update_run(Tx& tx, const model::Run& run) {
  tx.connection.run(q::update_run,
                    {run.id.text(), model::word(run.state), model::word(run.stop), run.in_finally,
                     run.open, run.open_finally, run.unhandled, run.pending, micros(run.due),
                     micros(run.started), micros(run.finished)});
}

void hold_run(Tx& tx, model::RunId id, std::string_view why) {
  tx.connection.run(q::hold_run, {id.text(), why});
}

std::vector<model::RunId> due_runs(Tx& tx, std::size_t limit) {
  return ids(tx, q::due_runs, {base::to_micros(tx.now()), limit});
}

std::optional<RunRecord> read_run(Tx& tx, std::string_view project, model::RunId id) {
  std::optional<RunRecord> found;
  tx.connection.run(q::read_run, {project, id.text()},
                    [&](const sql::Row& r) { found = record(r); });
  return found;
}

std::vector<RunRecord> list_runs(Tx& tx, std::string_view project, const RunFilter& f,
                                 const RunCursor& cursor, std::size_t limit) {
  const std::string top(26, '~');  // above every id
  const auto low = f.since ? id_floor(*f.since) : std::string(),
             high = f.until ? id_floor(*f.until) : top;
  std::vector<RunRecord> found;
  const auto take = [&](const sql::Row& r) { found.push_back(record(r)); };
  if (cursor.before) {
    const auto above = std::max(cursor.id, low);
    tx.connection.run(
        q::list_runs_before,
        {project, above, high, f.state, f.pipeline, f.label_key, f.label_value, limit}, take);
    std::ranges::reverse(found);
  } else {
    const auto below = cursor.id.empty() ? high : std::min(cursor.id, high);
    tx.connection.run(q::list_runs_after,
                      {project, below, low, f.state, f.pipeline, f.label_key, f.label_value, limit},
                      take);
  }
  return found;
}

void insert_payload(Tx& tx, model::RunId id, const Payload& p) {
  tx.connection.run(q::insert_payload, {id.text(), p.content_type, sql::Cell::bytes(p.bytes)});
}

std::optional<Payload> read_payload(Tx& tx, model::RunId id) {
  std::optional<Payload> found;
  tx.connection.run(q::read_payload, {id.text()},
                    [&](const sql::Row& r) { found = Payload{r.str(0), r.str(1)}; });
  return found;
}

bool has_payload(Tx& tx, model::RunId run) {
  bool found = false;
  tx.connection.run(q::has_payload, {run.text()}, [&](const sql::Row&) { found = true; });
  return found;
}

std::vector<model::RunId> old_runs(Tx& tx, base::Time before, std::size_t limit) {
  return ids(tx, q::old_runs, {base::to_micros(before), limit});
}

std::vector<model::RunId> invisible_runs(Tx& tx, base::Time before, std::size_t limit) {
  const auto floor = id_floor(before);
  return ids(tx, q::invisible_runs, {floor, limit});
}

void delete_job_rows(Tx& tx, model::RunId id, std::uint32_t below) {
  for (const auto* query :
       {&q::delete_logs, &q::delete_log_streams, &q::delete_attempts, &q::delete_jobs})
    tx.connection.run(*query, {id.text(), below});
}

void delete_run(Tx& tx, model::RunId id) {
  for (const auto* query :
       {&q::delete_run_labels, &q::delete_payload, &q::delete_continuations, &q::delete_run})
    tx.connection.run(*query, {id.text()});
}

}  // namespace store
