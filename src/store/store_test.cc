#include "store/store.h"

#include "loop/group.h"
#include "store/testing.h"

namespace store {
namespace {

class Transactions : public Conformance {
 protected:
  Transactions() { execute("create table t (x bigint primary key)"); }
  static void put(Tx& tx, int x) {
    tx.connection.run(sql::query("insert into t values (?1)"), {x});
  }
  std::int64_t rows() { return number("select count(*) from t"); }
};

INSTANTIATE_TEST_SUITE_P(Engines, Transactions, testing::ValuesIn(engines), engine_name);

TEST_P(Transactions, ReturnWhatTheirBodyReturns) {
  EXPECT_EQ(write([](Tx& tx) {
              put(tx, 1);
              return std::string("value");
            }),
            "value");
  write([](Tx& tx) { put(tx, 2); });
  EXPECT_EQ(*write([](Tx&) { return std::make_unique<int>(7); }), 7);
  EXPECT_EQ(read([](Tx&) { return std::optional<int>(); }), std::nullopt);
  EXPECT_EQ(rows(), 2);
}

TEST_P(Transactions, ThrowWhatTheirBodyThrowsAndKeepNothingOfIt) {
  struct Own {
    int what;
  };
  try {
    write([](Tx& tx) {
      put(tx, 1);
      throw Own{42};
    });
    ADD_FAILURE();
  } catch (const Own& own) {
    EXPECT_EQ(own.what, 42);
  }
  EXPECT_THROW(read([](Tx&) { throw std::out_of_range("x"); }), std::out_of_range);
  EXPECT_EQ(rows(), 0);
}

TEST_P(Transactions, StartEachRunOfTheirBodyAfresh) {
  int runs = 0;
  const auto result = write([&runs](Tx& tx) {
    std::vector<int> seen{++runs};
    put(tx, 1);
    if (runs == 1) {
      tx.connection.run(sql::query("rollback"));
      throw std::runtime_error("the engine left the transaction");
    }
    return seen;
  });
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(result, std::vector{2});
  EXPECT_EQ(rows(), 1);
}

TEST_P(Transactions, FailWithoutHurtingThoseBesideThem) {
  loop::Group group(loop.executor());
  int refused = 0;
  const auto one = [&](int i) -> loop::Task<> {
    try {
      co_await store->transact([i](Tx& tx) {
        put(tx, i);
        if (i % 4 == 0) put(tx, i);
      });
    } catch (const sql::ConstraintFailure&) {
      ++refused;
    }
  };
  for (int i = 0; i < 40; ++i) group.spawn("one", one(i));
  await(group.join());
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(rows(), 30);
}

TEST_P(Transactions, HaveOneMoment) {
  const auto before = clock.now();
  const auto [first, second] = write([this](Tx& tx) {
    const auto t = tx.now();
    clock.advance(1s);
    return std::pair(t, tx.now());
  });
  EXPECT_EQ(first, before);
  EXPECT_EQ(second, before);
}

TEST_P(Transactions, UndoAPartAndGoOn) {
  write([](Tx& tx) {
    put(tx, 1);
    EXPECT_THROW(tx.part([&] {
      put(tx, 2);
      throw core::Broken("on purpose");
    }),
                 core::Broken);
    tx.part([&] { put(tx, 3); });
    EXPECT_THROW(tx.part([&] {
      tx.part([&] { put(tx, 4); });
      throw std::runtime_error("outer");
    }),
                 std::runtime_error);
    tx.part([&] {
      EXPECT_ANY_THROW(tx.part([&] {
        put(tx, 5);
        throw std::runtime_error("inner");
      }));
      put(tx, 6);
    });
  });
  EXPECT_EQ(number("select sum(x) from t"), 1 + 3 + 6);
}

TEST_P(Transactions, TakeARefusedRowInAPartForABrokenInvariant) {
  write([](Tx& tx) {
    put(tx, 1);
    EXPECT_THROW(tx.part([&] { put(tx, 1); }), core::Broken);
    put(tx, 2);
  });
  EXPECT_EQ(rows(), 2);
}

TEST_P(Transactions, UndoPartsTogetherWithTheirWhole) {
  EXPECT_ANY_THROW(write([](Tx& tx) {
    tx.part([&] { put(tx, 1); });
    throw std::runtime_error("on purpose");
  }));
  EXPECT_EQ(rows(), 0);
}

TEST_P(Transactions, OfReadersSeeWhatWasCommitted) {
  for (int i = 1; i <= 20; ++i) {
    write([i](Tx& tx) { put(tx, i); });
    EXPECT_EQ(rows(), i);
  }
}

TEST_P(Transactions, BelongToOneInstallation) {
  const auto first = store->installation();
  EXPECT_EQ(first.id.size(), 26u);
  EXPECT_NE(first.id, first.timeline);
  reopen();
  EXPECT_EQ(store->installation().id == first.id, GetParam().lasting);
  EXPECT_EQ(store->installation().timeline == first.timeline, GetParam().lasting);
}

}  // namespace
}  // namespace store
