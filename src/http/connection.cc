#include "http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.h"
#include "http/problem.h"
#include "http/writer.h"

namespace http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t slice_bytes = 256 << 10;
constexpr std::size_t early_bytes_max = 64 << 10;
constexpr std::size_t linger_bytes_max = 1 << 20;
constexpr base::Micros linger_time = base::Micros(1'000'000);

/// Ids made by us and by sane clients; anything else would be a way into logs and headers.
bool is_sane_id(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), fits);
}

bool has_no_body(int status) { return status / 100 == 1 || status == 204 || status == 304; }

std::string what_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace

/// Where the stream of a response writes. It sets the connection's deadline for as long as it
/// writes.
class Connection::StreamSink final : public Sink {
 public:
  StreamSink(Connection& connection, Framing framing)
      : connection_(connection), framing_(framing) {}

  loop::Task<> write(std::string_view bytes) override {
    if (!open_) throw boost::system::system_error(asio::error::broken_pipe);
    if (bytes.empty()) co_return;
    out_.clear();
    if (framing_ == Framing::chunked)
      append_chunk(out_, bytes);
    else
      out_ += bytes;
    const auto& serving = connection_.serving_;
    connection_.deadline_ = serving.clock.mono() + serving.limits.write_time;
    try {
      co_await connection_.stream_->write_all(out_);
    } catch (...) {
      open_ = false;  // half a chunk may be out: nothing can follow it
      throw;
    }
    connection_.deadline_ = loop::never;
  }
  bool open() const override { return open_; }
  void close() { open_ = false; }

 private:
  Connection& connection_;
  const Framing framing_;
  std::string out_;
  bool open_ = true;
};

Connection::Connection(Serving& serving, std::unique_ptr<net::Stream> stream,
                       loop::Executor executor)
    : serving_(serving),
      stream_(std::move(stream)),
      place_(serving.connections.insert(serving.connections.end(), this)),
      parser_({serving.limits.header_bytes_max, serving.limits.header_count_max}),
      work_(std::move(executor)) {
  serving_.open.set(double(serving_.connections.size()));
}

Connection::~Connection() {
  serving_.connections.erase(place_);
  serving_.open.set(double(serving_.connections.size()));
  if (serving_.stopping) serving_.ended.ring();
}

loop::Task<> Connection::run() {
  enter(Phase::idle, serving_.limits.header_time);
  try {
    co_await serve_requests();
  } catch (const boost::system::system_error&) {
    // The client is gone, or was too slow to take its answer: nobody is left to tell.
  }
  stream_->close();
}

loop::Task<> Connection::run_full() {
  try {
    co_await refuse({503, "too_many_connections",
                     "The server has no room for more connections; try "
                     "again in a moment."});
  } catch (const boost::system::system_error&) {
    // As in `run`.
  }
  stream_->close();
}

void Connection::enter(Phase phase, base::Micros time) {
  phase_ = phase;
  since_ = serving_.clock.mono();
  deadline_ = since_ + time;
  late_ = false;
}

void Connection::sweep(base::Mono now) {
  if (now < deadline_ && !too_slow(now)) return;
  late_ = true;
  if (phase_ == Phase::handling)
    work_.cancel();
  else
    stream_->cancel();
}

bool Connection::too_slow(base::Mono now) const {
  if (phase_ != Phase::body || now - since_ < serving_.limits.body_grace) return false;
  const double seconds = double((now - since_).count()) / 1e6;
  return double(parser_.request().body.size()) <
         seconds * double(serving_.limits.body_bytes_per_second_min);
}

void Connection::wind_down() {
  if (phase_ == Phase::idle) stream_->cancel();
  if (phase_ == Phase::streaming) work_.cancel();
}

loop::Task<> Connection::serve_requests() {
  while (keep_alive_ && !serving_.stopping) {
    if (!co_await read_head() || !co_await read_body()) co_return;
    name_request();
    co_await handle();
    co_await answer();
    parser_.reset();
    response_ = {};
    if (keep_alive_ && in_.empty()) enter(Phase::idle, serving_.limits.idle_time);
  }
  if (!in_.empty()) co_await linger();
}

loop::Task<bool> Connection::read_head() {
  for (;;) {
    if (!in_.empty()) {
      const auto [step, taken] = parser_.feed(in_.unread());
      in_.take(taken);
      if (step == Step::head) co_return true;
      if (step == Step::refused) {
        co_await refuse(parser_.refusal());
        co_return false;
      }
      if (phase_ != Phase::head && parser_.began()) enter(Phase::head, serving_.limits.header_time);
    }
    if (co_await read_more()) continue;
    if (late_ && parser_.began())
      co_await refuse({408, "timeout", "The head of the request did not arrive in time."});
    co_return false;
  }
}

loop::Task<bool> Connection::read_body() {
  auto& request = parser_.request();
  const auto& limits = serving_.limits;
  auto step = parser_.set_body_max(limits.body_bytes_max_of ? limits.body_bytes_max_of(request)
                                                            : limits.body_bytes_max);
  if (step == Step::more) {
    enter(Phase::body, limits.body_time);
    if (parser_.expects_continue() && in_.empty())
      co_await stream_->write_all("HTTP/1.1 100 Continue\r\n\r\n");
  }
  while (step == Step::more) {
    if (!in_.empty()) {
      const auto progress = parser_.feed(in_.unread());
      in_.take(progress.taken);
      step = progress.step;
      if (step != Step::more) break;
    }
    if (co_await read_more()) continue;
    if (late_) co_await refuse({408, "timeout", "The body of the request came too slowly."});
    co_return false;
  }
  if (step == Step::refused) co_await refuse(parser_.refusal());
  co_return step == Step::done;
}

