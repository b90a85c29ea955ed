#pragma once

#include <functional>
#include <memory>

#include "control/link.h"
#include "control/loops.h"
#include "control/scene.h"
#include "sim/database.h"

namespace sim {

/// One start of a server: the real control room on the world's database. A new start remembers
/// nothing but what is stored.
struct Server {
  Server(Timeline&, loop::Executor, sql::Database&, loop::Pool&, const Weather&, base::Rng&, Skew,
         const control::Limits&, std::function<void()> committed);

  /// Starts its loops.
  void start();

  Process process;
  FaultyDatabase* database = nullptr;  // inside the store
  std::unique_ptr<store::Store> store;
  std::unique_ptr<control::Scene> scene;
  std::unique_ptr<control::Link> link;
};

}  // namespace sim
