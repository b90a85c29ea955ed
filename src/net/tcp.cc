#include "net/tcp.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/log.h"
#include "base/metrics.h"
#include "loop/clock.h"

namespace net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr base::Micros shortage_pause = base::Micros(50'000);
constexpr unsigned quick_writes_max = 32;

std::string text_of(const tcp::endpoint& e) {
  return to_string(Address{e.address().to_string(), e.port()});
}

class TcpStream final : public Stream {
 public:
  explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ec;  // a peer that is gone already shows itself at the first read
    socket_.set_option(tcp::no_delay(true), ec);
    socket_.non_blocking(true, ec);
    const auto end = socket_.remote_endpoint(ec);
    peer_ = ec ? "unknown" : text_of(end);
  }

  loop::Task<std::size_t> read_some(char* data, std::size_t size) override {
    auto [ec, n] = co_await socket_.async_read_some(asio::buffer(data, size), as_tuple);
    if (ec == asio::error::eof) co_return 0;
    if (ec) throw system_error(ec);
    co_return n;
  }

  loop::Task<> write_all(std::string_view bytes) override {
    // Most answers fit in the socket's buffer: one call of the kernel and no turn of the loop. Now
    // and then it takes a turn all the same, so that a busy writer cannot keep the loop for itself.
    if (++quick_writes_ % quick_writes_max == 0)
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    error_code ec;
    const auto n = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
    if (ec && ec != asio::error::would_block) throw system_error(ec);
    bytes.remove_prefix(n);
    if (!bytes.empty())
      co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                                 asio::use_awaitable);
  }

  loop::Task<> finish() override {
    error_code ec;  // a broken connection is finished, too
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    co_return;
  }

  void cancel() override {
    error_code ec;
    socket_.cancel(ec);
  }

  void close() override {
    error_code ec;
    socket_.close(ec);
  }

  bool quiet() override {
    error_code ec;
    char byte;
    socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
    return ec == asio::error::would_block;
  }

  std::string peer() const override { return peer_; }

 private:
  tcp::socket socket_;
  std::string peer_;
  unsigned quick_writes_ = 0;
};

tcp::endpoint resolve_to_bind(const loop::Executor& executor, const Address& at) {
  error_code ec;
  const auto ip = asio::ip::make_address(at.host, ec);
  if (!ec) return {ip, at.port};
  tcp::resolver resolver(executor);  // at start only, so it may wait
  const auto found = resolver.resolve(at.host, std::to_string(at.port), tcp::resolver::passive, ec);
  if (ec || found.empty())
    throw base::Failure(
        fmt::format("cannot listen on {}: its name is not known ({}); use an IP "
                    "address of this machine",
                    to_string(at), ec.message()));
  return found.begin()->endpoint();
}

std::string_view remedy(const error_code& ec) {
  if (ec == asio::error::address_in_use)
    return "another program has this port: stop it or choose another port";
  if (ec == asio::error::access_denied)
    return "ports below 1024 need a privilege: choose a higher port";
  if (ec.value() == EADDRNOTAVAIL)
    return "this machine has no such address: use one of its own, or 0.0.0.0 for all";
  return "choose another address";
}

bool is_shortage(const error_code& ec) {
  return ec.value() == EMFILE || ec.value() == ENFILE || ec.value() == ENOBUFS ||
         ec.value() == ENOMEM;
}

/// One look-up of a name. It outlives a caller that is cancelled, for getaddrinfo cannot be.
struct Lookup {
  explicit Lookup(const loop::Executor& e) : resolver(e) {}
  tcp::resolver resolver;
  loop::Waiter* waiter = nullptr;
  bool done = false;
  error_code error;
  tcp::resolver::results_type found;
};

loop::Task<std::vector<tcp::endpoint>> resolve(Address at) {
  error_code ec;
  const auto ip = asio::ip::make_address(at.host, ec);
  if (!ec) co_return std::vector{tcp::endpoint(ip, at.port)};

  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->resolver.async_resolve(at.host, std::to_string(at.port),
                                 [lookup](const error_code& e, tcp::resolver::results_type r) {
                                   lookup->done = true;
                                   lookup->error = e;
                                   lookup->found = std::move(r);
                                   if (lookup->waiter) lookup->waiter->wake();
                                 });
  loop::Waiter waiter(executor);
  lookup->waiter = &waiter;
  struct Leave {
    Lookup& lookup;
    ~Leave() { lookup.waiter = nullptr; }
  } leave{*lookup};
  while (!lookup->done) co_await waiter.wait_woken();
  if (lookup->error) throw system_error(lookup->error);
  std::vector<tcp::endpoint> out;
  for (const auto& entry : lookup->found) out.push_back(entry.endpoint());
  co_return out;
}

}  // namespace

struct Listener::State {
  explicit State(const loop::Executor& e) : acceptor(e) {}
  tcp::acceptor acceptor;
  tcp::endpoint end;
};

Listener::Listener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener& Listener::operator=(Listener&&) noexcept = default;
Listener::~Listener() = default;

Listener Listener::open(loop::Executor executor, const Address& at) {
  auto state = std::make_unique<State>(executor);
  const auto end = resolve_to_bind(executor, at);
  try {
    state->acceptor.open(end.protocol());
    state->acceptor.set_option(tcp::acceptor::reuse_address(true));
    state->acceptor.bind(end);
    state->acceptor.listen();
    state->end = state->acceptor.local_endpoint();
  } catch (const system_error& e) {
    throw base::Failure(fmt::format("cannot listen on {}: {}; {}", to_string(at),
                                    e.code().message(), remedy(e.code())));
  }
  return Listener(std::move(state));
}

std::uint16_t Listener::port() const { return state_->end.port(); }
std::string Listener::address() const { return text_of(state_->end); }

loop::Task<std::unique_ptr<Stream>> Listener::accept() {
  loop::RealClock clock;
  for (;;) {
    auto [ec, socket] = co_await state_->acceptor.async_accept(as_tuple);
    if (!ec) co_return std::make_unique<TcpStream>(std::move(socket));
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor)
      throw system_error(asio::error::operation_aborted);
    // Others (a peer that left at once, a network that flaps) concern one connection only.
    base::metrics::counter("fairlead_accept_errors", "Connections that could not be accepted")
        .add();
    if (!is_shortage(ec)) continue;
    base::log::warn("cannot accept a connection for now",
                    {{"listener", address()}, {"error", ec.message()}});
    co_await clock.sleep(shortage_pause);
  }
}

void Listener::close() {
  error_code ec;
  state_->acceptor.close(ec);
}

loop::Task<std::unique_ptr<Stream>> connect(Address at) {
  const auto executor = co_await asio::this_coro::executor;
  error_code last = asio::error::host_not_found;
  for (const auto& end : co_await resolve(at)) {
    tcp::socket socket(executor);
    auto [ec] = co_await socket.async_connect(end, as_tuple);
    if (!ec) co_return std::make_unique<TcpStream>(std::move(socket));
    if (ec == asio::error::operation_aborted) throw system_error(ec);
    last = ec;
  }
  throw system_error(last);
}

loop::Task<std::unique_ptr<Stream>> TcpDialer::dial(const Address& at) { return connect(at); }

}  // namespace net
