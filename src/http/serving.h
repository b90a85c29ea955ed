#pragma once

#include <list>

#include "base/metrics.h"
#include "base/rng.h"
#include "http/server.h"
#include "loop/bell.h"

namespace http {

class Connection;

/// What a server and its connections share. Internal to this room.
struct Serving {
  Serving(loop::Clock&, ServerLimits, Handler);

  /// Counts an answered request.
  void count(int status);
  /// A request id: 15 hex digits.
  std::string make_id();

  loop::Clock& clock;
  const ServerLimits limits;
  const Handler handler;
  base::Rng rng;
  bool stopping = false;
  std::list<Connection*> connections;
  /// Connections that are not here yet: TLS has only begun.
  std::size_t handshakes = 0;
  /// Rings when a connection has ended.
  loop::Bell ended;

  base::metrics::Counter* by_class[6];
  base::metrics::Gauge& open;
  base::metrics::Histogram& seconds;
};

}  // namespace http
