#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/facts.h"
#include "store/store.h"

namespace store {

/// One entry of the public history: what changed in one run in one transaction.
struct FeedRow {
  std::int64_t seq = 0;  ///< Grows in the order of commits.
  base::Time at;
  std::string run;
  std::string body;  ///< JSON; ARCHITECTURE.md, "The feed".
};

void insert_feed(Tx&, model::RunId, std::string_view body);
/// Entries after `after`, of all runs or of one (when `run` is not empty): at most `limit`, and
/// fewer when their bodies come to `bytes_max`, which they pass by a few entries at most.
std::vector<FeedRow> read_feed(Tx&, std::int64_t after, std::string_view run, std::size_t limit,
                               std::size_t bytes_max = SIZE_MAX);

struct FeedBounds {
  std::int64_t first = 0, last = 0;  ///< 0 when it is empty
};
FeedBounds feed_bounds(Tx&);
std::int64_t trim_feed(Tx&, base::Time before, std::size_t limit);

/// A follow-up that waits for its own transaction.
struct Continuation {
  std::int64_t id = 0;
  model::RunId run;
  core::StoredFact fact;
};
void insert_continuations(Tx&, model::RunId, const std::vector<core::Fact>&);
std::vector<Continuation> read_continuations(Tx&, std::size_t limit);
/// True for the one who took it.
bool take_continuation(Tx&, std::int64_t id);

/// The answer that a request with this idempotency key got.
struct Remembered {
  std::string request_hash;
  int status = 0;
  std::string body;
};
std::optional<Remembered> find_idempotency(Tx&, std::string_view project, std::string_view route,
                                           std::string_view key);
void insert_idempotency(Tx&, std::string_view project, std::string_view route, std::string_view key,
                        const Remembered&);
/// Forgets a few keys older than this whose run has ended; how many.
std::int64_t trim_idempotency(Tx&, base::Time before, std::size_t limit);

}  // namespace store
