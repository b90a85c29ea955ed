#pragma once

#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "loop/task.h"

/// What the parts of a session share. Only for agent/session*.cc.
namespace agent {

constexpr auto retry_wait = std::chrono::seconds(1);

/// Runs one step of a loop: what goes wrong is said and tried again later; cancellation goes on.
/// True when nothing went wrong.
inline loop::Task<bool> attempt(std::string_view what, loop::Task<> step) {
  try {
    co_await std::move(step);
    co_return true;
  } catch (const base::Failure& e) {
    base::log::warn(what, {{"why", e.what()}});
    co_return false;
  }
}

}  // namespace agent
