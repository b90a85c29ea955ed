#pragma once

#include <spawn.h>

#include <csignal>

namespace base {

/// Attributes for posix_spawn: the child gets a session of its own, so that it can be killed with
/// what it started, and signals as they are by default (a server ignores SIGPIPE; what it starts
/// must not inherit that).
struct SpawnAttributes {
  SpawnAttributes() {
    ::posix_spawnattr_init(&value);
    ::posix_spawnattr_setflags(&value,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t set;
    ::sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&value, &set);
    ::sigfillset(&set);
    ::posix_spawnattr_setsigdefault(&value, &set);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&value); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  posix_spawnattr_t value;
};

}  // namespace base
