#include "store/jobs.h"

#include <algorithm>

#include "sql/queries.h"
#include "store/rows.h"

namespace store {
namespace {

namespace q = sql::q;

model::Job read_row(const sql::Row& r) {
  model::Job job;
  job.index = std::uint32_t(r.number(0));
  job.state = read_enum<model::JobState>(r.text(1));
  job.unmet = std::uint32_t(r.number(2));
  job.attempt = std::uint32_t(r.number(3));
  job.burned = std::uint32_t(r.number(4));
  job.infra = std::uint32_t(r.number(5));
  job.deleted = std::uint32_t(r.number(6));
  job.created = r.flag(7);
  job.unreachable = r.flag(8);
  job.handled = r.flag(9);
  job.stop = read_enum<model::StopCause>(r.text(10));
  if (!r.null(11)) job.class_ = read_enum<model::Class>(r.text(11));
  job.due = read_time(r, 12);
  job.hard = read_time(r, 13);
  job.give_up = read_time(r, 14);
  job.since = base::from_micros(r.number(15));
  return job;
}

sql::Cell class_cell(const std::optional<model::Class>& c) {
  return c ? sql::Cell(model::word(*c)) : sql::Cell();
}

/// A row as update_jobs takes it.
void append_cells(std::vector<sql::Cell>& cells, const model::RunId& run, const model::Job& j) {
  cells.insert(cells.end(), {run.text(), j.index, model::word(j.state), j.unmet, j.attempt,
                             j.burned, j.infra, j.deleted, j.created, j.unreachable, j.handled,
                             model::word(j.stop), class_cell(j.class_), micros(j.due),
                             micros(j.hard), micros(j.give_up), base::to_micros(j.since)});
}

}  // namespace

void insert_jobs(Tx& tx, model::RunId run, const core::Plan& plan, std::uint32_t from,
                 std::uint32_t to) {
  std::vector<sql::Cell> cells;
  cells.reserve((to - from) * 5);
  for (auto i = from; i < to; ++i)
    cells.insert(cells.end(), {run.text(), i, plan.jobs[i].name, plan.dependencies(i).size(),
                               base::to_micros(tx.now())});
  if (!cells.empty()) tx.connection.run_rows(q::insert_jobs, 5, cells);
}

model::Job first_row(Tx& tx, const core::Plan& plan, std::uint32_t job) {
  return {.index = job, .unmet = std::uint32_t(plan.dependencies(job).size()), .since = tx.now()};
}

void insert_settled_jobs(Tx& tx, const core::Slice& slice) {
  std::vector<sql::Cell> cells;
  cells.reserve(slice.jobs.size() * 18);
  for (std::uint32_t i = 0; i < slice.plan->jobs.size(); ++i) {
    append_cells(cells, slice.run.id, slice.jobs.at(i).job);
    cells.push_back(slice.plan->jobs[i].name);
  }
  tx.connection.run_rows(q::insert_settled_jobs, 18, cells);
}

void load_jobs(Tx& tx, core::Slice& slice, std::span<const std::uint32_t> indices) {
  std::vector<sql::Cell> cells;
  cells.reserve(indices.size() * 2);
  for (auto i : indices) cells.insert(cells.end(), {slice.run.id.text(), i});
  std::size_t found = 0;
  tx.connection.run_rows(q::read_jobs, 2, cells, [&](const sql::Row& r) {
    const auto job = read_row(r);
    slice.jobs.emplace(job.index, core::JobRow{job, false});
    ++found;
  });
  if (found != indices.size()) throw core::Broken("a run lacks rows of its jobs");
}

void update_jobs(Tx& tx, const core::Slice& slice) {
  std::vector<sql::Cell> cells;
  for (const auto& [index, row] : slice.jobs)
    if (row.changed) append_cells(cells, slice.run.id, row.job);
  if (!cells.empty()) tx.connection.run_rows(q::update_jobs, 17, cells);
}

std::vector<QueueHead> queue_heads(Tx& tx, std::size_t limit, const QueueHead* after) {
  std::vector<QueueHead> heads;
  const auto since = after ? base::to_micros(after->since) : INT64_MIN;
  const auto run = after ? after->key.run.str() : "";
  const auto index = after ? std::int64_t(after->key.job) : -1;
  tx.connection.run(q::queue_heads, {limit, since, run, index}, [&](const sql::Row& r) {
    heads.push_back({{read_id<model::RunId>(r.text(0)), std::uint32_t(r.number(1))},
                     std::uint32_t(r.number(2)),
                     r.str(3),
                     base::from_micros(r.number(4)),
                     r.str(5)});
  });
  return heads;
}

std::vector<JobKey> due_jobs(Tx& tx, std::size_t limit) {
  std::vector<JobKey> due;
  tx.connection.run(q::due_jobs, {base::to_micros(tx.now()), limit}, [&](const sql::Row& r) {
    due.push_back({read_id<model::RunId>(r.text(0)), std::uint32_t(r.number(1))});
  });
  return due;
}

std::vector<JobRecord> list_jobs(Tx& tx, model::RunId run, std::int64_t cursor, bool before,
                                 std::string_view state, std::size_t limit) {
  std::vector<JobRecord> found;
  tx.connection.run(before ? q::list_jobs_before : q::list_jobs, {run.text(), cursor, state, limit},
                    [&](const sql::Row& r) {
                      JobRecord out;
                      out.job.index = std::uint32_t(r.number(0));
                      out.name = r.str(1);
                      out.job.state = read_enum<model::JobState>(r.text(2));
                      out.job.attempt = std::uint32_t(r.number(3));
                      if (!r.null(4)) out.job.class_ = read_enum<model::Class>(r.text(4));
                      out.job.handled = r.flag(5);
                      out.job.since = base::from_micros(r.number(6));
                      out.job.unmet = std::uint32_t(r.number(7));
                      out.job.due = read_time(r, 8);
                      out.job.unreachable = r.flag(9);
                      out.job.stop = read_enum<model::StopCause>(r.text(10));
                      found.push_back(std::move(out));
                    });
  if (before) std::ranges::reverse(found);
  return found;
}

std::map<std::string, std::int64_t> count_jobs(Tx& tx, model::RunId run) {
  std::map<std::string, std::int64_t> counts;
  tx.connection.run(q::count_jobs, {run.text()},
                    [&](const sql::Row& r) { counts[r.str(0)] = r.number(1); });
  return counts;
}

std::uint32_t job_rows(Tx& tx, model::RunId run) {
  std::uint32_t rows = 0;
  tx.connection.run(q::job_rows, {run.text()},
                    [&](const sql::Row& r) { rows = std::uint32_t(r.number(0)); });
  return rows;
}

QueueLength queue_length(Tx& tx) {
  QueueLength out;
  tx.connection.run(q::queue_length, {},
                    [&](const sql::Row& r) { out = {r.number(0), read_time(r, 1)}; });
  return out;
}

}  // namespace store
