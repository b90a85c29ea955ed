#pragma once

#include <string>
#include <string_view>

#include "model/link.h"

namespace core {

/// The name of an attempt's object on its cluster: the job's name cut to 40, '-', and 16 characters
/// of a hash of installation, run, job and attempt. Deterministic and unique; a DNS label.
std::string attempt_name(std::string_view installation, const model::AttemptKey&,
                         std::string_view job);

}  // namespace core
