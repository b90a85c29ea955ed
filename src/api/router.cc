#include "api/router.h"

namespace api {
namespace {

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_place(pattern[i]) ? segments[i].empty() : pattern[i] != segments[i]) return false;
  }
  return true;
}

void allow(std::string& list, http::Verb verb) {
  if (!list.empty()) list += ", ";
  list += http::to_string(verb);
  if (verb == http::Verb::get) list += ", HEAD";
}

}  // namespace

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_place(std::string_view segment) { return segment.starts_with('{'); }

std::string_view place_name(std::string_view segment) {
  return segment.substr(1, segment.size() - 2);
}

Router::Router(std::span<const Route> routes) {
  for (const auto& route : routes) lines_.push_back({&route, path_segments(route.path)});
}

Match Router::find(const http::Request& request) const {
  Match match;
  const auto wanted = request.verb == http::Verb::head ? http::Verb::get : request.verb;
  for (const auto& [route, segments] : lines_) {
    if (!fits(segments, request.segments)) continue;
    allow(match.allow, route->verb);
    if (route->verb != wanted) continue;
    match.route = route;
    for (std::size_t i = 0; i < segments.size(); ++i)
      if (is_place(segments[i]))
        match.places.emplace_back(place_name(segments[i]), request.segments[i]);
  }
  return match;
}

}  // namespace api
