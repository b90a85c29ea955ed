// The writing half of Connection: whole responses, and streams with an eye on the client.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.h"
#include "http/connection.h"
#include "http/writer.h"

namespace http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t slice_bytes = 256 << 10;
constexpr std::size_t early_bytes_max = 64 << 10;

bool has_no_body(int status) { return status / 100 == 1 || status == 204 || status == 304; }

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

}  // namespace http
