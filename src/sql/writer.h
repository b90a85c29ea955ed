#pragma once

#include <chrono>
#include <vector>

#include "sql/sqlite_connection.h"

namespace sql {

/// Commits groups of work on one connection: a savepoint each, one COMMIT for all.
class Writer {
 public:
  Writer(SqliteConnection&, std::chrono::microseconds group_time);
  /// Runs the bodies in order, commits, then calls every `done`. A body that throws fails alone.
  /// When the engine breaks the common transaction, each body runs again by itself.
  void commit(std::vector<Work>);

 private:
  std::size_t run_group(std::vector<Work>&, std::size_t begin, std::vector<std::exception_ptr>&);
  void run_alone(Work&);

  SqliteConnection& db_;
  std::chrono::microseconds group_time_;
};

/// Runs a reading body in a transaction of its own and calls its `done`.
void read_one(SqliteConnection&, Work&);

}  // namespace sql
