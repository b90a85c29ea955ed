#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/box.h"
#include "base/bytes.h"
#include "base/time.h"
#include "model/pipeline.h"
#include "model/run.h"

/// What server and agent say to each other; docs of the exchange: ARCHITECTURE.md, "The link".
namespace model {

inline constexpr std::uint32_t link_protocol = 1;

/// What an agent says when it opens a session.
struct Hello {
  std::uint32_t protocol = link_protocol;
  std::string version;                        ///< Of the agent's program.
  std::string instance;                       ///< A fresh random word for each start of an agent.
  std::string executor;                       ///< `local` or `kubernetes`
  std::uint32_t capacity = 0;                 ///< Attempts it can hold alive at once.
  std::map<std::string, std::string> labels;  ///< Of the cluster.
};
BOOST_DESCRIBE_STRUCT(Hello, (), (protocol, version, instance, executor, capacity, labels))

/// Whether an agent may remove what belongs to nothing that the server knows.
///   usual      yes, unless something looks wrong
///   held       no: something looked wrong, and nobody has confirmed yet
///   confirmed  yes: somebody confirmed it in this session
enum class Prune { usual, held, confirmed };
BOOST_DESCRIBE_ENUM(Prune, usual, held, confirmed)

/// Names one attempt everywhere.
struct AttemptKey {
  RunId run;
  std::uint32_t job = 0;
  std::uint32_t attempt = 0;
  friend auto operator<=>(const AttemptKey&, const AttemptKey&) = default;
};
BOOST_DESCRIBE_STRUCT(AttemptKey, (), (run, job, attempt))

/// A fenced hold on a cluster.
struct Session {
  std::string cluster;
  std::uint64_t epoch = 0;
  base::Micros lease{0};  ///< Counted by the agent from before it asked.
  std::string installation;
  std::string timeline;
  std::uint64_t revision = 0;  ///< The latest of the cluster's assignments.
  Prune prune = Prune::usual;
  /// Of a renewal: attempts whose output somebody follows now; at most 64.
  std::vector<AttemptKey> followed = {};
};
BOOST_DESCRIBE_STRUCT(Session, (),
                      (cluster, epoch, lease, installation, timeline, revision, prune, followed))

/// How an agent finds its cluster.
struct Health {
  std::string trouble;           ///< Why its API cannot be worked with now; empty: it can.
  std::string kubernetes;        ///< The version of its API server; empty when there is none.
  std::string namespace_;        ///< Where objects are made; empty when there are none such.
  std::uint32_t prune_held = 0;  ///< Objects that belong to nothing and stay until confirmed.
  friend bool operator==(const Health&, const Health&) = default;
};
BOOST_DESCRIBE_STRUCT(Health, (), (trouble, kubernetes, namespace_, prune_held))

enum class AssignmentState { assigned, offered, created, ended };
BOOST_DESCRIBE_ENUM(AssignmentState, assigned, offered, created, ended)

enum class Wanted { present, gone };
BOOST_DESCRIBE_ENUM(Wanted, present, gone)

/// Everything an executor needs to run one attempt.
struct Work {
  std::string project;
  std::string pipeline;
  std::string job;  ///< The job's name.
  std::string image;
  std::vector<std::string>
      command;          ///< `run` arrives here as `sh -c SCRIPT`. Empty: the image's own.
  bool script = false;  ///< `command` is a `run`: no cluster is to expand anything in it.
  std::vector<std::string> args;
  std::vector<EnvVar> env;  ///< What comes from a parameter has its value, too.
  Resources resources;
  base::Micros start_timeout{0};
  base::Micros run_timeout{0};
  base::Micros grace{0};              ///< Between asking to stop and killing.
  std::optional<base::Blob> payload;  ///< The run's payload, bytes.
  bool payload_secret = false;        ///< Not for everybody who may read Pods.
  base::Box<PodSettings> pod;
  std::string keep_pods;  ///< As in ClusterSettings.
  std::string keep_logs;  ///< The same.
  /// The agent stops it when it could not renew its lease for so long: the server will give it up.
  std::optional<base::Micros> stop_unseen;
};
BOOST_DESCRIBE_STRUCT(Work, (),
                      (project, pipeline, job, image, command, script, args, env, resources,
                       start_timeout, run_timeout, grace, payload, payload_secret, pod, keep_pods,
                       keep_logs, stop_unseen))

/// This attempt belongs on that cluster. `name` is unique and deterministic.
struct Assignment {
  AttemptKey key;
  std::uint64_t revision = 0;
  AssignmentState state = AssignmentState::assigned;
  Wanted wanted = Wanted::present;
  std::uint64_t epoch = 0;  ///< Of the session it was offered to.
  std::string name;
  std::string uid;       ///< Of what was created, once known.
  base::Box<Work> work;  ///< Only when wanted present and not yet created.
};
BOOST_DESCRIBE_STRUCT(Assignment, (), (key, revision, state, wanted, epoch, name, uid, work))

/// One message of the pull stream.
struct Batch {
  std::uint64_t revision = 0;  ///< Ask for what comes after this one next.
  std::vector<Assignment> assignments;
  bool complete = false;  ///< This and all before it are the whole set of a new session.
};
BOOST_DESCRIBE_STRUCT(Batch, (), (revision, assignments, complete))

enum class Sight { waiting, created, running, unreachable, ended, absent, gone };
BOOST_DESCRIBE_ENUM(Sight, waiting, created, running, unreachable, ended, absent, gone)

/// What an agent saw of one attempt.
///   waiting  not created yet; `message` says why
///   created  it exists, with this uid
///   running  its main process runs
///   unreachable  it exists, and how it is nobody can tell: its node does not answer
///   ended    it will never run again; `outcome` says how it ended
///   absent   it is not here, by a complete list taken in this session; without a uid: it never was
///   gone     it was removed, its logs are safe, nothing of it is left
struct Report {
  AttemptKey key;
  std::uint64_t revision = 0;  ///< Of the assignment as the agent knew it.
  Sight sight = Sight::waiting;
  std::string uid;
  std::optional<Outcome> outcome;
  std::string message;
  /// With `ended`: the streams of its output, unless that is one without a name.
  std::vector<std::string> streams;
};
BOOST_DESCRIBE_STRUCT(Report, (), (key, revision, sight, uid, outcome, message, streams))

enum class Answer { acked, stale, refused };
BOOST_DESCRIBE_ENUM(Answer, acked, stale, refused)

/// An attempt's output is one or more streams: without a name that of its main process; else named
/// after a container, `CONTAINER` or `POD/CONTAINER`. There are at most so many; what is beyond
/// them is only noted, under a name that no container has.
inline constexpr std::size_t log_streams_max = 64;
inline constexpr std::string_view other_streams = "/others";

/// A piece of a stream of an attempt's output. Uploads are idempotent by (attempt, stream, offset).
struct LogChunk {
  AttemptKey key;
  std::string stream;
  std::uint64_t offset = 0;
  base::Blob bytes;   ///< At most 256 KiB.
  base::Blob times;   ///< When its lines were written, as core::encode_times; may be empty.
  bool last = false;  ///< Nothing follows.
  std::string note;   ///< With `last`: `complete`, or what is missing and why.
};
BOOST_DESCRIBE_STRUCT(LogChunk, (), (key, stream, offset, bytes, times, last, note))

// The bodies of the link's routes. Epochs are checked before anything else.

struct SessionKey {
  std::uint64_t epoch = 0;
};
BOOST_DESCRIBE_STRUCT(SessionKey, (), (epoch))

struct Renewal {
  std::uint64_t epoch = 0;
  Health health;
};
BOOST_DESCRIBE_STRUCT(Renewal, (), (epoch, health))

struct Reports {
  std::uint64_t epoch = 0;
  std::vector<Report> reports;  ///< At most 1000.
};
BOOST_DESCRIBE_STRUCT(Reports, (), (epoch, reports))

struct Uploads {
  std::uint64_t epoch = 0;
  std::vector<LogChunk> chunks;  ///< At most 64.
};
BOOST_DESCRIBE_STRUCT(Uploads, (), (epoch, chunks))

/// One answer for each report, in order.
struct Answers {
  std::vector<Answer> answers;
};
BOOST_DESCRIBE_STRUCT(Answers, (), (answers))

/// Where a stream goes on.
struct LogPlace {
  std::int64_t bytes = 0;  ///< How many have come so far; -1: no more of it is wanted.
  /// For a chunk from the start of a stream that had come further already, what its reader has to
  /// find its place by: as core::encode_times the time of the first line, and again those of the
  /// last lines, which are one unless they were written at the same time. Empty where not known.
  base::Blob known;
  static constexpr std::string_view required_members[] = {"bytes"};
};
BOOST_DESCRIBE_STRUCT(LogPlace, (), (bytes, known))

/// For each chunk.
struct Uploaded {
  std::vector<LogPlace> stored;
};
BOOST_DESCRIBE_STRUCT(Uploaded, (), (stored))

}  // namespace model
