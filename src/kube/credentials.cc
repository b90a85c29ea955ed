#include "kube/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "kube/exec.h"
#include "kube/file.h"
#include "loop/bell.h"

namespace kube {
namespace {

using namespace std::chrono_literals;

constexpr base::Micros file_time = 1min;
constexpr base::Micros plugin_time_max = 1min;
constexpr base::Micros failure_time = 5s;
/// A pass is renewed this long before its end, or at a tenth of its life if that is shorter.
constexpr base::Micros margin_max = 10s;

}  // namespace

struct Credentials::State {
  State(loop::Clock& c, Login l) : clock(c), login(std::move(l)) {}

  bool is_fresh() const {
    if (pass.number == 0) return false;
    if (!changes()) return true;
    return !refused && clock.mono() < stale_at;
  }
  bool changes() const { return login.exec || !login.token_file.empty(); }

  loop::Task<> renew(base::Mono until) {
    if (login.exec)
      co_await ask_plugin(until);
    else if (!login.token_file.empty())
      read_token_file();
    else
      set_login();
  }

  void set_login() {
    if (!login.token.empty())
      set({.authorization = "Bearer " + login.token});
    else if (!login.user.empty())
      set({.authorization = "Basic " + base::base64(login.user + ":" + login.password)});
    else
      set({});
  }

  void read_token_file() {
    const auto text = read_file(login.token_file);
    const auto token = text ? trimmed(*text) : std::string_view();
    if (token.empty()) return keep_token(text ? "it is empty" : text.error().message);
    set({.authorization = fmt::format("Bearer {}", token)});
    stale_at = clock.mono() + file_time;
  }

  /// While the file cannot be read, what it last held may still be good.
  void keep_token(const std::string& why) {
    if (pass.number == 0 && login.token.empty())
      throw base::Failure(
          fmt::format("there is no token in {}: {}", login.token_file.string(), why));
    if (pass.number == 0) set({.authorization = "Bearer " + login.token});
    base::log::warn("cannot renew the token of the cluster",
                    {{"file", login.token_file.string()}, {"error", why}});
    refused = false;
    stale_at = clock.mono() + failure_time;
  }

  loop::Task<> ask_plugin(base::Mono until) {
    if (clock.mono() < failed_until) throw base::Failure(failure);
    try {
      const auto end = std::min(until, clock.mono() + plugin_time_max);
      const auto answer = co_await run_plugin(clock, *login.exec, end);
      auto given = read_exec_credential(answer, login.exec->api_version);
      if (!given)
        throw base::Failure(fmt::format("the credential plugin {}: {}", login.exec->command,
                                        given.error().message));
      set_credential(std::move(*given));
    } catch (const base::Failure& e) {
      failure = e.what();
      failed_until = clock.mono() + failure_time;
      throw;
    }
  }

  void set_credential(ExecCredential given) {
    set({.authorization = given.token.empty() ? "" : "Bearer " + given.token,
         .cert_pem = std::move(given.cert_pem),
         .key_pem = std::move(given.key_pem)});
    stale_at = loop::never;
    if (!given.expires) return;
    const auto life = std::max(*given.expires - clock.now(), base::Micros(0));
    stale_at = clock.mono() + life - std::min(margin_max, life / 10);
  }

  void set(Pass fresh) {
    const bool same = fresh.authorization == pass.authorization &&
                      fresh.cert_pem == pass.cert_pem && fresh.key_pem == pass.key_pem;
    fresh.number = same && pass.number > 0 ? pass.number : pass.number + 1;
    pass = std::move(fresh);
    refused = false;
  }

  loop::Clock& clock;
  const Login login;
  Pass pass;
  base::Mono stale_at;
  bool refused = false;
  bool renewing = false;
  loop::Bell renewed;
  base::Mono failed_until;
  std::string failure;
};

Credentials::Credentials(loop::Clock& clock, Login login)
    : state_(std::make_unique<State>(clock, std::move(login))) {}
Credentials::~Credentials() = default;

loop::Task<Pass> Credentials::pass(base::Mono until) {
  auto& s = *state_;
  while (!s.is_fresh() && s.renewing) {
    if (!co_await s.renewed.wait(s.clock, s.renewed.rings(), until))
      throw base::Failure("the credentials of the cluster did not come in time");
  }
  if (s.is_fresh()) co_return s.pass;
  s.renewing = true;
  struct End {
    State& state;
    ~End() {
      state.renewing = false;
      state.renewed.ring();
    }
  } end{s};
  co_await s.renew(until);
  co_return s.pass;
}

void Credentials::refused(const Pass& pass) {
  if (pass.number == state_->pass.number) state_->refused = true;
}

}  // namespace kube
