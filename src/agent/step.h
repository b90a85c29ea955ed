#pragma once

#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "loop/task.h"

/// What the parts of a session share. Only for agent/session*.cc.
namespace agent {

constexpr auto retry_wait = std::chrono::seconds(1);

/// Whether a refusal ends the session: another one holds the cluster, or our key is void.
inline bool is_over(const base::Error& e) {
  return e.kind == base::Kind::conflict || e.kind == base::Kind::unauthenticated;
}

/// Runs one step of a loop: what goes wrong is said and tried again later; cancellation goes on.
/// True when the step came to that.
inline loop::Task<bool> attempt(std::string_view what, loop::Task<bool> step) {
  try {
    co_return co_await std::move(step);
  } catch (const base::Failure& e) {
    base::log::warn(what, {{"why", e.what()}});
    co_return false;
  }
}

inline loop::Task<bool> done(loop::Task<> step) {
  co_await std::move(step);
  co_return true;
}

/// The same of a step that comes to nothing but its end.
inline loop::Task<bool> attempt(std::string_view what, loop::Task<> step) {
  return attempt(what, done(std::move(step)));
}

}  // namespace agent
