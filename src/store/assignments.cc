#include "store/assignments.h"

#include "sql/queries.h"
#include "store/rows.h"

namespace store {
namespace {

namespace q = sql::q;

model::AttemptKey read_key(const sql::Row& r) {
  return {read_id<model::RunId>(r.text(0)), std::uint32_t(r.number(1)), std::uint32_t(r.number(2))};
}

std::vector<model::AttemptKey> keys(Tx& tx, const sql::Query& query, std::string_view cluster,
                                    std::size_t limit) {
  std::vector<model::AttemptKey> found;
  tx.connection.run(query, {cluster, limit},
                    [&](const sql::Row& r) { found.push_back(read_key(r)); });
  return found;
}

}  // namespace

void insert_assignments(Tx& tx, std::span<const AssignmentRecord> records) {
  if (records.empty()) return;
  std::vector<sql::Cell> rows, attempts;
  for (const auto& [a, cluster] : records) {
    rows.insert(rows.end(), {a.key.run.text(), a.key.job, a.key.attempt, cluster, a.revision,
                             model::word(a.state), a.epoch, a.name});
    attempts.insert(attempts.end(), {a.key.run.text(), a.key.job, a.key.attempt, cluster, a.name,
                                     base::to_micros(tx.now())});
  }
  tx.connection.run_rows(q::insert_assignments, 8, rows);
  tx.connection.run_rows(q::insert_attempts, 6, attempts);
}

std::optional<AssignmentRecord> lock_assignment(Tx& tx, const model::AttemptKey& key) {
  std::optional<AssignmentRecord> found;
  tx.connection.run(q::lock_assignment, {key.run.text(), key.job, key.attempt},
                    [&](const sql::Row& r) {
                      auto& out = found.emplace();
                      out.cluster = r.str(0);
                      out.assignment.key = key;
                      out.assignment.revision = std::uint64_t(r.number(1));
                      out.assignment.state = read_enum<model::AssignmentState>(r.text(2));
                      out.assignment.wanted = read_enum<model::Wanted>(r.text(3));
                      out.assignment.epoch = std::uint64_t(r.number(4));
                      out.assignment.name = r.str(5);
                      out.assignment.uid = r.str(6);
                    });
  return found;
}

bool is_assigned(Tx& tx, const model::AttemptKey& key, std::string_view cluster) {
  bool found = false;
  tx.connection.run(q::is_assigned, {key.run.text(), key.job, key.attempt, cluster},
                    [&](const sql::Row&) { found = true; });
  return found;
}

void update_assignment(Tx& tx, const model::Assignment& a) {
  const auto changed = tx.connection.run(
      q::update_assignment, {a.key.run.text(), a.key.job, a.key.attempt, model::word(a.state),
                             model::word(a.wanted), a.epoch, a.uid, a.revision});
  if (changed != 1) throw core::Broken("an assignment vanished while it was changed");
}

void delete_assignment(Tx& tx, const model::AttemptKey& key) {
  tx.connection.run(q::delete_assignment, {key.run.text(), key.job, key.attempt});
}

std::vector<model::Assignment> pull_assignments(Tx& tx, std::string_view cluster,
                                                std::uint64_t after, std::size_t limit) {
  std::vector<model::Assignment> found;
  tx.connection.run(q::pull_assignments, {cluster, after, limit}, [&](const sql::Row& r) {
    model::Assignment a;
    a.key = read_key(r);
    a.revision = std::uint64_t(r.number(3));
    a.state = read_enum<model::AssignmentState>(r.text(4));
    a.wanted = read_enum<model::Wanted>(r.text(5));
    a.epoch = std::uint64_t(r.number(6));
    a.name = r.str(7);
    a.uid = r.str(8);
    found.push_back(std::move(a));
  });
  return found;
}

std::vector<model::AttemptKey> unoffered_assignments(Tx& tx, std::string_view cluster,
                                                     std::size_t limit) {
  return keys(tx, q::unoffered_assignments, cluster, limit);
}

std::vector<model::AttemptKey> reachable_assignments(Tx& tx, std::string_view cluster,
                                                     std::size_t limit) {
  return keys(tx, q::reachable_assignments, cluster, limit);
}

std::vector<model::AttemptKey> cluster_assignments(Tx& tx, std::string_view cluster,
                                                   std::size_t limit) {
  return keys(tx, q::cluster_assignments, cluster, limit);
}

std::int64_t count_assignments(Tx& tx, model::RunId run) {
  std::int64_t count = 0;
  tx.connection.run(q::count_assignments, {run.text()},
                    [&](const sql::Row& r) { count = r.number(0); });
  return count;
}

}  // namespace store
