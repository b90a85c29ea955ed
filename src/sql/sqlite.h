#pragma once

#include <filesystem>
#include <memory>

#include "sql/database.h"

namespace sql {

struct SqliteOptions {
  std::filesystem::path
      file;              ///< Empty: a private database in memory, with no thread (simulation).
  unsigned readers = 2;  ///< Reader threads.
  std::size_t group_max = 256;                                          ///< Bodies in one commit.
  std::chrono::microseconds group_time = std::chrono::milliseconds(5);  ///< When a group closes.
  int passive_pages = 2000;  ///< Of the log, before a thread moves it into the file.
  int forced_pages = 16000;  ///< Before the writer itself does, and starts the log anew.
};

/// Opens the file, takes its lock and applies migrations. Throws base::Failure when another server
/// has it, or when its schema is newer than this program.
std::unique_ptr<Database> open_sqlite(const SqliteOptions&);

}  // namespace sql
