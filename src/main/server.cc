#include "main/server.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/log.h"
#include "base/metrics.h"
#include "main/data_folder.h"
#include "main/programs.h"
#include "seal/tokens.h"
#include "sql/sqlite.h"
#include "store/clusters.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

/// The database that `--store` names: `sqlite:PATH`, by default a file in the data folder.
std::unique_ptr<sql::Database> open_database(const cli::ServerSettings& s) {
  const std::string_view prefix = "sqlite:";
  if (!s.store.starts_with(prefix)) throw base::Failure("--store must be sqlite:PATH");
  return sql::open_sqlite({.file = s.store.substr(prefix.size())});
}

core::PipelineLimits pipeline_limits(const cli::ServerSettings& s) {
  core::PipelineLimits l;
  l.jobs_max = s.jobs_max;
  l.queue_default = s.queue_timeout, l.queue_max = s.queue_timeout_max;
  l.start_default = s.start_timeout, l.start_max = s.start_timeout_max;
  l.run_default = s.run_timeout, l.run_max = s.run_timeout_max;
  l.timeout_default = s.pipeline_timeout, l.timeout_max = s.pipeline_timeout_max;
  return l;
}

control::Limits control_limits(const cli::ServerSettings& s) {
  control::Limits l;
  l.lease = s.lease;
  l.log_bytes_max = s.log_bytes_max;
  return l;
}

http::ServerLimits http_limits(const cli::ServerSettings& s, const api::Api& api) {
  http::ServerLimits l;
  l.connections_max = s.connections_max;
  l.body_bytes_max_of = [&api](const http::Request& r) { return api.body_limit(r); };
  return l;
}

std::filesystem::path prepared(const cli::ServerSettings& s) {
  make_folder(s.data);
  return std::filesystem::absolute(s.data);
}

}  // namespace

Server::Server(const cli::ServerSettings& settings, bool dev)
    : settings_(settings),
      dev_(dev),
      folder_(prepared(settings)),
      rng_(base::Rng::from_entropy()),
      token_(admin_token(folder_).text),
      store_(open_database(settings), clock_, rng_),
      scene_(store_, clock_, pool_, pipeline_limits(settings), control_limits(settings)),
      link_(scene_),
      gate_(store_, clock_, seal::hash_token(token_)),
      api_(scene_, link_, gate_, rng_, {.body_bytes_max = settings.body_bytes_max}),
      http_(clock_, http_limits(settings, api_),
            [this](http::Request& r) { return api_.handle(r); }),
      group_(loop_.executor()) {}

void Server::announce(const net::Listener& listener) const {
  const auto url = fmt::format("http://{}", listener.address());
  if (dev_) write_file(folder_ / "server", url + "\n", 0600);
  fmt::print("listening on {}\n", url);
  if (hands_) fmt::print("{}\n", hands_->says());
  if (dev_)
    fmt::print(
        "another terminal in this folder is set up already: try  fairlead run -f FILE --watch\n");
  std::fflush(stdout);
}

loop::Task<> Server::watch_stalls() {
  auto& gauge = base::metrics::gauge("fairlead_loop_stall_seconds",
                                     "Longest time one handler kept the event loop, last second");
  for (;;) {
    co_await clock_.sleep(1s);
    gauge.set(std::chrono::duration<double>(loop_.take_longest_stall()).count());
  }
}

loop::Task<> Server::prepare_embedded_agent() {
  const std::string cluster = dev_ ? "local" : settings_.cluster;
  const auto id = base::Id<struct AgentTag>::make(clock_.now(), rng_).str();
  // The embedded agent shows no key; the hash of a token that nobody knows keeps the row honest.
  const auto hash = seal::hash_token(seal::make_token());
  co_await store_.transact([&](store::Tx& tx) {
    if (store::find_agent_named(tx, "embedded", cluster)) {
      // Its last agent lived in the last server on this folder, and that one is dead: the lock of
      // the database says so. Its lease need not be waited for.
      const auto held = store::lock_cluster(tx, cluster);
      if (held && !held->session.empty()) store::release_session(tx, cluster, held->epoch);
      return;
    }
    store::insert_agent(tx, {id, "embedded", cluster, {}, {}}, hash);
    store::insert_cluster(tx, cluster, "embedded");
  });
  if (dev_)
    hands_ = local_hands(loop_.executor(), clock_, pool_, folder_ / "attempts");
  else
    hands_ = kubernetes_hands(loop_.executor(), clock_,
                              {.kubeconfig = settings_.kubeconfig,
                               .context = settings_.context,
                               .name_space = settings_.namespace_,
                               .policy = {settings_.allow}});
  agent_link_.emplace(link_, clock_, cluster);
  agent_.emplace(clock_, *agent_link_, hands_->executor(),
                 agent::Settings{.version = version,
                                 .instance = fresh_instance(),
                                 .capacity = settings_.capacity,
                                 .labels = cli::labels_of(settings_.labels)});
}

loop::Task<> Server::main_task() {
  const auto address = net::parse_address(settings_.listen);
  if (!address) throw base::Failure(address.error().message);
  auto listener = net::Listener::open(loop_.executor(), *address);
  // All that can fail comes before the first loop starts.
  if (has_agent()) co_await prepare_embedded_agent();
  control::start(group_, scene_, {.runs = settings_.keep_runs, .feed = settings_.keep_feed});
  group_.spawn("stalls", watch_stalls());
  if (agent_) group_.spawn("agent", agent_->run());
  loop::Group serving(loop_.executor());
  serving.spawn("http", http_.serve(listener));
  announce(listener);
  co_await stop_.wait(clock_, 0, loop::never);
  base::log::info("stopping");
  co_await http_.stop(5s);
  co_await serving.stop();
  co_await api_.stop();
  co_await group_.stop();
  if (agent_) co_await agent_->release();
  if (hands_) co_await hands_->end();
  if (dev_) std::filesystem::remove(folder_ / "server");
}

void Server::run() {
  loop_.on_stop_signal([this] { stop_.ring(); });
  loop_.run_until_done(main_task());
}

}  // namespace fairlead
