#include "sim/database.h"

#include "sql/breaking.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

std::exception_ptr failure(const char* why) {
  return std::make_exception_ptr(sql::DatabaseFailure(std::string("simulated: ") + why, false));
}

}  // namespace

FaultyDatabase::FaultyDatabase(Timeline& timeline, sql::Database& inner, Process& process,
                               const Weather& weather, base::Rng& rng,
                               std::function<void()> committed)
    : timeline_(timeline),
      inner_(inner),
      process_(process),
      weather_(weather),
      rng_(rng),
      committed_(std::move(committed)) {}

void FaultyDatabase::settle(sql::Work work, std::exception_ptr error) {
  timeline_.after(between(rng_, 10us, 1ms), [work = std::move(work), error] { work.done(error); });
}

void FaultyDatabase::write(sql::Work work) {
  if (!open_) return inner_.write(std::move(work));
  free_ = std::max(free_, timeline_.now()) + between(rng_, 100us, 3ms);
  timeline_.at(free_, [this, work = std::move(work)]() mutable { write_now(std::move(work)); });
}

void FaultyDatabase::write_now(sql::Work work) {
  if (!process_.alive()) return settle(std::move(work), failure("the server is dead"));
  const bool trouble = rng_.chance(weather_.store_fails);
  const auto kind = trouble ? rng_.below(4) : 4;
  if (kind == 0) return settle(std::move(work), failure("nothing was begun"));
  auto left = kind == 1 ? std::int64_t(rng_.below(12)) : -1;
  std::exception_ptr error;
  inner_.write({[&](sql::Connection& c) {
                  sql::BreakingConnection breaking(c, left);
                  work.body(breaking);
                  if (kind == 2) std::rethrow_exception(failure("it broke before its commit"));
                },
                [&](std::exception_ptr e) { error = e; }});
  if (!error) committed_();
  if (!error && kind == 3) error = failure("its commit was not answered");
  settle(std::move(work), error);
}

void FaultyDatabase::read(sql::Work work) {
  if (!open_) return inner_.read(std::move(work));
  timeline_.after(between(rng_, 10us, 1ms), [this, work = std::move(work)]() mutable {
    if (!process_.alive()) return settle(std::move(work), failure("the server is dead"));
    if (rng_.chance(weather_.store_fails / 4))
      return settle(std::move(work), failure("the read failed"));
    std::exception_ptr error;
    inner_.read({work.body, [&](std::exception_ptr e) { error = e; }});
    settle(std::move(work), error);
  });
}

}  // namespace sim
