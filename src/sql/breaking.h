#pragma once

#include "sql/database.h"

namespace sql {

/// A connection that breaks once, at a statement; for tests and the simulation.
class BreakingConnection final : public Connection {
 public:
  /// `left`: how many statements still succeed; below 0 all of them do. It is counted down.
  BreakingConnection(Connection& inner, std::int64_t& left) : inner_(inner), left_(left) {}
  using Connection::run;
  std::int64_t run(const Query& q, std::span<const Cell> cells, const OnRow& on_row) override {
    count();
    return inner_.run(q, cells, on_row);
  }
  std::int64_t run_rows(const Query& q, std::size_t columns, std::span<const Cell> cells,
                        const OnRow& on_row) override {
    count();
    return inner_.run_rows(q, columns, cells, on_row);
  }

 private:
  void count() {
    if (left_-- == 0) throw DatabaseFailure("a statement failed: it was made to", false);
  }
  Connection& inner_;
  std::int64_t& left_;
};

}  // namespace sql
