#pragma once

#include <sys/types.h>

#include <boost/describe/class.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/link.h"

namespace local {

/// `spec.json`: what an attempt's folder is for. Written once; there from the moment the attempt
/// exists.
struct Spec {
  std::string format;  ///< `fairlead-attempt-1`
  std::string name;
  std::string run;
  std::uint32_t index = 0;  ///< Of the job in its run.
  std::uint32_t attempt = 0;
  std::string uid;  ///< Random, 32 hex digits.
  std::string job;  ///< The job's name.
  std::vector<std::string> command;
  std::vector<std::string> args;
  model::Named<std::string> env;
  std::int64_t run_timeout_us = 0;  ///< 0: none.
  std::int64_t grace_us = 0;
  bool has_payload = false;  ///< Then the payload is in the file `payload-<uid>`.
};
BOOST_DESCRIBE_STRUCT(Spec, (),
                      (format, name, run, index, attempt, uid, job, command, args, env,
                       run_timeout_us, grace_us, has_payload))

/// `started`: who runs the job. Written before the job's first instruction; from then on no
/// supervisor starts it again.
struct Started {
  pid_t pid = 0;                 ///< The supervisor's.
  std::uint64_t start_time = 0;  ///< The supervisor's, field 22 of proc(5) stat.
  std::string boot_id;
  pid_t session = 0;
  pid_t pgid = 0;  ///< The job's process group.
};
BOOST_DESCRIBE_STRUCT(Started, (), (pid, start_time, boot_id, session, pgid))

/// A new spec for this assignment, which has its work, under a fresh uid.
Spec make_spec(const model::Assignment&);
/// The attempt that a spec is for; nullopt when its run is not an id.
std::optional<model::AttemptKey> key_of(const Spec&);
std::filesystem::path payload_path(const std::filesystem::path& folder, const Spec&);

/// The texts of the files.
std::string text_of(const Spec&);
std::string text_of(const Started&);
std::string text_of(const model::Outcome&);

/// The records of a folder; nullopt when there is none, or it is not ours.
std::optional<Spec> read_spec(const std::filesystem::path& folder);
/// A `started` that nobody can read still is a start: by nobody known, an empty record.
std::optional<Started> read_started(const std::filesystem::path& folder);
/// An `exit.json` that nobody can read still is an end: of class lost.
std::optional<model::Outcome> read_exit(const std::filesystem::path& folder);
/// Makes this the attempt's end. The caller holds the lock and saw that there is none yet.
void write_exit(const std::filesystem::path& folder, const model::Outcome&);

}  // namespace local
