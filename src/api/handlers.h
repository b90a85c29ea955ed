#pragma once

#include "api/body.h"
#include "api/chainr.h"
#include "api/execute.h"
#include "api/paging.h"
#include "api/query.h"
#include "api/route.h"
#include "json/blob.h"
#include "model/link.h"
#include "model/views.h"

/// The handlers of the route table. Each is documented by its line there.
namespace api {

struct PageQuery {
  PageLimit limit;
  std::string cursor;
  static constexpr std::string_view notes[] = {"How many at most.",
                                               "Where to go on: `next` or `previous` of a page."};
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, cursor))

// Runs

struct RunsQuery {
  std::optional<model::RunState> state;
  std::string pipeline;
  std::string label;
  std::optional<base::Time> since;
  std::optional<base::Time> until;
  PageLimit limit;
  std::string cursor;
  static constexpr std::string_view notes[] = {"Only runs in this state.",
                                               "Only runs of this pipeline.",
                                               "Only runs with this label, `key=value`.",
                                               "Only runs created at this moment or later.",
                                               "Only runs created before this moment.",
                                               "How many at most.",
                                               "Where to go on: `next` or `previous` of a page."};
};
BOOST_DESCRIBE_STRUCT(RunsQuery, (), (state, pipeline, label, since, until, limit, cursor))

struct ExplainQuery {
  std::string job;
  static constexpr std::string_view notes[] = {"Explain this job instead of the run."};
};
BOOST_DESCRIBE_STRUCT(ExplainQuery, (), (job))

loop::Task<base::Result<model::RunView>> submit_run(Context&, model::RunRequest);
loop::Task<base::Result<model::Page<model::RunView>>> list_runs(Context&, RunsQuery);
loop::Task<base::Result<model::RunView>> get_run(Context&);
loop::Task<base::Result<model::RunView>> cancel_run(Context&);
loop::Task<base::Result<model::Explanation>> explain_run(Context&, ExplainQuery);

/// A run as it is now.
loop::Task<base::Result<model::RunView>> read_run_view(control::Scene&, std::string id);

// Jobs

struct JobsQuery {
  std::optional<model::JobState> state;
  PageLimit limit;
  std::string cursor;
  static constexpr std::string_view notes[] = {"Only jobs in this state.", "How many at most.",
                                               "Where to go on: `next` or `previous` of a page."};
};
BOOST_DESCRIBE_STRUCT(JobsQuery, (), (state, limit, cursor))

struct LogQuery {
  std::optional<std::uint32_t> attempt;
  std::string stream;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> tail;
  std::optional<std::uint64_t> limit;
  bool timestamps = false;
  bool follow = false;
  static constexpr std::string_view notes[] = {
      "The number of an attempt; the latest otherwise.",
      "The name of a stream (`streams` of an attempt); else main or first. `*`: all, as events.",
      "Where to begin, in bytes.",
      "Begin with so many lines before the end, of its last 1 MiB at most.",
      "How many bytes at most.",
      "Show when each line was written, where that is known.",
      "Go on until the log is whole."};
};
BOOST_DESCRIBE_STRUCT(LogQuery, (), (attempt, stream, offset, tail, limit, timestamps, follow))

loop::Task<base::Result<model::Page<model::JobView>>> list_jobs(Context&, JobsQuery);
loop::Task<base::Result<model::JobView>> get_job(Context&);
loop::Task<base::Result<model::Page<model::AttemptView>>> list_attempts(Context&, PageQuery);
loop::Task<base::Result<http::Response>> read_log(Context&, LogQuery);

// Events

struct EventsQuery {
  std::optional<std::int64_t> after;
  std::string run;
  static constexpr std::string_view notes[] = {
      "Begin after this event; otherwise with what happens from now on.",
      "Only events of this run; after its last one comes `end`."};
};
BOOST_DESCRIBE_STRUCT(EventsQuery, (), (after, run))

loop::Task<base::Result<http::Response>> follow_events(Context&, EventsQuery);

// Pipelines

struct VersionQuery {
  std::optional<std::int64_t> version;
  static constexpr std::string_view notes[] = {"This version instead of the latest."};
};
BOOST_DESCRIBE_STRUCT(VersionQuery, (), (version))

loop::Task<base::Result<model::PipelineStored>> store_pipeline(Context&, Tree<model::PipelineSpec>);
loop::Task<base::Result<model::Page<model::PipelineView>>> list_pipelines(Context&, PageQuery);
loop::Task<base::Result<model::PipelineView>> get_pipeline(Context&, VersionQuery);

// Clusters and agents

loop::Task<base::Result<model::Page<model::ClusterView>>> list_clusters(Context&, PageQuery);
loop::Task<base::Result<model::ClusterView>> get_cluster(Context&);
loop::Task<base::Result<Nothing>> forget_cluster(Context&, model::ClusterForget);
loop::Task<base::Result<model::Page<model::AgentView>>> list_agents(Context&, PageQuery);
loop::Task<base::Result<model::AgentCreated>> create_agent(Context&, model::AgentRequest);
loop::Task<base::Result<model::AgentCreated>> rotate_agent(Context&, model::KeyRotation);
loop::Task<base::Result<model::AgentView>> revoke_agent(Context&);
loop::Task<base::Result<model::AgentView>> confirm_prune(Context&);

// The link

struct PullQuery {
  std::uint64_t epoch = 0;
  std::uint64_t after = 0;
  static constexpr std::string_view required_members[] = {"epoch"};
  static constexpr std::string_view notes[] = {
      "Of the session.", "The revision of the last batch; 0 at the start of a session."};
};
BOOST_DESCRIBE_STRUCT(PullQuery, (), (epoch, after))

loop::Task<base::Result<model::Session>> open_session(Context&, Tree<model::Hello>);
loop::Task<base::Result<model::Session>> renew_session(Context&, model::Renewal);
loop::Task<base::Result<Nothing>> close_session(Context&, model::SessionKey);
loop::Task<base::Result<model::Answers>> report(Context&, model::Reports);
loop::Task<base::Result<model::Uploaded>> upload_logs(Context&, model::Uploads);
loop::Task<base::Result<http::Response>> pull(Context&, PullQuery);

// chainr

loop::Task<base::Result<chainr::ResourceList>> chainr_resources(Context&);
loop::Task<base::Result<chainr::RunList>> chainr_list_runs(Context&);
loop::Task<base::Result<chainr::Run>> chainr_create_run(Context&, Tree<model::PipelineSpec>);
loop::Task<base::Result<chainr::Run>> chainr_get_run(Context&);

// kube-job-runner

loop::Task<base::Result<job_runner::Accepted>> job_runner_execute(Context&,
                                                                  Tree<job_runner::Request>);
loop::Task<base::Result<job_runner::Execution>> job_runner_get_execution(Context&);
loop::Task<base::Result<http::Response>> job_runner_healthcheck(Context&);

// Probes

loop::Task<base::Result<http::Response>> healthz(Context&);
loop::Task<base::Result<http::Response>> readyz(Context&);
loop::Task<base::Result<http::Response>> metrics(Context&);
loop::Task<base::Result<http::Response>> openapi(Context&);

}  // namespace api
