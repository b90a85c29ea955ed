#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include "loop/task.h"

namespace loop {

/// A few threads for pure work on big values, hashing and compression. With none, work runs inline
/// (simulation).
class Pool {
 public:
  explicit Pool(unsigned threads);
  ~Pool();
  /// Runs `work` on a thread of the pool, then `done` on this executor.
  void submit(Executor, std::function<void()> work, std::function<void()> done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Suspends the calling task until `start(resume)` calls `resume` on the task's executor, once.
template <class Start>
Task<> suspend(Start start) {
  // The handler moves only; std::function must copy, hence the shared owner.
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [](auto handler, Start begin) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begin([shared] { std::move (*shared)(); });
      },
      asio::use_awaitable, std::move(start));
}

/// Runs `fn` on the pool and returns its value; what it throws is thrown here.
template <class Fn, class R = std::invoke_result_t<Fn&>>
Task<R> offload(Pool& pool, Fn fn) {
  const auto executor = co_await asio::this_coro::executor;
  std::conditional_t<std::is_void_v<R>, bool, std::optional<R>> result{};
  std::exception_ptr error;
  const auto work = [&] {
    try {
      if constexpr (std::is_void_v<R>)
        fn();
      else
        result.emplace(fn());
    } catch (...) {
      error = std::current_exception();
    }
  };
  co_await suspend(
      [&](std::function<void()> resume) { pool.submit(executor, work, std::move(resume)); });
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<R>) co_return std::move(*result);
}

}  // namespace loop
