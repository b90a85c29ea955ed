#include "kube/client.h"

#include <fmt/format.h>

#include <charconv>

#include "base/metrics.h"
#include "kube/credentials.h"
#include "kube/status.h"
#include "kube/throttle.h"

namespace kube {
namespace {

constexpr int unauthorized = 401;
constexpr int too_many = 429;
constexpr int unavailable = 503;
constexpr std::int64_t retry_seconds_max = 86'400;

/// Kubernetes sends whole seconds only (RFC 9110 section 10.2.3 knows dates, too).
std::optional<base::Micros> retry_after_in(const http::Headers& headers) {
  const auto text = headers.get("Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (seconds < 0 || seconds > retry_seconds_max) return std::nullopt;
  return std::chrono::seconds(seconds);
}

/// Lists and logs say in their query how much they want; what is about one object compares.
bool is_alike(const Request& request) { return request.query.empty(); }

void count(int status) {
  base::metrics::counter("fairlead_kube_responses", "Responses of the API server",
                         fmt::format("status=\"{}xx\"", status / 100))
      .add();
}

Outcome outcome_of(int status) {
  return status == too_many || status == unavailable ? Outcome::busy : Outcome::good;
}

/// Everything that goes out with one client certificate. Calls under way keep it when another one
/// has taken its place.
struct Lines {
  Lines(loop::Clock& clock, net::Dialer& below, const Config& config, const Pass& pass)
      : cert_pem(pass.cert_pem),
        secure(config.server.tls ? make_tls(below, config, pass) : nullptr),
        calls(clock, secure ? *secure : below),
        streams(clock, secure ? *secure : below) {}

  static std::unique_ptr<net::Dialer> make_tls(net::Dialer& below, const Config& config,
                                               const Pass& pass) {
    auto settings = config.tls;
    if (!pass.cert_pem.empty()) {
      settings.cert_pem = pass.cert_pem;
      settings.key_pem = pass.key_pem;
    }
    return std::make_unique<net::TlsDialer>(settings, below);
  }

  const std::string cert_pem;  ///< Of the pass.
  std::unique_ptr<net::Dialer> secure;
  http::Client calls;
  http::Client streams;
};

}  // namespace

struct Client::State {
  State(loop::Clock& c, Config f, net::Dialer* d)
      : clock(c),
        config(std::move(f)),
        below(d ? *d : tcp),
        credentials(clock, config.login),
        throttle(clock) {}

  std::shared_ptr<Lines> lines_for(const Pass& pass) {
    // A new token needs no new connections, a new certificate does.
    if (!lines || lines->cert_pem != pass.cert_pem)
      lines = std::make_shared<Lines>(clock, below, config, pass);
    return lines;
  }

  http::ClientRequest dress(const Request& r, const Pass& pass) const {
    http::ClientRequest out{
        .verb = r.verb,
        .server = config.server.server,
        .target = config.server.prefix + target_of(r),
        .headers = {{"Accept", "application/json, */*"}, {"User-Agent", "fairlead"}},
        .body = r.body,
        .idempotent = r.verb != http::Verb::post};
    if (!pass.authorization.empty()) out.headers.add("Authorization", pass.authorization);
    if (!r.content_type.empty()) out.headers.add("Content-Type", r.content_type);
    return out;
  }

  /// Sends by `once`, and once more when the server does not know our pass any longer.
  template <class Answer, class Once>
  loop::Task<Answer> with_pass(const Request& request, base::Mono until, Once once) {
    const auto pass = co_await credentials.pass(until);
    auto answer = co_await once(lines_for(pass), dress(request, pass), until);
    if (status_in(answer) != unauthorized) co_return answer;
    credentials.refused(pass);
    const auto fresh = co_await credentials.pass(until);
    if (fresh.number == pass.number) co_return answer;
    co_return co_await once(lines_for(fresh), dress(request, fresh), until);
  }

  static int status_in(const http::ClientResponse& r) { return r.status; }
  static int status_in(const std::unique_ptr<http::Incoming>& r) { return r->status; }

  // Both hold the lines until the answer is here.
  static loop::Task<http::ClientResponse> call(std::shared_ptr<Lines> lines, http::ClientRequest r,
                                               base::Mono until) {
    co_return co_await lines->calls.send(std::move(r), until);
  }
  static loop::Task<std::unique_ptr<http::Incoming>> stream(std::shared_ptr<Lines> lines,
                                                            http::ClientRequest r,
                                                            base::Mono until) {
    co_return co_await lines->streams.open(std::move(r), until);
  }

  loop::Clock& clock;
  const Config config;
  net::TcpDialer tcp;
  net::Dialer& below;
  Credentials credentials;
  Throttle throttle;
  std::shared_ptr<Lines> lines;
};

Client::Client(loop::Clock& clock, Config config)
    : state_(std::make_unique<State>(clock, std::move(config), nullptr)) {}
Client::Client(loop::Clock& clock, Config config, net::Dialer& below)
    : state_(std::make_unique<State>(clock, std::move(config), &below)) {}
Client::~Client() = default;

const Config& Client::config() const { return state_->config; }

loop::Task<Response> Client::send(Request request, base::Mono until) {
  auto& s = *state_;
  // Before the turn: a plugin that thinks for seconds says nothing about the server.
  co_await s.credentials.pass(until);
  auto turn = co_await s.throttle.enter(until);
  const bool alike = is_alike(request);
  http::ClientResponse answer;
  try {
    answer = co_await s.with_pass<http::ClientResponse>(request, until, State::call);
  } catch (const base::Failure&) {
    if (s.clock.mono() >= until) turn.answered(Outcome::busy, alike, std::nullopt);
    throw;
  }
  count(answer.status);
  Response out{answer.status, std::move(answer.body), retry_after_in(answer.headers)};
  if (outcome_of(out.status) == Outcome::busy && !out.retry_after)
    out.retry_after = status_of(out).retry_after;
  turn.answered(outcome_of(out.status), alike, out.retry_after);
  co_return out;
}

loop::Task<std::unique_ptr<http::Incoming>> Client::open(Request request, base::Mono until) {
  auto& s = *state_;
  co_await s.throttle.pause(until);
  auto answer =
      co_await s.with_pass<std::unique_ptr<http::Incoming>>(request, until, State::stream);
  count(answer->status);
  if (const auto wait = retry_after_in(answer->headers)) s.throttle.asked_to_wait(*wait);
  co_return answer;
}

}  // namespace kube
