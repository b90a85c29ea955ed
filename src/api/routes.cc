#include "api/handlers.h"

namespace api {
namespace {

using auth::Access;
using http::Verb;

constexpr std::size_t kib = 1024, mib = 1024 * kib;
constexpr About created = {.statuses = {201}};
constexpr About pipeline_body = {
    .statuses = {201, 200}, .body_bytes_max = 32 * mib, .reads = Reads::yaml};
constexpr About run_body = {
    .statuses = {201}, .body_bytes_max = 32 * mib, .header = "Idempotency-Key"};
constexpr About chainr_body = {
    .statuses = {202}, .body_bytes_max = 32 * mib, .reads = Reads::anything};
constexpr About execute_body = {.body_bytes_max = 8 * kib, .reads = Reads::anything};
constexpr About gone = {.statuses = {204}};
constexpr About text = {.produces = "text/plain"};
constexpr About log = {.produces = "text/plain", .header = "Last-Event-ID"};
constexpr About events = {.produces = "text/event-stream", .header = "Last-Event-ID"};
constexpr About batches = {.produces = "application/x-ndjson"};

constexpr Route table[] = {
    route<submit_run>(Verb::post, "/api/v1/projects/{project}/runs", Access::invoke,
                      "Starts a run of a stored pipeline or of one in the request.", run_body),
    route<list_runs>(Verb::get, "/api/v1/projects/{project}/runs", Access::read,
                     "Lists runs, newest first."),
    route<get_run>(Verb::get, "/api/v1/projects/{project}/runs/{run}", Access::read,
                   "Shows a run."),
    route<cancel_run>(Verb::post, "/api/v1/projects/{project}/runs/{run}/cancel", Access::invoke,
                      "Asks a run to stop. Asking again, or too late, changes nothing."),
    route<explain_run>(Verb::get, "/api/v1/projects/{project}/runs/{run}/explain", Access::read,
                       "Says why a run or one of its jobs is as it is."),
    route<list_jobs>(Verb::get, "/api/v1/projects/{project}/runs/{run}/jobs", Access::read,
                     "Lists the jobs of a run in the order of its pipeline."),
    route<get_job>(Verb::get, "/api/v1/projects/{project}/runs/{run}/jobs/{job}", Access::read,
                   "Shows a job."),
    route<list_attempts>(Verb::get, "/api/v1/projects/{project}/runs/{run}/jobs/{job}/attempts",
                         Access::read, "Lists the attempts of a job, oldest first."),
    route<read_log>(Verb::get, "/api/v1/projects/{project}/runs/{run}/jobs/{job}/log", Access::read,
                    "Reads or follows the output of an attempt; with Accept: text/event-stream as "
                    "events that carry the stream and the offset of their text.",
                    log),
    route<follow_events>(Verb::get, "/api/v1/projects/{project}/events", Access::read,
                         "Follows what changes, as server-sent events numbered in their order.",
                         events),
    route<store_pipeline>(Verb::post, "/api/v1/projects/{project}/pipelines", Access::invoke,
                          "Stores a pipeline under its name: 201 if anything is new, else 200.",
                          pipeline_body),
    route<list_pipelines>(Verb::get, "/api/v1/projects/{project}/pipelines", Access::read,
                          "Lists the stored pipelines by name."),
    route<get_pipeline>(Verb::get, "/api/v1/projects/{project}/pipelines/{pipeline}", Access::read,
                        "Shows a pipeline with its spec."),
    route<list_clusters>(Verb::get, "/api/v1/clusters", Access::read, "Lists clusters by name."),
    route<get_cluster>(Verb::get, "/api/v1/clusters/{cluster}", Access::read, "Shows a cluster."),
    route<list_agents>(Verb::get, "/api/v1/agents", Access::read, "Lists agents by name."),
    route<create_agent>(Verb::post, "/api/v1/agents", Access::admin,
                        "Adds an agent and its cluster. Its key is shown this one time.", created),
    route<rotate_agent>(Verb::post, "/api/v1/agents/{agent}/rotate", Access::admin,
                        "Gives an agent another key, shown this one time. The old one stays good "
                        "for a while, unless it was revoked."),
    route<revoke_agent>(Verb::post, "/api/v1/agents/{agent}/revoke", Access::admin,
                        "Takes an agent's keys back and ends its session. What runs goes on, "
                        "unseen until there is an agent with a new key."),
    route<confirm_prune>(Verb::post, "/api/v1/agents/{agent}/confirm-prune", Access::admin,
                         "Lets an agent remove the objects that it left alone because the server "
                         "does not know them."),
    route<forget_cluster>(Verb::post, "/api/v1/clusters/{cluster}/forget", Access::admin,
                          "Gives a cluster up for good, with its agent: its attempts are lost, and "
                          "nobody waits for them any more.",
                          gone),

    route<open_session>(Verb::post, "/link/v1/open", Access::agent,
                        "Opens a session: the agent takes hold of its cluster."),
    route<renew_session>(Verb::post, "/link/v1/renew", Access::agent,
                         "Extends the lease of a session."),
    route<close_session>(Verb::post, "/link/v1/close", Access::agent,
                         "Releases the cluster at a clean stop.", gone),
    route<pull>(Verb::get, "/link/v1/pull", Access::agent,
                "Streams what belongs on the cluster: a batch a line, an empty one when quiet.",
                batches),
    route<report>(Verb::post, "/link/v1/reports", Access::agent,
                  "Takes what the agent saw of attempts.", About{.body_bytes_max = 8 * mib}),
    route<upload_logs>(Verb::post, "/link/v1/logs", Access::agent,
                       "Takes pieces of logs; says how much of each log is stored.",
                       About{.body_bytes_max = 24 * mib}),

    route<chainr_resources>(Verb::get, "/api", Access::read, "chainr: says what there is."),
    route<chainr_list_runs>(Verb::get, "/api/runs", Access::read,
                            "chainr: lists the newest 100 runs."),
    route<chainr_create_run>(Verb::post, "/api/runs", Access::invoke, "chainr: runs a pipeline.",
                             chainr_body),
    route<chainr_get_run>(Verb::get, "/api/runs/{run}", Access::read, "chainr: shows a run."),

    route<job_runner_execute>(Verb::post, "/execute", Access::invoke,
                              "kube-job-runner: runs an image.", execute_body),
    route<job_runner_get_execution>(Verb::get, "/execution/{id}", Access::read,
                                    "kube-job-runner: shows what became of it."),
    route<job_runner_healthcheck>(Verb::get, "/healthcheck", Access::open,
                                  "kube-job-runner: says that the process lives.", text),

    route<healthz>(Verb::get, "/healthz", Access::open, "Says that the process lives.", text),
    route<readyz>(Verb::get, "/readyz", Access::open, "Says that the store answers.", text),
    route<metrics>(Verb::get, "/metrics", Access::read, "Metrics in the OpenMetrics format.",
                   About{.produces = "application/openmetrics-text"}),
    route<openapi>(Verb::get, "/openapi.json", Access::read, "This document."),
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace api
