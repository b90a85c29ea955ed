#pragma once

#include <string>
#include <string_view>

#include "model/link.h"

namespace core {

/// Labels, annotations and the finalizer that begin so are ours alone.
inline constexpr std::string_view our_prefix = "fairlead.dev/";
/// The container that an attempt is judged by.
inline constexpr std::string_view main_container = "main";
/// Volumes whose names begin so are ours alone.
inline constexpr std::string_view our_volume_prefix = "fairlead-";
/// Where our files are in the main container; nothing else is mounted there.
inline constexpr std::string_view our_mount = "/var/run/fairlead";

/// The name of an attempt's object on its cluster: the job's name cut to 40, '-', and 16 characters
/// of a hash of installation, run, job and attempt. Deterministic and unique; a DNS label.
std::string attempt_name(std::string_view installation, const model::AttemptKey&,
                         std::string_view job);

}  // namespace core
