#include "loop/group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <map>

#include "base/log.h"
#include "base/metrics.h"
#include "loop/deadline.h"

namespace loop {

struct Group::State {
  explicit State(Executor e) : executor(std::move(e)) {}
  struct Member {
    std::string name;
    asio::cancellation_signal signal;
  };
  Executor executor;
  std::map<std::uint64_t, Member> members;
  std::uint64_t next = 0;
  bool cancelled = false;
  std::vector<Waiter*> joining;

  void ended(std::uint64_t number, std::exception_ptr error) {
    const auto at = members.find(number);
    if (error) say(at->second.name, error);
    members.erase(at);
    if (members.empty())
      for (auto* waiter : joining) waiter->wake();
  }

  static void say(const std::string& name, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) return;
      base::log::error("a task ended with an error", {{"task", name}, {"error", e.what()}});
    } catch (const std::exception& e) {
      base::log::error("a task ended with an error", {{"task", name}, {"error", e.what()}});
    }
    base::metrics::counter("fairlead_task_errors", "Background tasks that ended with an error")
        .add();
  }
};

Group::Group(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

Group::~Group() {
  if (state_->members.empty()) return;
  for (const auto& [n, member] : state_->members)
    base::log::error("a group was destroyed while a task ran", {{"task", member.name}});
  std::abort();
}

void Group::spawn(std::string name, Task<> task) {
  const auto number = state_->next++;
  auto& member = state_->members[number];
  member.name = std::move(name);
  asio::co_spawn(state_->executor, std::move(task),
                 asio::bind_cancellation_slot(member.signal.slot(),
                                              [state = state_, number](std::exception_ptr error) {
                                                state->ended(number, error);
                                              }));
  // Already cancelled: what starts now must end too.
  if (state_->cancelled) member.signal.emit(asio::cancellation_type::terminal);
}

std::size_t Group::running() const { return state_->members.size(); }

void Group::cancel() {
  state_->cancelled = true;
  // Through the loop: a task that cancels its own group must not be resumed inside itself.
  asio::post(state_->executor, [state = state_] {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, member] : state->members) numbers.push_back(number);
    for (auto number : numbers)
      if (auto at = state->members.find(number); at != state->members.end())
        at->second.signal.emit(asio::cancellation_type::terminal);
  });
}

Task<> Group::join() {
  Waiter waiter(state_->executor);
  const auto state = state_;  // members may outlive this group's last mention
  state->joining.push_back(&waiter);
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!state->members.empty()) {
    co_await waiter.wait_quietly(never);
    if (co_await is_cancelled()) cancel();
  }
  std::erase(state->joining, &waiter);
  co_await asio::this_coro::throw_if_cancelled(true);
  if (co_await is_cancelled()) throw boost::system::system_error(asio::error::operation_aborted);
}

Task<> Group::stop() {
  cancel();
  co_await join();
}

Executor Group::executor() const { return state_->executor; }

}  // namespace loop
