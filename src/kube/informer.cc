#include "kube/informer.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "base/metrics.h"
#include "kube/status.h"
#include "loop/group.h"

namespace kube {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr base::Micros list_time = 60s;
constexpr base::Micros open_time = 30s;
/// A watch that breaks is no trouble, unless nothing works for so long.
constexpr base::Micros trouble_time = 5s;
/// Bookmarks come every minute; this much silence means that nobody is there any more.
constexpr base::Micros idle_time = 150s;
/// Clients that all end their watches at once would come back at once, too.
constexpr base::Micros watch_time_min = 290s;
/// Projections made in one turn of the loop.
constexpr std::size_t items_per_turn = 32;
/// Of the body of a refusal, as much as says why.
constexpr std::size_t refusal_bytes_max = 64 << 10;

}  // namespace

struct Follower::Counters {
  explicit Counters(const std::string& plural)
      : labels(fmt::format("resource=\"{}\"", plural)),
        lists(base::metrics::counter("fairlead_kube_lists", "Full lists of objects", labels)),
        watches(
            base::metrics::counter("fairlead_kube_watches", "Watches that were opened", labels)),
        events(base::metrics::counter("fairlead_kube_events", "Events of watches", labels)) {}
  const std::string labels;
  base::metrics::Counter& lists;
  base::metrics::Counter& watches;
  base::metrics::Counter& events;
};

Follower::Follower(loop::Clock& clock, Api& api, Selection selection, base::Rng rng, Apply apply)
    : clock_(clock),
      api_(api),
      selection_(std::move(selection)),
      rng_(rng),
      apply_(std::move(apply)),
      watcher_(base::Rng(rng_.next())),
      counters_(std::make_unique<Counters>(selection_.resource.plural)) {}
Follower::~Follower() = default;

void Follower::relist() {
  watcher_.relist(clock_.mono());
  turned_.ring();
}

loop::Task<> Follower::run() {
  for (;;) co_await step();
}

loop::Task<> Follower::step() {
  const auto heard = turned_.rings();
  const auto wish = watcher_.wish();
  if (co_await turned_.wait(clock_, heard, wish.not_before)) co_return;
  watcher_.sent(clock_.mono());
  if (wish.kind == Wish::Kind::list)
    co_await list(wish);
  else
    co_await watch(wish);
}

/// Said once a try: the backoff keeps it from filling the log.
void Follower::broke(std::string_view what, std::string_view why) {
  base::log::warn(what, {{"resource", selection_.resource.plural}, {"error", std::string(why)}});
  if (failure_.empty()) failing_since_ = clock_.mono();
  failure_ = fmt::format("{}: {}", what, why);
}

std::string Follower::trouble() const {
  return clock_.mono() - failing_since_ >= trouble_time ? failure_ : "";
}

loop::Task<> Follower::list(Wish wish) {
  const ListOptions options{.limit = page_limit, .continue_token = wish.continue_token};
  Response response;
  try {
    response = co_await api_.send(kube::list(selection_, options), clock_.mono() + list_time);
  } catch (const base::Failure& e) {
    watcher_.failed(0, clock_.mono());
    co_return broke("cannot list objects of the cluster", e.what());
  }
  if (response.status != 200) {
    watcher_.failed(response.status, clock_.mono(), response.retry_after);
    co_return broke("cannot list objects of the cluster", describe(status_of(response)));
  }
  failure_.clear();
  if (wish.continue_token.empty()) counters_->lists.add();
  try {
    const auto page = read_page(response.body);
    const auto changes = watcher_.page(page, clock_.mono());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (i % items_per_turn == items_per_turn - 1)
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      apply_(changes[i]);
    }
    fresh_since_ = watcher_.fresh_since();
  } catch (const base::Failure& e) {
    watcher_.lost(clock_.mono());
    broke("a list of the cluster is not understood", e.what());
  }
}

/// Watches until the stream is over or another wish is more urgent.
loop::Task<> Follower::watch(Wish wish) {
  loop::Group group(co_await asio::this_coro::executor);
  const auto heard = turned_.rings();
  bool over = false;
  group.spawn("watch of the cluster", read_watch(std::move(wish), &over));
  try {
    while (!over && turned_.rings() == heard) co_await turned_.wait(clock_, heard, loop::never);
  } catch (const boost::system::system_error&) {
    // Cancelled: `stop` says so again, once the task has ended.
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await group.stop();
}

loop::Task<> Follower::read_watch(Wish wish, bool* over) {
  const auto span = base::Micros(std::int64_t(rng_.below(std::uint64_t(watch_time_min.count()))));
  const WatchOptions options{.resource_version = wish.resource_version,
                             .time = watch_time_min + span};
  bool begun = false;
  try {
    const auto in = co_await api_.open(kube::watch(selection_, options), clock_.mono() + open_time);
    begun = in->status == 200;
    counters_->watches.add();
    if (in->status == 200) {
      failure_.clear();
      co_await read_lines(*in);
    } else {
      Response refusal{.status = in->status};
      while (refusal.body.size() < refusal_bytes_max) {
        const auto more = co_await in->next(clock_.mono() + open_time);
        if (more.empty()) break;
        refusal.body += more;
      }
      const auto status = status_of(refusal);
      watcher_.failed(status.code, clock_.mono(), status.retry_after);
      broke("cannot watch objects of the cluster", describe(status));
    }
  } catch (const base::Failure& e) {
    if (begun)
      watcher_.ended(clock_.mono());
    else
      watcher_.failed(0, clock_.mono());
    broke("a watch of the cluster broke", e.what());
  }
  *over = true;
  turned_.ring();
}

/// The next bytes; "" at the end, and when nothing comes for so long that nobody may be there.
loop::Task<std::string> Follower::next_or_silence(http::Incoming& in) {
  const auto until = clock_.mono() + idle_time;
  try {
    co_return co_await in.next(until);
  } catch (const base::Failure&) {
    if (clock_.mono() < until) throw;
  }
  co_return "";
}

loop::Task<> Follower::read_lines(http::Incoming& in) {
  LineSplitter lines;
  std::string line;
  for (;;) {
    const auto bytes = co_await next_or_silence(in);
    if (bytes.empty()) co_return watcher_.ended(clock_.mono());
    lines.feed(bytes);
    try {
      while (lines.next(line)) {
        const auto event = read_event(line);
        counters_->events.add();
        if (event.kind == WatchEvent::Kind::error)
          broke("a watch of the cluster was ended",
                describe(parse_status(event.item.json).value_or(Status{})));
        const auto change = watcher_.event(event, clock_.mono());
        if (change) apply_(*change);
        if (watcher_.wish().kind == Wish::Kind::list) co_return;
      }
    } catch (const base::Failure& e) {
      watcher_.lost(clock_.mono());
      co_return broke("a watch of the cluster is not understood", e.what());
    }
  }
}

}  // namespace kube
