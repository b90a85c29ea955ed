#pragma once

#include "sql/breaking.h"
#include "store/testing.h"

namespace store {

/// A database that works until it is told after how many statements it breaks, once.
class BreakingDatabase final : public sql::Database {
 public:
  explicit BreakingDatabase(std::unique_ptr<sql::Database> inner) : inner_(std::move(inner)) {}
  void write(sql::Work work) override { inner_->write(breaking(std::move(work))); }
  void read(sql::Work work) override { inner_->read(breaking(std::move(work))); }
  std::int64_t left = -1;  ///< Statements until it breaks; below 0: never.

 private:
  sql::Work breaking(sql::Work work) {
    return {[this, body = std::move(work.body)](sql::Connection& c) {
              sql::BreakingConnection connection(c, left);
              body(connection);
            },
            std::move(work.done)};
  }
  std::unique_ptr<sql::Database> inner_;
};

/// An engine in memory whose database can be told to break.
class BreakingEngine final : public Engine {
 public:
  std::unique_ptr<sql::Database> open() override {
    auto made = std::make_unique<BreakingDatabase>(sql::open_sqlite({}));
    database = made.get();
    return made;
  }
  BreakingDatabase* database = nullptr;
};

}  // namespace store
