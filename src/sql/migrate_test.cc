#include "sql/migrate.h"

#include "base/hash.h"
#include "sql/testing.h"

namespace sql {
namespace {

constexpr Migration first{1, "first", "create table one (x)", ""};
constexpr Migration second{2, "second", "create table two (x); insert into two values (2)", ""};
constexpr Migration broken{2, "broken", "create table two (x); insert into nowhere values (2)", ""};

SqliteConnection memory() { return SqliteConnection(":memory:", true); }

void apply(SqliteConnection& db, std::vector<Migration> known) { migrate(db, known); }

std::string refusal(SqliteConnection& db, std::vector<Migration> known) {
  try {
    migrate(db, known);
  } catch (const base::Failure& e) {
    return e.what();
  }
  return "";
}

bool has_table(Connection& db, std::string_view name) {
  return number(db, "select count(*) from sqlite_master where name = ?1", {name}) == 1;
}

TEST(Migrate, AppliesWhatIsMissingOnce) {
  auto db = memory();
  apply(db, {first});
  EXPECT_TRUE(has_table(db, "one"));
  EXPECT_FALSE(has_table(db, "two"));
  for (int i = 0; i < 2; ++i) apply(db, {first, second});
  EXPECT_EQ(number(db, "select count(*) from two"), 1);
  EXPECT_EQ(number(db, "select count(*) from migrations"), 2);
}

TEST(Migrate, RecordsTheHashOfEachStep) {
  auto db = memory();
  apply(db, {first, second});
  std::string hash;
  db.run(q::list_migrations, {}, [&](const Row& r) { hash = r.str(1); });
  EXPECT_EQ(hash, base::hash_hex(second.sqlite));
}

TEST(Migrate, RefusesAStepThatWasChangedAfterwards) {
  auto db = memory();
  apply(db, {first, second});
  auto changed = second;
  changed.sqlite = "create table two (x, y)";
  EXPECT_NE(refusal(db, {first, changed}).find("step 2"), std::string::npos);
  db.execute("update migrations set hash = 'tampered' where version = 1");
  EXPECT_NE(refusal(db, {first, second}).find("step 1"), std::string::npos);
}

TEST(Migrate, RefusesADatabaseOfANewerProgram) {
  auto db = memory();
  apply(db, {first, second});
  const auto why = refusal(db, {first});
  EXPECT_NE(why.find("schema 2"), std::string::npos) << why;
  EXPECT_NE(why.find("start a newer fairlead"), std::string::npos) << why;
}

TEST(Migrate, LeavesNothingOfAStepThatFails) {
  auto db = memory();
  EXPECT_NE(refusal(db, {first, broken}), "");
  EXPECT_TRUE(has_table(db, "one"));
  EXPECT_FALSE(has_table(db, "two"));
  EXPECT_FALSE(db.in_transaction());
  apply(db, {first, second});
  EXPECT_TRUE(has_table(db, "two"));
}

TEST(Migrate, MakesTheSchemaOfThisProgram) {
  auto db = memory();
  migrate(db, migrations);
  EXPECT_TRUE(has_table(db, "runs"));
}

}  // namespace
}  // namespace sql
