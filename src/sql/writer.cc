#include "sql/writer.h"

#include "base/log.h"
#include "base/metrics.h"

namespace sql {
namespace {

/// What a common transaction that broke throws; its bodies are run again one by one.
struct GroupBroken : std::exception {
  const char* what() const noexcept override { return "the engine left the transaction"; }
};

struct Meters {
  base::metrics::Counter& commits =
      base::metrics::counter("fairlead_store_commits", "Commits to the database");
  base::metrics::Counter& bodies =
      base::metrics::counter("fairlead_store_transactions", "Transactions committed");
  base::metrics::Histogram& seconds = base::metrics::histogram(
      "fairlead_store_commit_seconds", "Length of a commit group, body to COMMIT");
};

Meters& meters() {
  static Meters m;
  return m;
}

}  // namespace

Writer::Writer(SqliteConnection& db, std::chrono::microseconds group_time)
    : db_(db), group_time_(group_time) {}

std::size_t Writer::run_group(std::vector<Work>& group, std::size_t begin,
                              std::vector<std::exception_ptr>& errors) {
  const auto started = std::chrono::steady_clock::now();
  db_.execute("begin immediate");
  std::size_t at = begin;
  for (; at < group.size(); ++at) {
    if (at > begin && std::chrono::steady_clock::now() - started > group_time_) break;
    db_.execute("savepoint work");
    try {
      group[at].body(db_);
    } catch (...) {
      if (!db_.in_transaction()) throw GroupBroken();
      errors[at] = std::current_exception();
      db_.execute("rollback to work");
    }
    db_.execute("release work");
  }
  db_.execute("commit");
  const auto took = std::chrono::steady_clock::now() - started;
  meters().seconds.observe(std::chrono::duration<double>(took).count());
  meters().commits.add();
  meters().bodies.add(at - begin);
  return at;
}

void Writer::run_alone(Work& work) {
  std::exception_ptr error;
  try {
    db_.execute("begin immediate");
    work.body(db_);
    db_.execute("commit");
  } catch (...) {
    db_.rollback();
    error = std::current_exception();
  }
  work.done(std::move(error));
}

void Writer::commit(std::vector<Work> group) {
  std::vector<std::exception_ptr> errors(group.size());
  for (std::size_t at = 0; at < group.size();) {
    std::size_t end = at;
    try {
      end = run_group(group, at, errors);
    } catch (const std::exception& e) {
      base::log::warn("a commit group broke; running its work one by one", {{"error", e.what()}});
      db_.rollback();
      for (; at < group.size(); ++at) run_alone(group[at]);
      return;
    }
    for (; at < end; ++at) group[at].done(std::move(errors[at]));
  }
}

void read_one(SqliteConnection& db, Work& work) {
  const bool nested = db.in_transaction();
  std::exception_ptr error;
  try {
    if (!nested) db.execute("begin");
    const auto before = db.changes_ever();
    work.body(db);
    // Only a connection for readers refuses by itself.
    if (db.changes_ever() != before) throw std::logic_error("a reading body changed something");
    if (!nested) db.execute("commit");
  } catch (...) {
    error = std::current_exception();
    if (!nested) db.rollback();
  }
  work.done(std::move(error));
}

}  // namespace sql
