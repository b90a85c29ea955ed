#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "kube/api.h"

namespace kube {

/// Why an object was refused: one of `details.causes`.
struct Cause {
  std::string reason;
  std::string message;
  std::string field;  ///< `spec.containers[0].image`
  friend bool operator==(const Cause&, const Cause&) = default;
};

/// What the API server says about a call that it did not do (kind `Status`, meta/v1).
struct Status {
  int code = 0;
  std::string reason = {};  ///< `AlreadyExists`, `Expired`, …
  std::string message = {};
  std::vector<Cause> causes = {};
  std::optional<base::Micros> retry_after = {};
  friend bool operator==(const Status&, const Status&) = default;
};

/// Nothing when the text is no Status.
std::optional<Status> parse_status(std::string_view json);
/// The status of a response that is not 2xx; from its code alone when the body is something else.
Status status_of(const Response&);
/// One sentence for people: `409 AlreadyExists: pods "a" already exists`.
std::string describe(const Status&);

}  // namespace kube
