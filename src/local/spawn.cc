#include "local/spawn.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>

#include "base/spawn.h"
#include "local/environment.h"
#include "local/files.h"

namespace local {
namespace {

struct Actions {
  explicit Actions(const std::filesystem::path& errors) {
    ::posix_spawn_file_actions_init(&value);
    ::posix_spawn_file_actions_addopen(&value, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&value, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&value, 2, errors.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    ::posix_spawn_file_actions_addclosefrom_np(&value, 3);
  }
  ~Actions() { ::posix_spawn_file_actions_destroy(&value); }
  Actions(const Actions&) = delete;
  posix_spawn_file_actions_t value;
};

}  // namespace

pid_t spawn_supervisor(const std::string& program, const std::filesystem::path& folder) {
  std::vector<std::string> words = {program, "supervise", folder.string()};
  auto arguments = pointers_to(words);
  auto variables = host_environment();
  auto environment = pointers_to(variables);
  const base::SpawnAttributes attributes;
  const Actions actions(folder / "supervisor.log");
  pid_t pid = -1;
  errno = ::posix_spawn(&pid, program.c_str(), &actions.value, &attributes.value, arguments.data(),
                        environment.data());
  if (errno != 0) fail("cannot start", program);
  return pid;
}

bool Children::reap() {
  return std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; }) > 0;
}

}  // namespace local
