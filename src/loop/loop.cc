#include "loop/loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>

namespace loop {

struct Loop::State {
  asio::io_context io{1};
  std::unique_ptr<asio::signal_set> signals;
  base::Micros longest{0};
};

Loop::Loop() : state_(std::make_unique<State>()) {}
Loop::~Loop() = default;

Executor Loop::executor() { return state_->io.get_executor(); }

void Loop::run() {
  auto& io = state_->io;
  // poll_one first: run_one counts the time it slept, which is no stall.
  while (!io.stopped()) {
    const auto began = std::chrono::steady_clock::now();
    if (io.poll_one() == 0) {
      if (io.stopped() || io.run_one() == 0) break;
      continue;
    }
    const auto took = std::chrono::floor<base::Micros>(std::chrono::steady_clock::now() - began);
    state_->longest = std::max(state_->longest, took);
  }
}

void Loop::run_until_done(Task<> task) {
  std::exception_ptr failure;
  asio::co_spawn(state_->io, std::move(task), [&](std::exception_ptr e) {
    failure = e;
    state_->io.stop();
  });
  run();
  state_->io.restart();
  if (failure) std::rethrow_exception(failure);
}

std::size_t Loop::poll() {
  state_->io.restart();
  return state_->io.poll();
}

void Loop::stop() { state_->io.stop(); }

void Loop::on_stop_signal(std::function<void()> on_signal) {
  state_->signals = std::make_unique<asio::signal_set>(state_->io, SIGINT, SIGTERM);
  state_->signals->async_wait([this, on_signal = std::move(on_signal)](const auto& error, int) {
    if (error) return;
    state_->signals.reset();  // the default action is back: a second signal ends the process
    on_signal();
  });
}

base::Micros Loop::take_longest_stall() { return std::exchange(state_->longest, base::Micros(0)); }

}  // namespace loop
