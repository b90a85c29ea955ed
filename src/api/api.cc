#include "api/api.h"

#include <fmt/format.h>

#include "api/problems.h"
#include "api/router.h"
#include "base/log.h"
#include "json/position.h"

namespace api {
namespace {

using base::Result;

/// Whether a path belongs to the routes that answer as chainr does.
bool is_chainr(const http::Request& request) {
  const auto& s = request.segments;
  return !s.empty() && s[0] == "api" && (s.size() == 1 || s[1] != "v1");
}

base::Error unknown_path() {
  return base::not_found("no_such_path",
                         "nothing is at this path; /openapi.json lists what there is");
}

base::Error unknown_verb(const http::Request& request, const Match& match) {
  return base::invalid("no_such_method", fmt::format("{} is not possible here, only {}",
                                                     json::excerpt(request.method), match.allow));
}

base::Error unknown_project(std::string_view name) {
  return base::not_found("no_such_project", fmt::format("there is no project '{}', only '{}'",
                                                        json::excerpt(name), the_project));
}

}  // namespace

struct Api::State {
  Shared shared;
  Router router;

  loop::Task<Result<http::Response>> answer(http::Request& request, const Match& match) {
    if (!match.route) co_return match.allow.empty() ? unknown_path() : unknown_verb(request, match);
    Context context{.shared = shared,
                    .scene = shared.scene,
                    .request = request,
                    .route = *match.route,
                    .places = match.places};
    auto caller = co_await shared.gate.admit(request, match.route->access);
    if (!caller) co_return caller.error();
    context.caller = std::move(*caller);
    const auto project = context.place("project");
    if (!project.empty() && project != the_project) co_return unknown_project(project);
    co_return co_await match.route->serve(context);
  }
};

Api::Api(control::Scene& scene, control::Link& link, auth::Gate& gate, base::Rng& rng,
         Settings settings)
    : state_(
          new State{{.scene = scene, .link = link, .gate = gate, .settings = settings, .rng = rng},
                    Router(routes())}) {}

Api::~Api() = default;

loop::Task<http::Response> Api::handle(http::Request& request) {
  const auto match = state_->router.find(request);
  Result<http::Response> response = base::Error{};
  try {
    response = co_await state_->answer(request, match);
  } catch (const store::DatabaseFailure& failure) {
    if (!failure.full) throw;
    base::log::error("the disk of the database is full", {{"error", failure.what()}});
    response = base::Error{base::Kind::exhausted,
                           "storage_full",
                           "the server's disk is full; nothing was changed",
                           {}};
  }
  if (response) co_return std::move(*response);
  auto refused = is_chainr(request) ? chainr_problem(response.error()) : problem(response.error());
  if (refused.status == 405) refused.headers.set("Allow", match.allow);
  co_return refused;
}

std::size_t Api::body_limit(const http::Request& head) const {
  const auto match = state_->router.find(head);
  if (!match.route) return inline_bytes_max;
  const auto max =
      std::min(match.route->about.body_bytes_max, state_->shared.settings.body_bytes_max);
  if (match.route->access == auth::Access::agent || state_->shared.gate.is_admin(head)) return max;
  return std::min(max, stranger_bytes_max);
}

loop::Task<> Api::stop() {
  if (state_->shared.probes) co_await state_->shared.probes->stop();
}

http::Response detail::finish(Context& context, http::Response response) {
  if (context.status != 0)
    response.status = context.status;
  else if (response.status == 200)
    response.status = context.route.about.statuses[0];
  for (const auto& header : context.headers) response.headers.set(header.name, header.value);
  return response;
}

}  // namespace api
