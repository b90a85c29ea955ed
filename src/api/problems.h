#pragma once

#include "base/result.h"
#include "http/message.h"

namespace api {

/// A refusal as `application/problem+json`, with the status of its code or else of its kind.
http::Response problem(const base::Error&);
/// The same for the routes of chainr: `{"kind": "Error", "error": "…"}`; what is not valid is 400.
http::Response chainr_problem(const base::Error&);

base::Error no_such_run(std::string_view id);
base::Error bad_query(std::string message);

}  // namespace api
