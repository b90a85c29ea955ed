#pragma once

#include <span>

#include "sql/sqlite_connection.h"

namespace sql {

/// Applies the migrations that are missing, each in a transaction of its own. Refuses
/// (base::Failure) a database that a newer program made, and one whose recorded hashes are not
/// those of this program.
void migrate(SqliteConnection&, std::span<const Migration>);

}  // namespace sql
