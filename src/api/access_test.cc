#include "api/route.h"
#include "api/testing.h"
#include "model/names.h"

namespace api::testing {
namespace {

/// Every route with its access. A new route fails here first: say who may call it.
constexpr std::string_view golden = R"(
POST /api/v1/projects/{project}/runs invoke submit_run
GET /api/v1/projects/{project}/runs read list_runs
GET /api/v1/projects/{project}/runs/{run} read get_run
POST /api/v1/projects/{project}/runs/{run}/cancel invoke cancel_run
GET /api/v1/projects/{project}/runs/{run}/explain read explain_run
GET /api/v1/projects/{project}/runs/{run}/jobs read list_jobs
GET /api/v1/projects/{project}/runs/{run}/jobs/{job} read get_job
GET /api/v1/projects/{project}/runs/{run}/jobs/{job}/attempts read list_attempts
GET /api/v1/projects/{project}/runs/{run}/jobs/{job}/log read read_log
GET /api/v1/projects/{project}/events read follow_events
POST /api/v1/projects/{project}/pipelines invoke store_pipeline
GET /api/v1/projects/{project}/pipelines read list_pipelines
GET /api/v1/projects/{project}/pipelines/{pipeline} read get_pipeline
GET /api/v1/clusters read list_clusters
GET /api/v1/clusters/{cluster} read get_cluster
GET /api/v1/agents read list_agents
POST /api/v1/agents admin create_agent
POST /api/v1/agents/{agent}/rotate admin rotate_agent
POST /api/v1/agents/{agent}/revoke admin revoke_agent
POST /api/v1/agents/{agent}/confirm-prune admin confirm_prune
POST /api/v1/clusters/{cluster}/forget admin forget_cluster
POST /link/v1/open agent open_session
POST /link/v1/renew agent renew_session
POST /link/v1/close agent close_session
GET /link/v1/pull agent pull
POST /link/v1/reports agent report
POST /link/v1/logs agent upload_logs
GET /api read chainr_resources
GET /api/runs read chainr_list_runs
POST /api/runs invoke chainr_create_run
GET /api/runs/{run} read chainr_get_run
POST /execute invoke job_runner_execute
GET /execution/{id} read job_runner_get_execution
GET /healthcheck open job_runner_healthcheck
GET /healthz open healthz
GET /readyz open readyz
GET /metrics read metrics
GET /openapi.json read openapi
)";

/// A path of a route, with some text in its places.
std::string path_of(const Route& route) {
  std::string path(route.path);
  for (auto open = path.find('{'); open != path.npos; open = path.find('{')) {
    const auto close = path.find('}');
    const bool project = path.substr(open, close + 1 - open) == "{project}";
    path.replace(open, close + 1 - open, project ? "default" : "x");
  }
  return path;
}

int status_for(World& w, const Route& route, const std::string& authorization) {
  return w.call(route.verb, path_of(route), "", {{"Authorization", authorization}}).status;
}

TEST(Access, IsWhatTheGoldenListSays) {
  std::string listed = "\n";
  for (const auto& route : routes())
    listed += std::string(http::to_string(route.verb)) + " " + std::string(route.path) + " " +
              std::string(model::word(route.access)) + " " + std::string(route.name) + "\n";
  EXPECT_EQ(listed, golden);
}

TEST(Access, HoldsForEveryRouteAndEveryCaller) {
  World w;
  const Agent agent(w, "c1");
  const std::string nobody[] = {"",
                                "Bearer",
                                "Bearer ",
                                "Bearer x",
                                "Basic " + w.admin,
                                "Bearer " + seal::make_token(),
                                "Bearer " + w.admin + "x"};
  for (const auto& route : routes()) {
    const bool open = route.access == auth::Access::open;
    const bool link = route.access == auth::Access::agent;
    for (const auto& token : nobody)
      EXPECT_EQ(status_for(w, route, token) == 401, !open) << route.name << " with " << token;
    const int by_admin = status_for(w, route, "Bearer " + w.admin);
    const int by_agent = status_for(w, route, "Bearer " + agent.key);
    EXPECT_NE(by_admin, 401) << route.name;
    EXPECT_NE(by_agent, 401) << route.name;
    EXPECT_EQ(by_admin == 403, link) << route.name;
    EXPECT_EQ(by_agent == 403, !link && !open) << route.name;
  }
}

TEST(Access, IsRefusedInWords) {
  World w;
  const auto none = w.get(home + "/runs", {{"Authorization", ""}});
  EXPECT_EQ(none.text("/code"), "unauthenticated");
  EXPECT_EQ(none.headers.get("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(none.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(none.body.find(w.admin), std::string::npos);
  EXPECT_EQ(w.post("/link/v1/renew", "{}").text("/code"), "forbidden");
}

TEST(Routes, TellUnknownPathsAndVerbs) {
  World w;
  EXPECT_EQ(w.get("/").status, 404);
  EXPECT_EQ(w.get("/nowhere").text("/code"), "no_such_path");
  EXPECT_EQ(w.get(home + "/runs/").status, 404);
  EXPECT_EQ(w.get("/api/v1/projects//runs").status, 404);
  EXPECT_EQ(w.get("/api/v1/projects/other/runs").text("/code"), "no_such_project");
  const auto other = w.call(http::Verb::delete_, home + "/runs");
  EXPECT_EQ(other.status, 405);
  EXPECT_EQ(other.headers.get("Allow"), "POST, GET, HEAD");
  EXPECT_EQ(other.text("/code"), "no_such_method");
  EXPECT_EQ(w.call(http::Verb::head, home + "/runs").status, 200);
}

TEST(Routes, LimitBodiesByPathAndCaller) {
  World w;
  const Agent agent(w, "c1");
  const auto limit = [&](http::Verb verb, const std::string& target, const std::string& token) {
    http::Request head;
    head.verb = verb;
    head.target = target;
    head.headers.set("Authorization", "Bearer " + token);
    EXPECT_TRUE(http::split_target(head));
    return w.api.body_limit(head);
  };
  EXPECT_EQ(limit(http::Verb::post, home + "/runs", w.admin), 32u << 20);
  EXPECT_EQ(limit(http::Verb::post, home + "/runs", "x"), 1u << 20);
  EXPECT_EQ(limit(http::Verb::post, "/link/v1/logs", agent.key), 24u << 20);
  EXPECT_EQ(limit(http::Verb::get, home + "/runs", w.admin), 64u << 10);
  EXPECT_EQ(limit(http::Verb::post, "/nowhere", w.admin), 64u << 10);
}

}  // namespace
}  // namespace api::testing
