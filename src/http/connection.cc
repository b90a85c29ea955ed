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

}  // namespace

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
    // TLS has an end of its own, without which a client must think that it was cut off.
    enter(Phase::writing, serving_.limits.write_time);
    co_await stream_->finish();
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
