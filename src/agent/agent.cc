#include "agent/agent.h"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "agent/session.h"
#include "base/backoff.h"
#include "base/log.h"

namespace agent {
namespace {

/// Whether this is how a cancelled task ends.
bool is_cancelled(const boost::system::system_error& e) {
  return e.code() == loop::asio::error::operation_aborted;
}

model::Hello hello(const Settings& s, const Executor& executor) {
  return {.version = s.version,
          .instance = s.instance,
          .executor = executor.kind(),
          .capacity = s.capacity,
          .labels = s.labels};
}

}  // namespace

Agent::Agent(loop::Clock& clock, Link& link, Executor& executor, Settings settings)
    : clock_(clock), link_(link), executor_(executor), settings_(std::move(settings)) {}

Agent::~Agent() = default;

loop::Task<> Agent::run() {
  const base::Backoff backoff{std::chrono::milliseconds(200), std::chrono::seconds(5), 2, 0};
  for (unsigned failures = 0;; ++failures) {
    std::string why;
    try {
      // Another session may give the same work away again: not while a create of the last one may
      // still take effect.
      co_await clock_.sleep_until(creates_end_);
      const auto asked = clock_.mono();
      const auto opened = co_await link_.open(hello(settings_, executor_));
      if (opened) {
        failures = 0;
        epoch_ = opened->epoch;
        base::log::info("session opened",
                        {{"cluster", opened->cluster}, {"epoch", std::to_string(epoch_)}});
        executor_.begin(*opened);
        Session session(co_await loop::asio::this_coro::executor, clock_, link_, executor_,
                        settings_, *opened, asked);
        co_await run_session(session);
        base::log::warn("session lost; opening another", {{"cluster", opened->cluster}});
      } else {
        why = opened.error().message;
      }
    } catch (const boost::system::system_error& e) {
      if (is_cancelled(e)) throw;
      why = e.what();
    } catch (const base::Failure& e) {
      why = e.what();
    }
    if (!why.empty()) base::log::warn("no session yet", {{"why", why}});
    co_await clock_.sleep(backoff.wait(failures, 0));
  }
}

loop::Task<> Agent::run_session(Session& session) {
  std::exception_ptr ended;
  try {
    co_await session.run();
    epoch_ = 0;
  } catch (...) {
    ended = std::current_exception();
  }
  creates_end_ = std::max(creates_end_, session.creates_end());
  if (ended) std::rethrow_exception(ended);
}

loop::Task<> Agent::release() {
  if (epoch_ == 0) co_return;
  if (clock_.mono() < creates_end_) {
    base::log::info("a create is still without an answer: the session ends with its lease");
    co_return;
  }
  try {
    co_await link_.close(std::exchange(epoch_, 0));
  } catch (const base::Failure& e) {
    base::log::warn("the session could not be released; it ends with its lease",
                    {{"why", e.what()}});
  }
}

}  // namespace agent
