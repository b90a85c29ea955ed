#pragma once

#include <memory>
#include <string>

#include "api/context.h"

namespace api {

/// The HTTP API: every route of the table, with who may call it. Loop thread only; outlives the
/// streams of its responses.
class Api {
 public:
  Api(control::Scene&, control::Link&, auth::Gate&, base::Rng&, Settings = {});
  ~Api();

  /// Answers a request whose target was split. Refusals are problems; what it throws is a failure
  /// of the server.
  loop::Task<http::Response> handle(http::Request&);

  /// The most bytes that the body of a request may have, by its head. Before a caller is known to
  /// be the administrator, `stranger_bytes_max` at most (agents: the route's).
  std::size_t body_limit(const http::Request& head) const;
  static constexpr std::size_t stranger_bytes_max = 1 << 20;

  /// Ends what runs in the background. Await it before the API is destroyed.
  loop::Task<> stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The OpenAPI 3.1 document of the route table, pretty-printed, with a newline at its end.
std::string openapi_json();

}  // namespace api
