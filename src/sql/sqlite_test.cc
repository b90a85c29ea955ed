#include "sql/sqlite.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <fstream>
#include <latch>

#include "sql/testing.h"

namespace sql {
namespace {

using namespace std::chrono_literals;

const auto& make_table = query("create table if not exists t (x integer primary key, y blob)");
const auto& insert_row = query("insert into t (x) values (?1)");
constexpr auto count_rows = "select count(*) from t";

std::string refusal(const SqliteOptions& options) {
  try {
    open_sqlite(options);
  } catch (const base::Failure& e) {
    return e.what();
  }
  return "";
}

/// Holds the writer until `go`, so that what is written meanwhile waits together.
struct Gate {
  explicit Gate(Database& db)
      : passed(start(db, &Database::write, [this](Connection&) {
          entered.count_down();
          go.wait();
        })) {
    entered.wait();
  }
  void open() { go.count_down(), passed.get(); }
  std::latch entered{1}, go{1};
  std::future<void> passed;
};

TEST(Sqlite, KeepsWhatWasWritten) {
  TempFolder folder;
  for (int i = 1; i <= 3; ++i) {
    const auto db = open_sqlite({.file = folder / "db"});
    write(*db, [&](Connection& c) {
      c.run(make_table);
      c.run(insert_row, {i});
    });
    EXPECT_EQ(number(*db, count_rows), i);
  }
}

TEST(Sqlite, RefusesASecondServer) {
  TempFolder folder;
  auto db = open_sqlite({.file = folder / "db"});
  const auto why = refusal({.file = folder / "db"});
  EXPECT_NE(why.find("another fairlead server uses " + (folder / "db").string()), why.npos) << why;
  EXPECT_NE(why.find("--data"), why.npos) << why;
  db.reset();
  EXPECT_EQ(refusal({.file = folder / "db"}), "");
}

TEST(Sqlite, RefusesAFolderThatIsNotThere) {
  EXPECT_NE(refusal({.file = "/nowhere/at/all/db"}), "");
}

TEST(Sqlite, RefusesWhatIsNoDatabase) {
  TempFolder folder;
  std::ofstream(folder / "db") << std::string(5000, 'x');
  EXPECT_NE(refusal({.file = folder / "db"}).find("not a database"), std::string::npos);
}

TEST(Sqlite, ShowsReadersOneMomentBesideTheWriter) {
  TempFolder folder;
  const auto db = open_sqlite({.file = folder / "db"});
  write(*db, [](Connection& c) { c.run(make_table); });
  std::latch reading(1), written(1);
  auto reader = start(*db, &Database::read, [&](Connection& c) {
    EXPECT_EQ(number(c, count_rows), 0);
    reading.count_down();
    written.wait();
    EXPECT_EQ(number(c, count_rows), 0) << "the snapshot moved";
  });
  reading.wait();
  write(*db, [](Connection& c) { c.run(insert_row, {1}); });
  EXPECT_EQ(number(*db, count_rows), 1);
  written.count_down();
  reader.get();
}

TEST(Sqlite, NeverShowsHalfATransaction) {
  TempFolder folder;
  const auto db = open_sqlite({.file = folder / "db"});
  write(*db, [](Connection& c) { c.run(make_table); });
  std::vector<std::future<void>> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(start(*db, &Database::write, [i](Connection& c) {
      c.run(insert_row, {2 * i});
      c.run(insert_row, {2 * i + 1});
      if (i % 3 == 0) throw std::runtime_error("on purpose");
    }));
    all.push_back(start(*db, &Database::read,
                        [](Connection& c) { EXPECT_EQ(number(c, count_rows) % 2, 0); }));
  }
  int failed = 0;
  for (auto& f : all) try {
      f.get();
    } catch (const std::runtime_error&) {
      ++failed;
    }
  EXPECT_EQ(failed, 34);
  EXPECT_EQ(number(*db, count_rows), 132);
}

TEST(Sqlite, PutsAtMostItsLimitInOneCommit) {
  TempFolder folder;
  const auto db = open_sqlite({.file = folder / "db", .group_max = 2, .group_time = 1h});
  Gate gate(*db);
  std::mutex mutex;
  std::string events;
  const auto note = [&](char what, int i) {
    std::lock_guard lock(mutex);
    events += what + std::to_string(i) + " ";
  };
  std::latch all(5);
  for (int i = 1; i <= 5; ++i)
    db->write({[&, i](Connection&) { note('b', i); },
               [&, i](std::exception_ptr) { note('d', i), all.count_down(); }});
  gate.open();
  all.wait();
  EXPECT_EQ(events, "b1 b2 d1 d2 b3 b4 d3 d4 b5 d5 ");
}

TEST(Sqlite, RefusesToChangeAnythingWhileReading) {
  TempFolder folder;
  const std::filesystem::path files[] = {"", folder / "db"};
  for (const auto& file : files) {
    const auto db = open_sqlite({.file = file});
    write(*db, [](Connection& c) { c.run(make_table); });
    EXPECT_ANY_THROW(read(*db, [](Connection& c) { c.run(insert_row, {1}); }));
    EXPECT_EQ(number(*db, count_rows), 0);
  }
}

TEST(Sqlite, EndsWhatWaitsBeforeItCloses) {
  TempFolder folder;
  std::atomic<int> done = 0;
  {
    const auto db = open_sqlite({.file = folder / "db"});
    for (int i = 0; i < 50; ++i) {
      db->write({[](Connection&) {}, [&](std::exception_ptr) { ++done; }});
      db->read({[](Connection&) {}, [&](std::exception_ptr) { ++done; }});
    }
  }
  EXPECT_EQ(done, 100);
}

TEST(Sqlite, KeepsItsLogShortUnderLoadAndLosesNothing) {
  TempFolder folder;
  constexpr int rows = 3000, page = 4096, passive = 50, forced = 400;
  const std::string blob(page, 'b');
  std::uintmax_t longest = 0;
  {
    const auto db = open_sqlite(
        {.file = folder / "db", .group_max = 8, .passive_pages = passive, .forced_pages = forced});
    write(*db, [](Connection& c) { c.run(make_table); });
    std::deque<std::future<void>> waiting;
    for (int i = 0; i < rows; ++i) {
      waiting.push_back(start(*db, &Database::write, [&, i](Connection& c) {
        c.run(query("insert into t values (?1, ?2)"), {i, Cell::bytes(blob)});
      }));
      waiting.push_back(start(*db, &Database::read, [](Connection& c) { number(c, count_rows); }));
      for (; waiting.size() > 64; waiting.pop_front()) waiting.front().get();
      longest = std::max(longest, std::filesystem::file_size(folder / "db-wal"));
    }
    for (auto& f : waiting) f.get();
  }
  // A group writes a few pages for each of its bodies after the log was found short enough.
  EXPECT_LT(longest, std::uintmax_t(2 * forced) * page);
  const auto db = open_sqlite({.file = folder / "db"});
  EXPECT_EQ(number(*db, count_rows), rows);
  EXPECT_EQ(number(*db, "select count(*) from t where length(y) <> 4096"), 0);
}

/// Commits rows 1, 2, 3… and writes each number to the pipe once it is told that it is stored.
[[noreturn]] void commit_for_ever(const std::filesystem::path& file, int pipe) {
  const auto db = open_sqlite({.file = file, .passive_pages = 20, .forced_pages = 100});
  write(*db, [](Connection& c) { c.run(make_table); });
  std::deque<std::future<void>> waiting;
  for (int i = 1;; ++i) {
    db->write({[i](Connection& c) { c.run(insert_row, {i}); },
               [i, pipe](std::exception_ptr e) {
                 if (e || ::write(pipe, &i, sizeof i) != sizeof i) ::_exit(1);
               }});
    // Some wait together, so that groups form, but not without bound.
    if (i % 16 == 0) write(*db, [](Connection&) {});
  }
}

TEST(Sqlite, HasAllThatWasAcknowledgedAfterKillNine) {
  for (int round = 0; round < 3; ++round) {
    TempFolder folder;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) commit_for_ever(folder / "db", ends[1]);
    ::close(ends[1]);
    int last = 0, acknowledged = 0;
    while (::read(ends[0], &last, sizeof last) == sizeof last)
      if (++acknowledged == 200 + 100 * round) ::kill(child, SIGKILL);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    const auto db = open_sqlite({.file = folder / "db"});
    EXPECT_GE(number(*db, count_rows), acknowledged);
    EXPECT_EQ(number(*db, "select count(*) from t where x <= " + std::to_string(last)), last);
    EXPECT_EQ(number(*db, "select max(x) - count(*) from t"), 0) << "in order, without a gap";
  }
}

// SQLite makes one for each CHECK with an `in` of three or more, in every statement that writes.
TEST(Sqlite, MakesNoTablesToCheckARow) {
  const auto db = open_sqlite({});
  for (const auto* q :
       {&q::insert_run, &q::update_run, &q::insert_settled_jobs, &q::update_jobs,
        &q::insert_assignments, &q::update_assignment, &q::insert_attempts, &q::update_attempts})
    read(*db, [&](Connection& c) {
      std::vector<Cell> nulls;
      while (q->sqlite.find("?" + std::to_string(nulls.size() + 1)) != std::string_view::npos)
        nulls.emplace_back();
      c.run(query("explain " + std::string(q->sqlite)), nulls,
            [&](const Row& r) { EXPECT_NE(r.text(1), "OpenEphemeral") << q->name; });
    });
}

}  // namespace
}  // namespace sql
