#include "local/executor.h"

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>

#include "base/bytes.h"
#include "base/log.h"
#include "local/attempt.h"
#include "local/create.h"
#include "local/files.h"
#include "local/process.h"
#include "local/spawn.h"
#include "local/watch.h"

namespace local {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros look_period = 500ms;
constexpr base::Micros respawn_delay = 3s;  // longer than a supervisor tries to get the lock

base::Mono mono() { return loop::RealClock().mono(); }

/// An attempt that has not ended, as last seen.
struct Live {
  std::optional<Started> started;
  base::Mono spawned{-24h};  ///< When we last spawned a supervisor for it.
};

/// Whether its folder tells more than what was seen last.
bool has_news(const std::filesystem::path& folder, const Live& live) {
  return is_there(folder / "exit.json") || (!live.started && is_there(folder / "started"));
}

/// Whether a list has something to do about it: to start its job, or to settle its end.
bool needs_help(const Live& live) {
  return live.started ? !is_alive(*live.started) : mono() - live.spawned > respawn_delay;
}

}  // namespace

struct LocalExecutor::State : std::enable_shared_from_this<State> {
  State(loop::Executor e, loop::Clock& c, loop::Pool& p, const std::filesystem::path& folder,
        std::string self)
      : clock(c),
        pool(p),
        root(std::filesystem::absolute(folder)),
        program(std::move(self)),
        watch(e, root, [this] { bell.ring(); }),
        timer(e) {}

  /// Looks every half second, but only while something lives: nothing else tells that a supervisor
  /// died.
  void keep_looking() {
    if (looking || (live.empty() && children.empty())) return;
    looking = true;
    timer.expires_after(look_period);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->looking = false;
      self->look();
      self->keep_looking();
    });
  }

  void look() {
    if (children.reap()) return bell.ring();  // what it held can be removed now
    for (const auto& [name, attempt] : live) {
      try {
        if (!has_news(root / name, attempt) && !needs_help(attempt)) continue;
      } catch (const base::Failure&) {
        // A list throws it to somebody who can tell.
      }
      return bell.ring();
    }
  }

  /// Takes in what was seen since `begun`; the attempts that still need a supervisor.
  std::vector<std::string> learn(Survey seen, base::Mono begun) {
    std::erase_if(ended, [&](const auto& e) { return !seen.names.contains(e.first); });
    std::erase_if(live, [&](const auto& l) {
      return !seen.names.contains(l.first) && l.second.spawned < begun;
    });
    std::vector<std::string> unstarted;
    for (auto& sighting : seen.sightings) {
      const auto name = sighting.object.name;
      if (sighting.object.outcome) {
        live.erase(name);
        watch.remove(name);
        ended[name] = sighting.object;
      } else {
        live[name].started = sighting.started;
        watch.add(name);
        if (!sighting.started && needs_help(live[name])) unstarted.push_back(name);
        // It may have changed between the look and the watch.
        else if (has_news(root / name, live[name]))
          bell.ring();
      }
    }
    return unstarted;
  }

  loop::Clock& clock;
  loop::Pool& pool;
  const std::filesystem::path root;
  const std::string program;
  loop::Bell bell;
  loop::Bell written;  // never
  Watch watch;
  loop::asio::steady_timer timer;
  bool looking = false;
  bool tidied = false;
  std::map<std::string, Live> live;
  std::map<std::string, agent::Object> ended;
  Children children;
};

LocalExecutor::LocalExecutor(loop::Executor executor, loop::Clock& clock, loop::Pool& pool,
                             const std::filesystem::path& folder, std::string self_program) {
  std::filesystem::create_directories(folder);
  state_ = std::make_shared<State>(executor, clock, pool, folder, std::move(self_program));
}

LocalExecutor::~LocalExecutor() = default;

/// There are few; it is always all of them.
loop::Task<agent::Sightings> LocalExecutor::look(bool) {
  std::set<std::string> known;
  for (const auto& [name, object] : state_->ended) known.insert(name);
  const auto begun = mono();
  const bool tidy = !std::exchange(state_->tidied, true);
  auto seen = co_await loop::offload(state_->pool, [root = state_->root, known, tidy] {
    if (tidy) remove_trash(root);
    return survey(root, known);
  });
  agent::Sightings snapshot;
  for (const auto& sighting : seen.sightings) snapshot.objects.push_back(sighting.object);
  for (const auto& [name, object] : state_->ended)
    if (known.contains(name) && seen.names.contains(name)) snapshot.objects.push_back(object);
  for (auto& name : state_->learn(std::move(seen), begun)) co_await start(name);
  state_->children.reap();
  state_->keep_looking();
  co_return snapshot;
}

loop::Task<agent::Created> LocalExecutor::create(model::Assignment assignment, base::Mono until) {
  const auto name = assignment.name;
  const auto left = std::min<base::Micros>(until - state_->clock.mono(), 24h);
  auto created = co_await loop::offload(state_->pool,
                                        [root = state_->root, assignment, limit = mono() + left] {
                                          return make_attempt(root, assignment, limit);
                                        });
  if (created.kind == agent::Created::Kind::created && !state_->ended.contains(name)) {
    state_->watch.add(name);
    if (!state_->live[name].started && needs_help(state_->live[name])) co_await start(name);
    state_->keep_looking();
  }
  co_return created;
}

/// Spawns a supervisor unless the job has been started. A failure is only told: the attempt exists,
/// and the next list tries again.
loop::Task<> LocalExecutor::start(std::string name) {
  state_->live[name].spawned = mono();
  try {
    const auto pid = co_await loop::offload(
        state_->pool,
        [folder = state_->root / name, program = state_->program]() -> std::optional<pid_t> {
          if (is_there(folder / "started") || is_there(folder / "exit.json")) return std::nullopt;
          return spawn_supervisor(program, folder);
        });
    if (pid) state_->children.add(*pid);
  } catch (const base::Failure& failure) {
    base::log::error("cannot start a supervisor; the next list tries again",
                     {{"attempt", name}, {"error", failure.what()}});
  }
}

loop::Task<> LocalExecutor::stop(std::string name, std::string uid) {
  if (!base::is_dns_label(name)) co_return;
  co_await loop::offload(state_->pool,
                         [folder = state_->root / name, uid] { stop_attempt(folder, uid); });
}

loop::Task<bool> LocalExecutor::remove(std::string name, std::string uid) {
  const bool removed = co_await loop::offload(
      state_->pool, [root = state_->root, name, uid] { return remove_attempt(root, name, uid); });
  if (removed) {
    state_->ended.erase(name);
    state_->live.erase(name);
    state_->watch.remove(name);
  }
  co_return removed;
}

loop::Task<agent::LogPiece> LocalExecutor::read_log(agent::LogName name, agent::LogFrom from,
                                                    std::size_t max) {
  if (!base::is_dns_label(name.object) || !name.stream.empty())
    co_return agent::LogPiece{.end = true};
  auto piece =
      co_await loop::offload(state_->pool, [folder = state_->root / name.object, at = from.offset,
                                            max] { return read_log_piece(folder, at, max); });
  // Nobody watches the files.
  piece.again = true;
  co_return piece;
}

std::set<agent::LogName> LocalExecutor::take_written() { return {}; }
loop::Bell& LocalExecutor::written() { return state_->written; }
loop::Bell& LocalExecutor::changed() { return state_->bell; }

}  // namespace local
