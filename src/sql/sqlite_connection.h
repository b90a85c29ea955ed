#pragma once

#include <string>
#include <vector>

#include "sql/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sql {

/// One SQLite connection with its prepared statements. One thread at a time.
class SqliteConnection final : public Connection {
 public:
  SqliteConnection(const std::string& file, bool writable);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;

  using Connection::run;
  std::int64_t run(const Query&, std::span<const Cell>, const OnRow&) override;
  std::int64_t run_rows(const Query&, std::size_t columns, std::span<const Cell>,
                        const OnRow&) override;

  /// Runs text without parameters, such as BEGIN or a migration.
  void execute(const std::string& text);
  /// Whether BEGIN is still in force; the engine may have rolled back by itself.
  bool in_transaction() const;
  /// Rolls back if a transaction is open.
  void rollback() noexcept;
  /// Rows that this connection ever changed.
  std::int64_t changes_ever() const;
  /// Pages in the write-ahead log after the last commit.
  int wal_pages() const { return wal_pages_; }
  /// Moves the log into the file. `restart`: waits for readers, but not long, and has the next
  /// commit begin the log anew. False: somebody was in the way, some of it is left.
  bool checkpoint(bool restart);

 private:
  SqliteConnection() = default;
  sqlite3_stmt* prepare(const Query&);
  std::int64_t step(sqlite3_stmt*, std::string_view what, const OnRow&);
  [[noreturn]] void fail(std::string_view what) const;

  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  int wal_pages_ = 0;
};

}  // namespace sql
