#pragma once

#include <memory>

#include "kube/api.h"
#include "kube/config.h"
#include "loop/clock.h"
#include "net/tcp.h"

namespace kube {

/// The API of a real cluster. Calls and streams have connections of their own, so that neither
/// keeps the other waiting; calls take turns (see kube/throttle.h). A request that is answered 401
/// is sent once more with fresh credentials, if there are others. Loop thread only; it outlives its
/// calls.
class Client final : public Api {
 public:
  Client(loop::Clock&, Config);
  /// Over what this dialer makes, TLS on top where the config wants it; for a gate of tests.
  Client(loop::Clock&, Config, net::Dialer& below);
  ~Client() override;

  loop::Task<Response> send(Request, base::Mono until) override;
  loop::Task<std::unique_ptr<http::Incoming>> open(Request, base::Mono until) override;
  const Config& config() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kube
