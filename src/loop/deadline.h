#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "loop/clock.h"

namespace loop {

/// Runs `work` until it ends or this moment comes. At the deadline the work is cancelled and
/// awaited: nullopt then, unless it still ended with a value. What the work throws is thrown here.
/// `void` work gives a bool: whether it ended in time.
template <class T>
Task<std::optional<T>> within(Clock& clock, base::Mono until, Task<T> work);
Task<bool> within(Clock& clock, base::Mono until, Task<> work);

/// Whether the calling task has been asked to end.
Task<bool> is_cancelled();

template <class T>
Task<std::optional<T>> within(Clock& clock, base::Mono until, Task<T> work) {
  std::optional<T> result;
  auto store = [](Task<T> inner, std::optional<T>* out) -> Task<> {
    out->emplace(co_await std::move(inner));
  };
  co_await within(clock, until, store(std::move(work), &result));
  co_return result;
}

}  // namespace loop
