#include "sql/writer.h"

#include "sql/testing.h"

namespace sql {
namespace {

using namespace std::chrono_literals;

/// A database file with a table of words, a writer on it, and what happened in order.
class Desk {
 public:
  explicit Desk(std::chrono::microseconds group_time = 1h)
      : connection((folder / "db").string(), true), writer(connection, group_time) {
    connection.execute(
        "create table words (word text primary key);"
        "create table children (parent text references words deferrable initially deferred)");
  }

  /// Work that inserts its word; `extra` runs after the insert.
  Work word(const std::string& w, const std::function<void(Connection&)>& extra = {}) {
    return {[=, this](Connection& c) {
              events += w + " ";
              c.run(query("insert into words values (?1)"), {w});
              if (extra) extra(c);
            },
            [=, this](std::exception_ptr e) {
              events += (e ? "!" : "=") + w + " ";
              failures[w] = e;
            }};
  }
  void commit(std::vector<Work> group) { writer.commit(std::move(group)); }

  /// What another connection sees.
  std::string stored() {
    SqliteConnection other((folder / "db").string(), false);
    std::string words;
    other.run(query("select word from words order by rowid"), {},
              [&](const Row& r) { words += r.str(0) + " "; });
    return words;
  }
  std::string why(const std::string& w) {
    try {
      std::rethrow_exception(failures.at(w));
    } catch (const std::exception& e) {
      return e.what();
    }
  }

  TempFolder folder;
  SqliteConnection connection;
  Writer writer;
  std::string events;
  std::map<std::string, std::exception_ptr> failures;
};

void fail(Connection&) { throw std::runtime_error("on purpose"); }
void leave(Connection& c) { c.run(query("rollback")); }

TEST(Writer, RunsTheBodiesInOrderAndTellsThemAfterOneCommit) {
  Desk desk;
  desk.commit({desk.word("a"), desk.word("b"), desk.word("c")});
  EXPECT_EQ(desk.events, "a b c =a =b =c ");
  EXPECT_EQ(desk.stored(), "a b c ");
}

TEST(Writer, TellsNobodyBeforeTheirCommit) {
  Desk desk;
  auto a = desk.word("a"), b = desk.word("b");
  std::string seen;
  a.body = [&, body = a.body](Connection& c) {
    body(c);
    seen += "body:" + desk.stored();
  };
  a.done = [&](std::exception_ptr) { seen += "done:" + desk.stored(); };
  desk.commit({a, b});
  EXPECT_EQ(seen, "body:done:a b ");
}

TEST(Writer, UndoesOnlyWhatAThrowingBodyWrote) {
  Desk desk;
  desk.commit({desk.word("a"), desk.word("b", fail), desk.word("c")});
  EXPECT_EQ(desk.events, "a b c =a !b =c ");
  EXPECT_EQ(desk.stored(), "a c ");
  EXPECT_EQ(desk.why("b"), "on purpose");
}

TEST(Writer, KeepsTheOthersWhenAConstraintRefusesOne) {
  Desk desk;
  desk.commit({desk.word("a"), desk.word("a"), desk.word("b")});
  EXPECT_EQ(desk.events, "a a b =a !a =b ");
  EXPECT_EQ(desk.stored(), "a b ");
}

TEST(Writer, RunsEveryBodyAloneWhenOneLeavesTheTransaction) {
  for (const bool throws : {false, true}) {
    Desk desk;
    const auto bad = [=](Connection& c) {
      leave(c);
      if (throws) fail(c);
    };
    desk.commit({desk.word("a"), desk.word("b", bad), desk.word("c")});
    EXPECT_EQ(desk.events, throws ? "a b a =a b !b c =c " : "a b a =a b !b c =c ");
    EXPECT_EQ(desk.stored(), "a c ");
    EXPECT_FALSE(desk.connection.in_transaction());
  }
}

TEST(Writer, TakesABodyThatLeftOnlyOnce) {
  Desk desk;
  int runs = 0;
  const auto once = [&](Connection& c) {
    if (++runs == 1) leave(c), fail(c);
  };
  desk.commit({desk.word("a"), desk.word("b", once)});
  EXPECT_EQ(desk.events, "a b a =a b =b ");
  EXPECT_EQ(desk.stored(), "a b ");
}

TEST(Writer, RunsEveryBodyAloneWhenCommitIsRefused) {
  Desk desk;
  const auto orphan = [](Connection& c) { c.run(query("insert into children values ('nobody')")); };
  desk.commit({desk.word("a"), desk.word("b", orphan), desk.word("c")});
  EXPECT_EQ(desk.events, "a b c a =a b !b c =c ");
  EXPECT_EQ(desk.stored(), "a c ");
  EXPECT_NE(desk.why("b").find("FOREIGN KEY"), std::string::npos) << desk.why("b");
}

TEST(Writer, FailsOnlyTheBodyThatTheDiskHasNoRoomFor) {
  Desk desk;
  desk.connection.execute("pragma max_page_count=20");
  const auto big = [](Connection& c) {
    c.run(query("insert into words values (?1)"), {std::string(1 << 20, 'x')});
  };
  desk.commit({desk.word("a"), desk.word("b", big), desk.word("c")});
  EXPECT_EQ(desk.stored(), "a c ");
  try {
    std::rethrow_exception(desk.failures.at("b"));
  } catch (const DatabaseFailure& e) {
    EXPECT_TRUE(e.full) << e.what();
  }
  desk.connection.execute("pragma max_page_count=10000");
  desk.commit({desk.word("d", big)});
  EXPECT_EQ(desk.events.substr(desk.events.size() - 5), "d =d ");
}

TEST(Writer, ClosesAGroupWhenItsTimeIsOver) {
  Desk desk(1ms);
  const auto slow = [](Connection&) {
    const auto until = std::chrono::steady_clock::now() + 2ms;
    while (std::chrono::steady_clock::now() < until) {
    }
  };
  desk.commit({desk.word("a", slow), desk.word("b", slow), desk.word("c")});
  EXPECT_EQ(desk.events, "a =a b =b c =c ");
}

TEST(Writer, ReadsWithoutChanging) {
  Desk desk;
  desk.commit({desk.word("a")});
  std::exception_ptr error;
  Work reading{[](Connection& c) { c.run(query("insert into words values ('x')")); },
               [&](std::exception_ptr e) { error = e; }};
  read_one(desk.connection, reading);
  EXPECT_TRUE(error);
  EXPECT_EQ(desk.stored(), "a ");
  EXPECT_FALSE(desk.connection.in_transaction());
}

}  // namespace
}  // namespace sql
