#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kube {

/// The text of a small file (at most 4 MiB): a kubeconfig, a certificate, a token. Refuses what
/// cannot be read with code `unreadable_file` and a sentence that names it. Internal to this room.
base::Result<std::string> read_file(const std::filesystem::path&);

/// The text without spaces and line ends around it.
std::string_view trimmed(std::string_view);

}  // namespace kube
