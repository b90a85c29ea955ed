#include <functional>

#include "sql/sqlite_connection.h"
#include "sql/testing.h"

namespace sql {
namespace {

/// A connection of an engine with the schema and a table `t (x)`; PostgreSQL joins here.
struct Engine {
  std::string name;
  std::function<std::unique_ptr<Database>()> open;
};

class Cells : public testing::TestWithParam<Engine> {
 protected:
  void run(std::function<void(Connection&)> body) { write(*db_, std::move(body)); }

 private:
  std::unique_ptr<Database> db_ = GetParam().open();
};

INSTANTIATE_TEST_SUITE_P(Engines, Cells,
                         testing::Values(Engine{"sqlite", [] { return open_sqlite({}); }}),
                         [](const auto& p) { return p.param.name; });

TEST_P(Cells, ComeBackAsTheyWent) {
  const std::string nul("a\0b", 3), all = [] {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += char(i);
    return bytes;
  }();
  run([&](Connection& c) {
    c.run(query("create table t (n bigint, x text, b blob)"));
    const auto trip = [&](Cell n, Cell x, Cell b, const OnRow& look) {
      c.run(query("delete from t"));
      c.run(query("insert into t values (?1, ?2, ?3)"), {n, x, b});
      int rows = 0;
      c.run(query("select n, x, b from t"), {}, [&](const Row& r) { look(r), ++rows; });
      EXPECT_EQ(rows, 1);
    };
    trip(std::nullopt, std::optional<std::string>(), Cell(), [](const Row& r) {
      for (int i : {0, 1, 2}) EXPECT_TRUE(r.null(i));
      EXPECT_FALSE(r.maybe_number(0));
      EXPECT_EQ(r.str(1), "");
    });
    trip(0, "", Cell::bytes(""), [](const Row& r) {
      for (int i : {0, 1, 2}) EXPECT_FALSE(r.null(i));
      EXPECT_EQ(r.maybe_number(0), 0);
      EXPECT_EQ(r.text(1), "");
      EXPECT_EQ(r.text(2), "");
    });
    trip(INT64_MIN, nul, Cell::bytes(all), [&](const Row& r) {
      EXPECT_EQ(r.number(0), INT64_MIN);
      EXPECT_EQ(r.text(1), nul);
      EXPECT_EQ(r.text(2), all);
    });
    trip(true, "é…", Cell::bytes(nul), [&](const Row& r) {
      EXPECT_TRUE(r.flag(0));
      EXPECT_EQ(r.text(1), "é…");
      EXPECT_EQ(r.text(2), nul);
    });
    trip(INT64_MAX, std::string_view(), Cell::bytes({}), [&](const Row& r) {
      EXPECT_EQ(r.number(0), INT64_MAX);
      EXPECT_FALSE(r.null(1)) << "a view without an address is an empty text";
      EXPECT_FALSE(r.null(2));
    });
  });
}

TEST_P(Cells, OfTheWrongNumberAreAMistake) {
  run([](Connection& c) {
    EXPECT_THROW(c.run(q::read_spec, {}), std::logic_error);
    EXPECT_THROW(c.run(q::read_spec, {"a", "b"}), std::logic_error);
    const Cell three[3] = {"a", 1, "b"};
    EXPECT_THROW(c.run_rows(q::read_jobs, 2, three), std::logic_error);
    EXPECT_THROW(c.run_rows(q::read_jobs, 3, three), std::logic_error);
  });
}

TEST_P(Cells, OfABatchAreAnsweredRowByRow) {
  run([](Connection& c) {
    std::vector<Cell> cells;
    for (int i = 0; i < 3; ++i) cells.insert(cells.end(), {"r", i, "j", 0, 0});
    EXPECT_EQ(c.run_rows(q::insert_jobs, 5, cells), 3);
    const Cell keys[] = {"r", 2, "r", 0, "r", 7};
    std::string seen;
    const auto changed = c.run_rows(q::read_jobs, 2, keys, [&](const Row& r) { seen += r.str(0); });
    EXPECT_EQ(seen, "20");
    EXPECT_EQ(changed, 0) << "reading changes nothing";
    EXPECT_EQ(c.run_rows(q::insert_jobs, 5, {}), 0);
  });
}

TEST_P(Cells, CountWhatAStatementChanged) {
  run([](Connection& c) {
    c.run(query("create table t (x bigint)"));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(c.run(query("insert into t values (?1)"), {i}), 1);
    EXPECT_EQ(c.run(query("update t set x = x + 1 where x > 0")), 2);
    EXPECT_EQ(c.run(query("select * from t")), 0);
    EXPECT_EQ(c.run(query("update t set x = 9 where x = 100")), 0);
    EXPECT_EQ(c.run(query("update t set x = 0 returning x"), {}, [](const Row&) {}), 3);
    EXPECT_EQ(c.run(query("delete from t where x = 0")), 3);
  });
}

TEST_P(Cells, MayNotBeReadByAQueryInsideItself) {
  run([](Connection& c) {
    const auto& again = query("select 1 union all select 2");
    EXPECT_THROW(c.run(again, {}, [&](const Row&) { c.run(again); }), std::logic_error);
  });
}

TEST_P(Cells, FitEveryQueryOfTheProject) {
  run([](Connection& c) {
    for (const auto* query : q::all) {
      // More parameters than any query has: it is refused after it was prepared.
      const std::vector<Cell> cells(40);
      try {
        c.run(*query, std::span<const Cell>(cells));
        ADD_FAILURE() << query->name << " took 40 parameters";
      } catch (const std::logic_error& e) {
        EXPECT_NE(std::string(e.what()).find("number of parameters"), std::string::npos);
      } catch (const std::exception& e) {
        ADD_FAILURE() << query->name << ": " << e.what();
      }
    }
  });
}

}  // namespace
}  // namespace sql
