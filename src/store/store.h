#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/time.h"
#include "loop/clock.h"
#include "loop/offload.h"
#include "sql/database.h"
#include "store/steady_time.h"

namespace store {

/// A transaction. The free functions of store/<noun>.h read and write through it.
class Tx {
 public:
  Tx(sql::Connection& c, base::Time t) : connection(c), now_(t) {}
  /// The moment of this transaction: one for all it does, and the only clock of leases and due
  /// times.
  base::Time now() const { return now_; }
  /// Runs a part that can fail alone: what it throws is thrown on, after its writes were undone. A
  /// row that the schema refuses is a broken invariant (core::Broken).
  void part(const std::function<void()>&);

  sql::Connection& connection;

 private:
  base::Time now_;
};

/// Thrown when the database refuses or breaks; `full` when its disk is.
using DatabaseFailure = sql::DatabaseFailure;

/// Which database this is. Agents refuse to obey another installation, and stop deleting on another
/// timeline.
struct Installation {
  std::string id;
  std::string timeline;
};

/// Transactions as plain functions. `fn(Tx&)` is synchronous code that runs on a store thread; it
/// may run more than once, so it changes nothing but through Tx (it must be callable when const).
/// Nothing resumes before COMMIT succeeded; what `fn` throws is thrown to the caller, and its
/// writes are undone.
class Store {
 public:
  Store(std::unique_ptr<sql::Database>, loop::Clock&, base::Rng&);
  ~Store();

  template <class Fn>
  auto transact(Fn fn) -> loop::Task<std::invoke_result_t<const Fn&, Tx&>> {
    return submit(&sql::Database::write, std::move(fn));
  }
  /// The same for reading: other transactions go on beside it. Keep it below a second.
  template <class Fn>
  auto read(Fn fn) -> loop::Task<std::invoke_result_t<const Fn&, Tx&>> {
    return submit(&sql::Database::read, std::move(fn));
  }

  const Installation& installation() const { return installation_; }

 private:
  using Way = void (sql::Database::*)(sql::Work);

  template <class Fn, class R = std::invoke_result_t<const Fn&, Tx&>>
  loop::Task<R> submit(Way way, Fn fn) {
    // A body may run again after its result was made, so each run starts with a fresh one.
    std::conditional_t<std::is_void_v<R>, bool, std::optional<R>> result{};
    const auto body = [&](Tx& tx) {
      if constexpr (std::is_void_v<R>)
        std::as_const(fn)(tx);
      else
        result.emplace(std::as_const(fn)(tx));
    };
    co_await run(way, body);
    if constexpr (!std::is_void_v<R>) co_return std::move(*result);
  }
  loop::Task<> run(Way, std::function<void(Tx&)> body);

  std::unique_ptr<sql::Database> database_;
  SteadyTime time_;
  Installation installation_;
};

/// A private store in memory, without threads: everything runs where it is called. For tests.
std::unique_ptr<Store> open_in_memory(loop::Clock&, base::Rng&);

/// Reads a row, to show that the database answers. Throws when it does not.
void ping(Tx&);

}  // namespace store
