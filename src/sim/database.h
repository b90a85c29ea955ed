#pragma once

#include <functional>
#include <memory>

#include "base/rng.h"
#include "sim/process.h"
#include "sim/weather.h"
#include "sql/database.h"

namespace sim {

/// One server's way to the database, which outlives it. Work takes time, may fail before, inside or
/// after its transaction, and has no effect once the server is dead.
class FaultyDatabase final : public sql::Database {
 public:
  /// `committed` is called after every commit, at once.
  FaultyDatabase(Timeline&, sql::Database& inner, Process&, const Weather&, base::Rng&,
                 std::function<void()> committed);

  void write(sql::Work) override;
  void read(sql::Work) override;
  /// Until then work is done at once and without trouble, as a server's start expects.
  void open() { open_ = true; }

 private:
  void write_now(sql::Work);
  void settle(sql::Work, std::exception_ptr);

  Timeline& timeline_;
  sql::Database& inner_;
  Process& process_;
  const Weather& weather_;
  base::Rng& rng_;
  std::function<void()> committed_;
  bool open_ = false;
  base::Mono free_{};  // when the writer has done what was asked of it
};

}  // namespace sim
