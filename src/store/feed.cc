#include "store/feed.h"

#include <algorithm>

#include "sql/queries.h"
#include "store/rows.h"

namespace store {
namespace {
namespace q = sql::q;

/// Entries that are read before their size is looked at.
constexpr std::size_t entries_step = 4;

}  // namespace

void insert_feed(Tx& tx, model::RunId run, std::string_view body) {
  tx.connection.run(q::insert_feed, {base::to_micros(tx.now()), run.text(), body});
}

std::vector<FeedRow> read_feed(Tx& tx, std::int64_t after, std::string_view run, std::size_t limit,
                               std::size_t bytes_max) {
  std::vector<FeedRow> rows;
  std::size_t bytes = 0;
  const auto take = [&](const sql::Row& r) {
    rows.push_back({r.number(0), base::from_micros(r.number(1)), r.str(2), r.str(3)});
    bytes += rows.back().body.size();
    after = rows.back().seq;
  };
  // An entry of a large run is a thousand times one of a small run, and the next one may be of
  // either: a few at a time.
  for (auto step = bytes_max == SIZE_MAX ? limit : std::min(limit, entries_step); step > 0;
       step = std::min(limit - rows.size(), entries_step)) {
    const auto wanted = rows.size() + step;
    if (run.empty())
      tx.connection.run(q::read_feed, {after, step}, take);
    else
      tx.connection.run(q::read_run_feed, {run, after, step}, take);
    if (rows.size() < wanted || bytes >= bytes_max) break;
  }
  return rows;
}

FeedBounds feed_bounds(Tx& tx) {
  FeedBounds bounds;
  tx.connection.run(q::feed_bounds, {}, [&](const sql::Row& r) {
    bounds = {r.maybe_number(0).value_or(0), r.maybe_number(1).value_or(0)};
  });
  return bounds;
}

std::int64_t trim_feed(Tx& tx, base::Time before, std::size_t limit) {
  return tx.connection.run(q::trim_feed, {base::to_micros(before), limit});
}

void insert_continuations(Tx& tx, model::RunId run, const std::vector<core::Fact>& facts) {
  std::vector<sql::Cell> cells;
  for (const auto& fact : facts) {
    const auto s = core::stored(fact);
    cells.insert(cells.end(), {run.text(), s.kind, s.job, s.from});
  }
  if (!cells.empty()) tx.connection.run_rows(q::insert_continuation, 4, cells);
}

std::vector<Continuation> read_continuations(Tx& tx, std::size_t limit) {
  std::vector<Continuation> found;
  tx.connection.run(q::read_continuations, {limit}, [&](const sql::Row& r) {
    found.push_back(
        {r.number(0),
         read_id<model::RunId>(r.text(1)),
         {std::uint32_t(r.number(2)), std::uint32_t(r.number(3)), std::uint32_t(r.number(4))}});
  });
  return found;
}

bool take_continuation(Tx& tx, std::int64_t id) {
  return tx.connection.run(q::take_continuation, {id}) == 1;
}

std::optional<Remembered> find_idempotency(Tx& tx, std::string_view project, std::string_view route,
                                           std::string_view key) {
  std::optional<Remembered> found;
  tx.connection.run(q::find_idempotency, {project, route, key}, [&](const sql::Row& r) {
    found = Remembered{r.str(0), int(r.number(1)), r.str(2)};
  });
  return found;
}

void insert_idempotency(Tx& tx, std::string_view project, std::string_view route,
                        std::string_view key, const Remembered& r) {
  tx.connection.run(q::insert_idempotency, {project, route, key, r.request_hash, r.status, r.body,
                                            base::to_micros(tx.now())});
}

std::int64_t trim_idempotency(Tx& tx, base::Time before, std::size_t limit) {
  return tx.connection.run(q::trim_idempotency, {base::to_micros(before), limit});
}

}  // namespace store