/// False at the end of the connection, when it is broken, and when the sweep ended the wait.
loop::Task<bool> Connection::read_more() {
  char* const room = in_.room();
  std::size_t n = 0;
  try {
    n = co_await stream_->read_some(room, in_.room_size());
  } catch (const boost::system::system_error&) {
    co_return false;
  }
  in_.filled(n);
  co_return n > 0;
}

void Connection::name_request() {
  auto& request = parser_.request();
  const auto given = request.headers.get("X-Request-Id");
  request.id = is_sane_id(given) ? std::string(given) : serving_.make_id();
  request.peer = stream_->peer();
  enter(Phase::handling, serving_.limits.request_time);
  request.deadline = deadline_;
}

loop::Task<> Connection::handle() {
  work_.start(run_handler());
  co_await work_.wait();
  if (!work_.error()) co_return;
  const auto& request = parser_.request();
  if (late_) {
    response_ = problem(503, "timeout", "The server did not finish in time; try again later.");
    co_return;
  }
  base::log::error("a request failed", {{"id", request.id},
                                        {"method", request.method},
                                        {"path", request.path},
                                        {"error", what_of(work_.error())}});
  response_ =
      problem(500, "internal",
              fmt::format("The server failed at this request; its log tells more under id {}.",
                          request.id));
}

loop::Task<> Connection::run_handler() { response_ = co_await serving_.handler(parser_.request()); }

loop::Task<> Connection::answer() {
  const auto began = since_;
  keep_alive_ = parser_.keep_alive() && !serving_.stopping;
  if (response_.stream) {
    co_await send_stream();
    serving_.count(response_.status);
    co_return;
  }
  co_await send_whole();
  serving_.count(response_.status);
  serving_.seconds.observe(double((serving_.clock.mono() - began).count()) / 1e6);
}

loop::Task<> Connection::send_whole() {
  const auto& request = parser_.request();
  const bool bare = has_no_body(response_.status);
  out_.clear();
  append_head(out_, response_,
              {.framing = bare ? Framing::none : Framing::length,
               .length = response_.body.size(),
               .close = !keep_alive_,
               .http_1_0 = parser_.is_http_1_0(),
               .request_id = request.id});
  std::string_view body = response_.body;
  if (bare || request.verb == Verb::head) body = {};
  // The head and the first slice go out together: one write for nearly every response.
  const auto first = body.substr(0, slice_bytes);
  out_ += first;
  body.remove_prefix(first.size());
  enter(Phase::writing, serving_.limits.write_time);
  co_await stream_->write_all(out_);
  for (; !body.empty(); body.remove_prefix(std::min(body.size(), slice_bytes))) {
    enter(Phase::writing, serving_.limits.write_time);
    co_await stream_->write_all(body.substr(0, slice_bytes));
  }
  if (out_.capacity() > slice_bytes / 4) out_ = {};
}

loop::Task<> Connection::send_stream() {
  const auto framing = parser_.is_http_1_0() ? Framing::until_close : Framing::chunked;
  if (framing == Framing::until_close) keep_alive_ = false;
  out_.clear();
  append_head(out_, response_,
              {.framing = framing, .close = !keep_alive_, .request_id = parser_.request().id});
  enter(Phase::writing, serving_.limits.write_time);
  co_await stream_->write_all(out_);
  if (parser_.request().verb == Verb::head) co_return;

  StreamSink sink(*this, framing);
  enter(Phase::streaming, base::Micros(0));
  deadline_ = loop::never;
  work_.start(run_stream(sink));
  work_.on_done([this] { stream_->cancel(); });
  if (serving_.stopping) work_.cancel();
  // From here to the end of `wait`, cancellation must not throw over the stream's head: it uses
  // `sink`.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await watch_peer(sink);
  co_await work_.wait();
  co_await asio::this_coro::throw_if_cancelled(true);

  const bool whole = !work_.error() && sink.open();
  if (!whole && sink.open() && !serving_.stopping)
    base::log::error("the stream of a response failed",
                     {{"id", parser_.request().id}, {"error", what_of(work_.error())}});
  if (!whole) throw boost::system::system_error(asio::error::connection_aborted);
  enter(Phase::writing, serving_.limits.write_time);
  if (framing == Framing::chunked) co_await stream_->write_all(last_chunk);
}

loop::Task<> Connection::run_stream(StreamSink& sink) { co_await response_.stream(sink); }

/// Reads while a stream runs, for that is how a client that leaves is noticed. What it sends early
/// is kept for later, up to a bound.
loop::Task<> Connection::watch_peer(StreamSink& sink) {
  while (!work_.done() && in_.unread().size() < early_bytes_max) {
    if (co_await read_more()) continue;
    if (work_.done()) break;
    sink.close();
    work_.cancel();
    break;
  }
}

loop::Task<> Connection::refuse(Refusal why) {
  const bool is_head = parser_.request().verb == Verb::head;
  const auto response = problem(why.status, why.code, why.detail);
  keep_alive_ = false;
  out_.clear();
  append_head(out_, response, {.length = response.body.size(), .close = true});
  if (!is_head) out_ += response.body;
  serving_.count(why.status);
  enter(Phase::writing, serving_.limits.write_time);
  co_await stream_->write_all(out_);
  co_await linger();
}

/// Reads what still comes, for a moment: closing over unread bytes would reset the connection, and
/// the client could lose the answer.
loop::Task<> Connection::linger() {
  enter(Phase::lingering, linger_time);
  co_await stream_->finish();
  std::size_t seen = 0;
  do {
    seen += in_.unread().size();
    in_.take(in_.unread().size());
  } while (seen < linger_bytes_max && !late_ && co_await read_more());
}

}  // namespace http
