#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/box.h"
#include "base/time.h"
#include "base/value.h"
#include "model/pod_settings.h"

namespace model {

/// An object whose members keep the order they were written in.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

/// Why an attempt failed.
enum class Class {
  exit,           ///< The main process ended with a code that is not 0, or by a signal of its own.
  oom,            ///< Killed because it used more memory than its limit.
  image,          ///< The image could not be had.
  config,         ///< The job cannot start as it is written.
  queue_timeout,  ///< It waited longer for its turn than `timeouts.queue`.
  start_timeout,  ///< It took longer to start than `timeouts.start`.
  run_timeout,    ///< It ran longer than `timeouts.run`.
  evicted,
  node_lost,
  preempted,
  deleted,     ///< Somebody else removed it.
  lost,        ///< It is dead, and nobody saw how it ended.
  early_exit,  ///< A cooperative function ended without a result.
};
BOOST_DESCRIBE_ENUM(Class, exit, oom, image, config, queue_timeout, start_timeout, run_timeout,
                    evicted, node_lost, preempted, deleted, lost, early_exit)

/// The type of a parameter.
enum class ParamType { string, integer, number, boolean };
BOOST_DESCRIBE_ENUM(ParamType, string, integer, number, boolean)

/// A parameter of a pipeline. One that is required has no default.
struct Param {
  ParamType type = ParamType::string;
  std::optional<base::Value> default_;  ///< `default` on the wire; of the parameter's type.
  bool required = false;
  std::string description;
};
BOOST_DESCRIBE_STRUCT(Param, (), (type, default_, required, description))

/// Which end of a dependency an edge waits for. At most one is true; none means success.
struct Conditions {
  bool success = false;
  bool failure = false;
  bool always = false;
  friend bool operator==(const Conditions&, const Conditions&) = default;
};
BOOST_DESCRIBE_STRUCT(Conditions, (), (success, failure, always))

struct Dependency {
  std::string job;
  Conditions conditions;
  static constexpr std::string_view required_members[] = {"job"};
};
BOOST_DESCRIBE_STRUCT(Dependency, (), (job, conditions))

/// An entry of a Secret or ConfigMap.
struct KeyRef {
  std::string name;
  std::string key;
  std::optional<bool> optional;
  static constexpr std::string_view required_members[] = {"name", "key"};
};
BOOST_DESCRIBE_STRUCT(KeyRef, (), (name, key, optional))

/// A field of the Pod, such as `metadata.name`.
struct FieldRef {
  std::string field_path;
  static constexpr std::string_view required_members[] = {"field_path"};
};
BOOST_DESCRIBE_STRUCT(FieldRef, (), (field_path))

/// Where an environment value comes from when it is not written out: one of these.
struct EnvSource {
  std::string param;
  base::Box<KeyRef> secret_key_ref;
  base::Box<KeyRef> config_map_key_ref;
  base::Box<FieldRef> field_ref;
  static constexpr std::string_view planned_members[] = {"output"};
};
BOOST_DESCRIBE_STRUCT(EnvSource, (), (param, secret_key_ref, config_map_key_ref, field_ref))

/// One environment variable, spelt as in a Pod.
struct EnvVar {
  std::string name;
  std::optional<std::string> value;
  std::optional<EnvSource> value_from;
  static constexpr std::string_view required_members[] = {"name"};
};
BOOST_DESCRIBE_STRUCT(EnvVar, (), (name, value, value_from))

/// Kubernetes quantities by resource name, `{"cpu": "500m", "memory": "64Mi"}`.
using Quantities = std::map<std::string, std::string>;

struct Resources {
  Quantities requests;
  Quantities limits;
};
BOOST_DESCRIBE_STRUCT(Resources, (), (requests, limits))

/// How long an attempt may wait for its turn, then start, then run. None: the server's default.
struct Timeouts {
  std::optional<base::Micros> queue;
  std::optional<base::Micros> start;
  std::optional<base::Micros> run;
};
BOOST_DESCRIBE_STRUCT(Timeouts, (), (queue, start, run))

struct RetryBackoff {
  base::Micros initial = std::chrono::seconds(1);
  base::Micros max = std::chrono::minutes(1);
  double factor = 2;
  double jitter = 0.2;
};
BOOST_DESCRIBE_STRUCT(RetryBackoff, (), (initial, max, factor, jitter))

/// `attempts` counts the first one too. `on` empty means every class.
struct Retry {
  std::uint32_t attempts = 1;
  std::vector<Class> on;
  RetryBackoff backoff;
};
BOOST_DESCRIBE_STRUCT(Retry, (), (attempts, on, backoff))

/// What a job does, as its author wrote it.
struct JobSpec {
  std::string image;
  std::optional<std::string> run;  ///< A script for `sh -c`; not together with command or args.
  std::vector<std::string> command;
  std::vector<std::string> args;
  std::vector<EnvVar> env;
  Resources resources;
  Timeouts timeouts;
  Retry retry;
  std::vector<Dependency> depends_on;
  base::Box<PodSettings> pod;
  base::Box<ClusterSettings> cluster;  ///< What is not said here, the pipeline says.
  static constexpr std::string_view required_members[] = {"image"};
  static constexpr std::string_view flat_members[] = {"pod", "cluster"};
  /// Fields that are to come; they are refused as such, never ignored.
  static constexpr std::string_view planned_members[] = {
      "matrix",  "forEach",   "when",     "pool",        "priority", "secrets",
      "outputs", "artifacts", "services", "cooperative", "sidecars", "cache"};
};
BOOST_DESCRIBE_STRUCT(JobSpec, (),
                      (image, run, command, args, env, resources, timeouts, retry, depends_on, pod,
                       cluster))

/// A pipeline as its author wrote it. docs/pipeline.md describes every field.
struct PipelineSpec {
  std::string kind;
  std::string name;
  std::map<std::string, std::string> labels;
  Named<Param> params;
  std::optional<base::Micros> timeout;  ///< For the run, `finally` jobs not counted.
  Named<JobSpec> jobs;
  Named<JobSpec> finally;
  base::Box<ClusterSettings> cluster;
  static constexpr std::string_view required_members[] = {"kind", "jobs"};
  static constexpr std::string_view flat_members[] = {"cluster"};
  static constexpr std::string_view planned_members[] = {
      "apiVersion", "metadata", "spec",   "concurrency",  "sequential", "pool",    "priority",
      "triggers",   "schedule", "notify", "historyLimit", "defaults",   "outputs", "secrets"};
};
BOOST_DESCRIBE_STRUCT(PipelineSpec, (),
                      (kind, name, labels, params, timeout, jobs, finally, cluster))

}  // namespace model
