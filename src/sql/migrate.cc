#include "sql/migrate.h"

#include <fmt/format.h>

#include <chrono>

#include "base/hash.h"
#include "base/log.h"
#include "sql/queries.h"

namespace sql {
namespace {

struct Applied {
  int version;
  std::string hash;
};

/// The oldest server that may use what a migration left; raised when one contracts the schema.
constexpr int min_server = 1;

std::vector<Applied> applied(SqliteConnection& db) {
  db.execute(
      "create table if not exists migrations (version bigint primary key, name text not null, hash "
      "text not null, "
      "min_server bigint not null, applied bigint not null)");
  std::vector<Applied> rows;
  db.run(q::list_migrations, {},
         [&](const Row& r) { rows.push_back({int(r.number(0)), r.str(1)}); });
  return rows;
}

void check(const std::vector<Applied>& done, std::span<const Migration> known) {
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (i >= known.size())
      throw base::Failure(fmt::format(
          "the database has schema {}, this program knows up to {}: start a newer fairlead",
          done.back().version, known.size()));
    if (done[i].version != known[i].version || done[i].hash != base::hash_hex(known[i].sqlite))
      throw base::Failure(fmt::format(
          "schema step {} of the database is not the one of this program: it was changed "
          "after it was applied",
          known[i].version));
  }
}

}  // namespace

void migrate(SqliteConnection& db, std::span<const Migration> known) {
  const auto done = applied(db);
  check(done, known);
  for (const auto& m : known.subspan(done.size())) {
    db.execute("begin immediate");
    try {
      db.execute(std::string(m.sqlite));
      const auto now =
          std::chrono::system_clock::now().time_since_epoch() / std::chrono::microseconds(1);
      db.run(q::insert_migration, {m.version, m.name, base::hash_hex(m.sqlite), min_server, now});
      db.execute("commit");
    } catch (...) {
      db.rollback();
      throw;
    }
    base::log::info("schema step applied",
                    {{"version", std::to_string(m.version)}, {"name", std::string(m.name)}});
  }
}

}  // namespace sql
