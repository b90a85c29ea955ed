#include "net/tls.h"

#include <fmt/format.h>

#include "net/tls_context.h"
#include "net/tls_stream.h"

namespace net {
namespace {

template <class Settings>
TlsContext context_of(const Settings& settings) {
  auto context = make_context(settings);
  if (!context) throw base::Failure(context.error().message);
  return std::move(*context);
}

template <class Settings>
base::Result<void> check(const Settings& settings) {
  const auto context = make_context(settings);
  if (!context) return context.error();
  return {};
}

/// TCP needs no state, so that one dialer serves all.
Dialer& tcp() {
  static TcpDialer dialer;
  return dialer;
}

}  // namespace

base::Result<void> check_tls(const TlsSettings& settings) { return check(settings); }
base::Result<void> check_tls(const TlsServerSettings& settings) { return check(settings); }

struct TlsDialer::State {
  State(const TlsSettings& s, Dialer& d)
      : context(context_of(s)), server_name(s.server_name), verify(s.verify), below(d) {}
  const TlsContext context;
  const std::string server_name;
  const bool verify;
  Dialer& below;
};

TlsDialer::TlsDialer(const TlsSettings& settings, Dialer& below)
    : state_(std::make_unique<State>(settings, below)) {}
TlsDialer::TlsDialer(const TlsSettings& settings)
    : state_(std::make_unique<State>(settings, tcp())) {}
TlsDialer::~TlsDialer() = default;

loop::Task<std::unique_ptr<Stream>> TlsDialer::dial(const Address& at) {
  const auto& name = state_->server_name;
  TlsRole role{
      .expected = name.empty() ? at.host : name, .verify = state_->verify, .peer = to_string(at)};
  auto stream = co_await state_->below.dial(at);
  co_return co_await shake_hands(state_->context.get(), std::move(stream), std::move(role));
}

struct TlsAcceptor::State {
  explicit State(const TlsServerSettings& s) : context(context_of(s)) {}
  const TlsContext context;
};

TlsAcceptor::TlsAcceptor(const TlsServerSettings& settings)
    : state_(std::make_unique<State>(settings)) {}
TlsAcceptor::~TlsAcceptor() = default;

loop::Task<std::unique_ptr<Stream>> TlsAcceptor::accept(std::unique_ptr<Stream> stream) {
  TlsRole role{.server = true, .peer = stream->peer()};
  co_return co_await shake_hands(state_->context.get(), std::move(stream), std::move(role));
}

}  // namespace net
