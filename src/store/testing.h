#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <regex>
#include <set>

#include "core/toy_run.h"
#include "loop/loop.h"
#include "sql/testing.h"
#include "store/jobs.h"
#include "store/runs.h"

/// What tests on a store need, here and in the rooms above.
namespace store {

using namespace std::chrono_literals;

/// A clock that stands still until it is moved. `now` may be read by any thread, the rest belongs
/// to the loop's.
class SetClock final : public loop::Clock {
 public:
  base::Time now() const override { return core::noon + base::Micros(passed_.load()); }
  base::Mono mono() const override { return base::Mono(base::Micros(passed_.load())); }
  loop::Task<> wait(loop::Waiter& waiter, base::Mono until) override {
    if (mono() >= until) co_return;
    waiting_.insert(&waiter);
    try {
      co_await waiter.wait_woken();
    } catch (...) {
      waiting_.erase(&waiter);
      throw;
    }
    waiting_.erase(&waiter);
  }
  void advance(base::Micros d) {
    passed_ += d.count();
    for (auto* waiter : waiting_) waiter->wake();
  }
  /// How many wait for something.
  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::atomic<std::int64_t> passed_{0};
  std::set<loop::Waiter*> waiting_;
};

/// A database of its own for one test; opening it again finds what was written.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<sql::Database> open() = 0;
};

class InlineSqlite final : public Engine {
 public:
  std::unique_ptr<sql::Database> open() override { return sql::open_sqlite({}); }
};

class FileSqlite final : public Engine {
 public:
  std::unique_ptr<sql::Database> open() override {
    return sql::open_sqlite({.file = folder_ / "db"});
  }

 private:
  sql::TempFolder folder_;
};

/// An engine by name. One more here runs every test of the conformance suite.
struct EngineCase {
  std::string name;
  std::unique_ptr<Engine> (*make)();
  bool lasting;  ///< What was written survives closing it.
};
template <class E>
std::unique_ptr<Engine> make_engine() {
  return std::make_unique<E>();
}
inline const EngineCase engines[] = {{"SqliteInline", make_engine<InlineSqlite>, false},
                                     {"SqliteFile", make_engine<FileSqlite>, true}};
inline std::string engine_name(const testing::TestParamInfo<EngineCase>& p) { return p.param.name; }

/// A store on an engine, with a loop to await on.
class World {
 public:
  explicit World(std::unique_ptr<Engine> e) : engine(std::move(e)) { reopen(); }
  void reopen() {
    store.reset();
    store = std::make_unique<Store>(engine->open(), clock, rng);
  }

  template <class T>
  T await(loop::Task<T> task) {
    if constexpr (std::is_void_v<T>) {
      loop.run_until_done(std::move(task));
    } else {
      std::optional<T> out;
      loop.run_until_done([](loop::Task<T> t, std::optional<T>& o) -> loop::Task<> {
        o.emplace(co_await std::move(t));
      }(std::move(task), out));
      return std::move(*out);
    }
  }
  template <class Fn>
  auto write(Fn fn) {
    return await(store->transact(std::move(fn)));
  }
  template <class Fn>
  auto read(Fn fn) {
    return await(store->read(std::move(fn)));
  }

  /// A later id than all before, at a moment of its own.
  model::RunId next_id() {
    clock.advance(1ms);
    return model::RunId::make(clock.now(), rng);
  }
  /// Stores a run of as many jobs as the plan has, in their first state.
  model::RunId add_run(const core::Plan& plan, NewRun n = {}) {
    n.id = next_id();
    if (n.project.empty()) n.project = "p";
    n.params = "{}";
    n.origin = "api";
    n.jobs = std::uint32_t(plan.jobs.size());
    n.main_jobs = plan.main_count;
    write([&](Tx& tx) {
      insert_run(tx, n);
      insert_jobs(tx, n.id, plan, 0, n.jobs);
    });
    return n.id;
  }
  /// Changes one row of a job.
  void set_job(model::RunId run, model::Job job) {
    write([&](Tx& tx) {
      core::Slice slice{.run = {.id = run}};
      slice.jobs[job.index] = {job, true};
      update_jobs(tx, slice);
    });
  }
  model::Job job(model::RunId run, std::uint32_t index) {
    return read([&](Tx& tx) {
      core::Slice slice{.run = {.id = run}};
      load_jobs(tx, slice, std::span(&index, 1));
      return slice.jobs.at(index).job;
    });
  }
  void set_run(const model::Run& run) {
    write([&](Tx& tx) { update_run(tx, run); });
  }
  std::optional<LockedRun> run(model::RunId id) {
    return read([&](Tx& tx) { return lock_run(tx, id); });
  }
  /// Runs SQL of the test's own.
  void execute(std::string_view text, std::vector<std::string> cells = {}) {
    const std::vector<sql::Cell> all(cells.begin(), cells.end());
    write([&](Tx& tx) { tx.connection.run(sql::query(text), std::span<const sql::Cell>(all)); });
  }
  std::int64_t number(std::string_view text) {
    return read([&](Tx& tx) { return sql::number(tx.connection, text); });
  }

  std::unique_ptr<Engine> engine;
  loop::Loop loop;
  SetClock clock;
  base::Rng rng{1};
  std::unique_ptr<Store> store;
};

/// The fixture of the conformance suite.
class Conformance : public testing::TestWithParam<EngineCase>, public World {
 protected:
  Conformance() : World(GetParam().make()) {}
};

/// Rows about a run, by table. Every table of the schema that has a column `run` is looked at.
inline std::map<std::string, std::int64_t> rows_of(World& world, model::RunId id) {
  std::map<std::string, std::int64_t> rows;
  const auto count = [&](const std::string& table, const std::string& column) {
    const auto n = world.number("select count(*) from " + table + " where " + column + " = '" +
                                id.str() + "'");
    if (n > 0) rows[table] = n;
  };
  count("runs", "id");
  static const std::regex tables(R"(create table (\w+) \(([^;]*?)\n\))");
  for (const auto& step : sql::migrations) {
    const std::string text(step.sqlite);
    for (std::sregex_iterator at(text.begin(), text.end(), tables), end; at != end; ++at)
      if ((*at)[2].str().find("\n  run text") != std::string::npos) count((*at)[1], "run");
  }
  return rows;
}

}  // namespace store
