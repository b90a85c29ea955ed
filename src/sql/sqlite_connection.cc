#include "sql/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace sql {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* s) : statement_(s) {}
  bool null(int c) const override { return sqlite3_column_type(statement_, c) == SQLITE_NULL; }
  std::int64_t number(int c) const override { return sqlite3_column_int64(statement_, c); }
  std::string_view text(int c) const override {
    // The pointer first, then the size: the order that the SQLite manual asks for.
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, c));
    return {bytes, std::size_t(sqlite3_column_bytes(statement_, c))};
  }

 private:
  sqlite3_stmt* statement_;
};

/// Makes a statement ready for its next use, however this one ended.
struct Reset {
  explicit Reset(sqlite3_stmt* s) : statement(s) {}
  ~Reset() { sqlite3_reset(statement); }
  Reset(const Reset&) = delete;
  sqlite3_stmt* statement;
};

constexpr int busy_ms = 5000, restart_busy_ms = 200;

int bind(sqlite3_stmt* s, int at, const Cell& cell) {
  // An empty view may have no address, which SQLite would read as null.
  const char* data = cell.view.data() ? cell.view.data() : "";
  switch (cell.type) {
    case Cell::Type::null: return sqlite3_bind_null(s, at);
    case Cell::Type::integer: return sqlite3_bind_int64(s, at, cell.number);
    case Cell::Type::text:
      return sqlite3_bind_text64(s, at, data, cell.view.size(), SQLITE_STATIC, SQLITE_UTF8);
    case Cell::Type::bytes:
      return sqlite3_bind_blob64(s, at, data, cell.view.size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

}  // namespace

// Delegating, so that the destructor also ends what fails half way.
SqliteConnection::SqliteConnection(const std::string& file, bool writable) : SqliteConnection() {
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writable ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(file.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    const std::string why = db_ ? sqlite3_errmsg(db_) : "out of memory";
    throw base::Failure(fmt::format("cannot open the database {}: {}", file, why));
  }
  sqlite3_busy_timeout(db_, busy_ms);
  execute(
      "pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on; pragma "
      "temp_store=memory;"
      "pragma cache_size=-16000; pragma wal_autocheckpoint=0;");
  if (!writable) execute("pragma query_only=on");
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteConnection*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

SqliteConnection::~SqliteConnection() {
  for (auto* s : statements_) sqlite3_finalize(s);
  sqlite3_close(db_);
}

void SqliteConnection::fail(std::string_view what) const {
  const int code = sqlite3_errcode(db_);
  const char* file = sqlite3_db_filename(db_, "main");
  const auto why = fmt::format("database {}: {}: {}", file ? file : "", what, sqlite3_errmsg(db_));
  if (code == SQLITE_CONSTRAINT) throw ConstraintFailure(why);
  throw DatabaseFailure(why, code == SQLITE_FULL);
}

void SqliteConnection::execute(const std::string& text) {
  if (sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(text.substr(0, 80));
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

void SqliteConnection::rollback() noexcept {
  // If even this fails, the connection is broken, and the next BEGIN says so.
  if (in_transaction()) sqlite3_exec(db_, "rollback", nullptr, nullptr, nullptr);
}

std::int64_t SqliteConnection::changes_ever() const { return sqlite3_total_changes64(db_); }

bool SqliteConnection::checkpoint(bool restart) {
  const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  // A restart waits for readers, and every commit waits behind it.
  if (restart) sqlite3_busy_timeout(db_, restart_busy_ms);
  const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, nullptr);
  if (restart) sqlite3_busy_timeout(db_, busy_ms);
  // Busy is no failure: the log stays, and the next checkpoint takes it.
  if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED) fail("checkpoint");
  return code == SQLITE_OK;
}

sqlite3_stmt* SqliteConnection::prepare(const Query& q) {
  if (statements_.size() <= q.number) statements_.resize(q.number + 1);
  auto*& s = statements_[q.number];
  if (!s && sqlite3_prepare_v3(db_, q.sqlite.data(), int(q.sqlite.size()),
                               SQLITE_PREPARE_PERSISTENT, &s, nullptr) != SQLITE_OK)
    fail(q.name);
  return s;
}

std::int64_t SqliteConnection::step(sqlite3_stmt* s, std::string_view what, const OnRow& on_row) {
  const SqliteRow row(s);
  int code = 0;
  while ((code = sqlite3_step(s)) == SQLITE_ROW)
    if (on_row) on_row(row);
  if (code != SQLITE_DONE) fail(what);
  // Of a statement that only reads, SQLite would give the number of the one before.
  return sqlite3_stmt_readonly(s) ? 0 : sqlite3_changes64(db_);
}

std::int64_t SqliteConnection::run(const Query& q, std::span<const Cell> cells,
                                   const OnRow& on_row) {
  return run_rows(q, cells.size(), cells, on_row);
}

std::int64_t SqliteConnection::run_rows(const Query& q, std::size_t columns,
                                        std::span<const Cell> cells, const OnRow& on_row) {
  auto* s = prepare(q);
  if (sqlite3_bind_parameter_count(s) != int(columns) ||
      (columns > 0 && cells.size() % columns != 0))
    throw std::logic_error("wrong number of parameters for " + std::string(q.name));
  if (sqlite3_stmt_busy(s))
    throw std::logic_error("run again while it gives its rows: " + std::string(q.name));
  if (columns > 0 && cells.empty()) return 0;
  std::int64_t changed = 0;
  std::size_t at = 0;
  do {
    const Reset reset(s);
    for (std::size_t i = 0; i < columns; ++i)
      if (bind(s, int(i) + 1, cells[at + i]) != SQLITE_OK) fail(q.name);
    changed += step(s, q.name, on_row);
    at += columns;
  } while (at < cells.size());
  return changed;
}

}  // namespace sql
