#include "main/programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>

#include "agent/http_link.h"
#include "base/log.h"
#include "main/data_folder.h"
#include "main/hands.h"
#include "main/server.h"

namespace fairlead {
namespace {

int serve(const cli::ServerSettings& settings, bool dev) {
  base::log::configure(settings.log_level, settings.log_format);
  try {
    Server(settings, dev).run();
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}

/// Everything of a running agent.
class AgentProgram {
 public:
  AgentProgram(const cli::AgentSettings& s, http::Url server)
      : dialer_(http::make_dialer(server)),
        client_(clock_, *dialer_),
        link_(clock_, client_, std::move(server), s.key),
        hands_(make_hands(s)),
        agent_(clock_, link_, hands_->executor(),
               {.version = version,
                .instance = fresh_instance(),
                .capacity = s.capacity,
                .labels = cli::labels_of(s.labels)}),
        group_(loop_.executor()) {}

  void run() {
    loop_.on_stop_signal([this] { stop_.ring(); });
    loop_.run_until_done(main_task());
  }

 private:
  std::unique_ptr<Hands> make_hands(const cli::AgentSettings& s) {
    if (s.executor == "local")
      return local_hands(loop_.executor(), clock_, pool_,
                         std::filesystem::absolute(s.data) / "attempts");
    return kubernetes_hands(loop_.executor(), clock_,
                            {.kubeconfig = s.kubeconfig,
                             .context = s.context,
                             .name_space = s.namespace_,
                             .policy = {s.allow}});
  }

  loop::Task<> main_task() {
    group_.spawn("agent", agent_.run());
    fmt::print("agent started; {}\n", hands_->says());
    std::fflush(stdout);
    co_await stop_.wait(clock_, 0, loop::never);
    co_await group_.stop();
    co_await agent_.release();
    co_await hands_->end();
  }

  loop::Loop loop_;
  loop::RealClock clock_;
  loop::Pool pool_{2};
  std::unique_ptr<net::Dialer> dialer_;
  http::Client client_;
  agent::HttpLink link_;
  std::unique_ptr<Hands> hands_;
  agent::Agent agent_;
  loop::Group group_;
  loop::Bell stop_;
};

}  // namespace

int run_server(const cli::ServerSettings& settings) { return serve(settings, false); }
int run_dev(const cli::ServerSettings& settings) { return serve(settings, true); }

int run_agent(const cli::AgentSettings& settings) {
  base::log::configure(settings.log_level, settings.log_format);
  const bool local = settings.executor == "local";
  if (local && ::geteuid() == 0 && !settings.allow_root) {
    fmt::print(stderr,
               "error: jobs would run as root on this host; start the agent as another user, or "
               "give --allow-root\n");
    return 2;
  }
  const auto server = http::parse_url(settings.server);
  if (!server) {
    fmt::print(stderr, "error: --server: {}\n", server.error().message);
    return 2;
  }
  try {
    if (local) make_folder(settings.data);
    AgentProgram(settings, *server).run();
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}

std::string self_path() {
  char path[PATH_MAX];
  const auto size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0) throw base::Failure("cannot find the path of this program in /proc/self/exe");
  return {path, std::size_t(size)};
}

std::string fresh_instance() {
  auto rng = base::Rng::from_entropy();
  return base::Id<struct InstanceTag>::make(base::Time{}, rng).str();
}

}  // namespace fairlead
