#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "local/records.h"

namespace local {

/// `NAME=value` for each variable of this process that a job may see. All else stays here: the
/// agent's token and keys are in its environment.
std::vector<std::string> host_environment();

/// The whole environment of a job: the host's allowed variables, then the job's own, then ours.
std::vector<std::string> job_environment(const std::filesystem::path& folder, const Spec&);

/// The same strings as exec(3) wants them. They must outlive the result.
std::vector<char*> pointers_to(std::vector<std::string>&);

}  // namespace local
