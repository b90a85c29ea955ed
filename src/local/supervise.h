#pragma once

#include <filesystem>

namespace local {

/// The body of the hidden command `fairlead supervise FOLDER`: runs the attempt of this folder to
/// its end and writes how it ended. At most one supervisor, ever, starts the job of a folder; each
/// later one returns at once. SIGTERM asks for a graceful stop. Gives the exit status of the
/// command: 0, or 1 when the folder could not be worked with (then standard error says why). It
/// blocks signals and forks: to be called before the process has a second thread.
int supervise(const std::filesystem::path& attempt_folder);

}  // namespace local
