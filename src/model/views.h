#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/value.h"
#include "model/run.h"

/// What the API shows, and what the CLI reads.
namespace model {

using LabelMap = std::map<std::string, std::string>;

/// A run. `jobs` counts its jobs by state.
struct RunView {
  std::string id;
  std::string project;
  std::string pipeline;
  std::optional<std::int64_t> version;
  RunState state = RunState::queued;
  std::string reason;  ///< Why it stopped or is held, in words; often empty.
  std::map<std::string, std::int64_t> jobs;
  std::int64_t jobs_total = 0;
  base::Value params;
  LabelMap labels;
  std::string origin;
  base::Time created;
  std::optional<base::Time> started;
  std::optional<base::Time> finished;
};
BOOST_DESCRIBE_STRUCT(RunView, (),
                      (id, project, pipeline, version, state, reason, jobs, jobs_total, params,
                       labels, origin, created, started, finished))

/// A job of a run.
struct JobView {
  std::int64_t index = 0;
  std::string name;
  JobState state = JobState::waiting;
  std::int64_t attempt = 0;     ///< The number of the latest attempt; 0 before the first.
  std::optional<Class> class_;  ///< Of the last failure.
  bool handled = false;         ///< It failed, and a dependant handled that.
  bool unreachable = false;     ///< Nobody can see its attempt at present.
  bool finally = false;
  std::string image;
  std::vector<Dependency> depends_on;
  base::Time since;
  std::optional<base::Time> due;  ///< When its present state ends by itself.
};
BOOST_DESCRIBE_STRUCT(JobView, (),
                      (index, name, state, attempt, class_, handled, unreachable, finally, image,
                       depends_on, since, due))

/// One stream of an attempt's output.
struct LogStreamView {
  std::string name;  ///< Empty: of its main process. Else `CONTAINER` or `POD/CONTAINER`.
  std::int64_t bytes = 0;
  std::optional<std::string> note;  ///< `complete`, or what is missing; absent while it grows.
  static constexpr std::string_view required_members[] = {"name"};
};
BOOST_DESCRIBE_STRUCT(LogStreamView, (), (name, bytes, note))

/// A try of a job.
struct AttemptView {
  std::int64_t attempt = 0;
  std::string cluster;
  std::string name;  ///< Of its object on the cluster.
  std::string uid;
  AttemptState state = AttemptState::assigned;
  std::optional<Class> class_;
  std::optional<std::int32_t> exit_code;
  std::optional<std::int32_t> signal;
  std::string message;
  base::Value outputs;  ///< The object that it left as its result; null when it left none.
  base::Time assigned;
  std::optional<base::Time> started;
  std::optional<base::Time> ended;
  std::string late;  ///< What was learnt after its end.
  // Of the stream without a name, else of the first one.
  std::int64_t log_bytes = 0;
  std::optional<std::string> log;  ///< `complete`, or what is missing; absent while it grows.
  std::vector<LogStreamView> streams;
};
BOOST_DESCRIBE_STRUCT(AttemptView, (),
                      (attempt, cluster, name, uid, state, class_, exit_code, signal, message,
                       outputs, assigned, started, ended, late, log_bytes, log, streams))

/// A stored pipeline. `spec` only where one is asked for.
struct PipelineView {
  std::string name;
  std::int64_t version = 0;
  std::int64_t jobs = 0;
  LabelMap labels;
  base::Time created;
  base::Value spec;
};
BOOST_DESCRIBE_STRUCT(PipelineView, (), (name, version, jobs, labels, created, spec))

/// A cluster and the session that holds it.
struct ClusterView {
  std::string name;
  std::string agent;
  /// `ready`; `troubled`: its agent is there and cannot work with it; `unreachable`: its agent is
  /// silent; `never`, before its agent first connects.
  std::string state;
  std::string trouble;  ///< Why it is troubled.
  std::string executor;
  std::string version;
  std::int64_t epoch = 0;
  std::int64_t live = 0;  ///< Attempts on it that have not ended.
  std::int64_t capacity = 0;
  LabelMap labels;
  std::optional<base::Time> lease;
  std::string kubernetes;  ///< The version of its API server.
  std::string namespace_;  ///< Where its Pods are.
  /// Objects that belong to nothing known here. They stay until somebody confirms their removal.
  std::int64_t prune_held = 0;
};
BOOST_DESCRIBE_STRUCT(ClusterView, (),
                      (name, agent, state, trouble, executor, version, epoch, live, capacity,
                       labels, lease, kubernetes, namespace_, prune_held))

struct AgentView {
  std::string id;
  std::string name;
  std::string cluster;
  base::Time created;
  std::optional<base::Time> revoked;
};
BOOST_DESCRIBE_STRUCT(AgentView, (), (id, name, cluster, created, revoked))

/// A page of a list. `next` and `previous` are cursors for `?cursor=`; absent at an end.
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next;
  std::optional<std::string> previous;
  static constexpr std::string_view required_members[] = {"items"};
};
BOOST_DESCRIBE_STRUCT(Page<RunView>, (), (items, next, previous))
BOOST_DESCRIBE_STRUCT(Page<JobView>, (), (items, next, previous))
BOOST_DESCRIBE_STRUCT(Page<AttemptView>, (), (items, next, previous))
BOOST_DESCRIBE_STRUCT(Page<PipelineView>, (), (items, next, previous))
BOOST_DESCRIBE_STRUCT(Page<ClusterView>, (), (items, next, previous))
BOOST_DESCRIBE_STRUCT(Page<AgentView>, (), (items, next, previous))

