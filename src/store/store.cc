#include "store/store.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <future>

#include "core/run_machine.h"
#include "sql/queries.h"
#include "sql/sqlite.h"

namespace store {
namespace {

/// Reads who the database is, and names it when it is new.
Installation identify(sql::Database& database, base::Time now, base::Rng& rng) {
  struct Nothing;
  const auto fresh_id = base::Id<Nothing>::make(now, rng).str(),
             fresh_timeline = base::Id<Nothing>::make(now, rng).str();
  Installation found;
  std::promise<void> ended;
  database.write({[&](sql::Connection& c) {
                    const auto read = [&] {
                      c.run(sql::q::read_installation, {},
                            [&](const sql::Row& r) { found = {r.str(0), r.str(1)}; });
                    };
                    read();
                    if (!found.id.empty()) return;
                    c.run(sql::q::insert_installation,
                          {fresh_id, fresh_timeline, base::to_micros(now)});
                    read();
                  },
                  [&](std::exception_ptr e) { e ? ended.set_exception(e) : ended.set_value(); }});
  ended.get_future().get();
  return found;
}

}  // namespace

void Tx::part(const std::function<void()>& body) {
  connection.run(sql::q::begin_part);
  try {
    body();
  } catch (...) {
    connection.run(sql::q::undo_part);
    connection.run(sql::q::end_part);
    try {
      throw;
    } catch (const sql::ConstraintFailure& e) {
      throw core::Broken(e.what());
    }
  }
  connection.run(sql::q::end_part);
}

Store::Store(std::unique_ptr<sql::Database> database, loop::Clock& clock, base::Rng& rng)
    : database_(std::move(database)),
      time_(clock),
      installation_(identify(*database_, time_.now(), rng)) {}

Store::~Store() = default;

std::unique_ptr<Store> open_in_memory(loop::Clock& clock, base::Rng& rng) {
  return std::make_unique<Store>(sql::open_sqlite({}), clock, rng);
}

void ping(Tx& tx) { tx.connection.run(sql::q::ping); }

loop::Task<> Store::run(Way way, std::function<void(Tx&)> body) {
  const auto executor = co_await loop::asio::this_coro::executor;
  std::exception_ptr error;
  co_await loop::suspend([&](std::function<void()> resume) {
    (*database_.*way)({[&](sql::Connection& c) {
                         Tx tx(c, time_.now());
                         body(tx);
                       },
                       [&error, executor, resume = std::move(resume)](std::exception_ptr e) {
                         error = std::move(e);
                         loop::asio::post(executor, resume);
                       }});
  });
  if (error) std::rethrow_exception(error);
}

}  // namespace store
