#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/client.h"
#include "kube/request.h"

namespace kube {

/// An answer of the API server, read whole, whatever its status.
struct Response {
  int status = 0;
  std::string body = {};
  std::optional<base::Micros> retry_after = {};
};

/// The API of one cluster: the seam where a simulation puts a cluster of its own. Deadlines are
/// exact: nothing is sent after them. Loop thread only.
class Api {
 public:
  virtual ~Api() = default;
  /// Sends and reads the whole response. Throws base::Failure when there is none before this
  /// moment.
  virtual loop::Task<Response> send(Request, base::Mono until) = 0;
  /// For watches and logs: returns when the head of the response is here.
  virtual loop::Task<std::unique_ptr<http::Incoming>> open(Request, base::Mono until) = 0;
};

}  // namespace kube
