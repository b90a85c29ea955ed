#pragma once

#include <set>
#include <string>

#include "control/plans.h"
#include "core/run_machine.h"
#include "loop/bell.h"
#include "loop/offload.h"
#include "model/link.h"
#include "store/store.h"

namespace control {

/// What every part of the control room works with.
struct Limits {
  core::MachineLimits machine;
  std::uint32_t offers_max = 64;     ///< Offered and not yet created, per cluster.
  std::size_t dispatch_batch = 256;  ///< Attempts placed in one transaction.
  base::Micros lease = std::chrono::seconds(30);
  std::uint64_t log_bytes_max = 64 << 20;  ///< Of a stream of output that is kept.
};

/// The parts that live as long as the server. Bells ring on the loop thread only.
struct Scene {
  Scene(store::Store& s, loop::Clock& c, loop::Pool& p, core::PipelineLimits pipeline, Limits l)
      : store(s), clock(c), pool(p), plans(pipeline), limits(l), started(c.mono()) {}
  store::Store& store;
  loop::Clock& clock;
  loop::Pool& pool;
  Plans plans;
  Limits limits;
  base::Mono started;  ///< When this server did.
  loop::Bell queue;    ///< Something may be launched.
  loop::Bell links;    ///< An assignment changed.
  loop::Bell feed;     ///< The history grew.
  loop::Bell work;     ///< A follow-up or a nearer due time was stored.
  loop::Bell logs;     ///< Output arrived.
  /// Attempts whose output somebody follows, once for each of them. Loop thread only, too.
  std::multiset<model::AttemptKey> followed;
};

/// What a transaction touched, so that the right loops are woken after its commit.
struct Touched {
  bool queue = false, links = false, feed = false, work = false;
  void ring(Scene&) const;
  friend bool operator==(const Touched&, const Touched&) = default;
};

}  // namespace control
