#pragma once

#include "api/route.h"

namespace api {

/// What a verb and a path lead to.
struct Match {
  const Route* route = nullptr;  ///< Null: no route of this verb, or none at all.
  std::vector<std::pair<std::string_view, std::string_view>> places;
  std::string allow;  ///< The verbs of this path, as Allow lists them; empty: an unknown path.
};

/// Finds routes by verb and path. A GET route answers HEAD too.
class Router {
 public:
  explicit Router(std::span<const Route>);

  /// Finds by the request's verb and decoded segments; the places show into the request.
  Match find(const http::Request&) const;

 private:
  struct Line {
    const Route* route;
    std::vector<std::string_view> segments;
  };
  std::vector<Line> lines_;
};

/// The segments of a route's path.
std::vector<std::string_view> path_segments(std::string_view path);
/// Whether a segment is a place, `{run}`.
bool is_place(std::string_view segment);
std::string_view place_name(std::string_view segment);

}  // namespace api