/// What `POST …/runs` takes: a stored pipeline by name, or a spec.
struct RunRequest {
  std::string pipeline;
  std::optional<std::int64_t> version;
  base::Value spec;
  std::map<std::string, base::Value> params;
  LabelMap labels;
  std::optional<std::string> payload;         ///< Text.
  std::optional<std::string> payload_base64;  ///< Or bytes.
  std::string payload_type;                   ///< Its content type.
};
BOOST_DESCRIBE_STRUCT(RunRequest, (),
                      (pipeline, version, spec, params, labels, payload, payload_base64,
                       payload_type))

/// What storing a pipeline came to: `created`, `updated` or `unchanged`.
struct PipelineStored {
  std::string name;
  std::int64_t version = 0;
  std::string change;
};
BOOST_DESCRIBE_STRUCT(PipelineStored, (), (name, version, change))

struct AgentRequest {
  std::string name;
  std::string cluster;
  static constexpr std::string_view required_members[] = {"name", "cluster"};
};
BOOST_DESCRIBE_STRUCT(AgentRequest, (), (name, cluster))

/// What rotating an agent's key takes.
struct KeyRotation {
  base::Micros grace = std::chrono::hours(1);  ///< For so long the old key is good, too.
};
BOOST_DESCRIBE_STRUCT(KeyRotation, (), (grace))

/// What forgetting a cluster takes.
struct ClusterForget {
  bool force = false;  ///< Although its agent is connected.
};
BOOST_DESCRIBE_STRUCT(ClusterForget, (), (force))

/// The one time that an agent's key is shown.
struct AgentCreated {
  AgentView agent;
  std::string key;
};
BOOST_DESCRIBE_STRUCT(AgentCreated, (), (agent, key))

/// Why a run or a job is as it is, in sentences.
struct Explanation {
  std::string run;
  std::string job;
  std::string state;
  std::vector<std::string> because;
};
BOOST_DESCRIBE_STRUCT(Explanation, (), (run, job, state, because))

/// The entry of a feed event about one job; see ARCHITECTURE.md, "The feed".
struct JobChange {
  std::int64_t index = 0;
  std::string name;
  JobState state = JobState::waiting;
  std::int64_t attempt = 0;
  std::optional<Class> class_;
  bool unreachable = false;
  bool handled = false;
};
BOOST_DESCRIBE_STRUCT(JobChange, (), (index, name, state, attempt, class_, unreachable, handled))

/// One event of the feed: what changed in one run in one transaction.
struct RunChange {
  std::string run;
  std::string project;
  std::string pipeline;
  RunState state = RunState::queued;
  std::vector<JobChange> jobs;
};
BOOST_DESCRIBE_STRUCT(RunChange, (), (run, project, pipeline, state, jobs))

}  // namespace model
