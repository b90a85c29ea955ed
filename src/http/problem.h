#pragma once

#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace http {

/// An `application/problem+json` response (RFC 9457): `{"type","title","status","code","detail"}`
/// and, when there are faults, `"errors":[{"pointer","detail"}]`.
Response problem(int status, std::string_view code, std::string_view detail,
                 const base::Faults& faults = {});

/// The status of a refusal: invalid is 422 (400 for `bad_json`, `bad_yaml`, `bad_query`),
/// unauthenticated 401, forbidden 403, not_found 404, conflict 409, exhausted 429.
int status_of(const base::Error&);

/// A refusal as a response; 401 carries WWW-Authenticate, 429 carries Retry-After.
Response problem(const base::Error&);

/// The reason phrase of a status, such as `Not Found`.
std::string_view reason_of(int status);

}  // namespace http
