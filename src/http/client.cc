#include "http/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <list>
#include <optional>

#include "http/buffer.h"
#include "http/parser.h"
#include "http/writer.h"
#include "loop/deadline.h"

namespace http {
namespace {

using boost::system::system_error;

constexpr std::size_t idle_max = 64;
constexpr base::Micros idle_time = base::Micros(30'000'000);  // below any server's own limit
constexpr HeadLimits head_limits = {.bytes_max = 64 << 10, .fields_max = 200};
constexpr std::size_t piece_bytes_max = 256 << 10;

std::string url_of(const net::Address& server) { return "http://" + net::to_string(server); }

base::Failure unreachable(const net::Address& server, const system_error& e) {
  std::string why = e.code().message();
  std::transform(why.begin(), why.begin() + 1, why.begin(), [](char c) { return std::tolower(c); });
  return base::Failure(
      fmt::format("cannot reach {}: {}; is the server running?", url_of(server), why));
}

base::Failure broke_off(const net::Address& server, std::string_view why) {
  return base::Failure(fmt::format("the connection to {} broke: {}", url_of(server), why));
}

base::Failure too_late(const net::Address& server, std::string_view what) {
  return base::Failure(fmt::format("{} did not {} in time; is it overloaded?", url_of(server), what));
}

bool has_body(Verb v) { return v == Verb::post || v == Verb::put || v == Verb::patch; }

bool is_target(std::string_view target) {
  return target.starts_with('/') && std::none_of(target.begin(), target.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
         });
}

std::string head_of(const ClientRequest& r) {
  if (!is_target(r.target))
    throw base::Failure(fmt::format("\"{}\" is not a request target: it must begin with / and be "
                                    "percent-encoded",
                                    r.target));
  auto out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", to_string(r.verb), r.target,
                         net::to_string(r.server));
  for (const auto& [name, value] : r.headers) {
    if (equal_no_case(name, "Host") || equal_no_case(name, "Content-Length") ||
        equal_no_case(name, "Transfer-Encoding") || equal_no_case(name, "Connection"))
      continue;
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos ||
        !append_field(out, name, value))
      throw base::Failure(fmt::format("the header {} cannot be sent: it has a line break", name));
  }
  if (!r.body.empty() || has_body(r.verb))
    out += fmt::format("Content-Length: {}\r\n", r.body.size());
  out += "\r\n";
  return out;
}

/// A kept connection and when it was last used.
struct Idle {
  net::Address server;
  std::unique_ptr<net::Stream> stream;
  base::Mono since;
};

}  // namespace

struct Client::State {
  State(loop::Clock& c, net::Dialer& d) : clock(c), dialer(d) {}
  loop::Clock& clock;
  net::Dialer& dialer;
  std::list<Idle> idle;  // the oldest first

  std::unique_ptr<net::Stream> take(const net::Address& server) {
    const auto oldest = clock.mono() - idle_time;
    while (!idle.empty() && idle.front().since < oldest) idle.pop_front();
    for (auto at = idle.end(); at != idle.begin();) {
      if ((--at)->server != server) continue;
      auto stream = std::move(at->stream);
      at = idle.erase(at);
      if (stream->quiet()) return stream;  // else the server has closed it meanwhile
    }
    return nullptr;
  }

  void give_back(const net::Address& server, std::unique_ptr<net::Stream> stream) {
    if (idle.size() >= idle_max) idle.pop_front();
    idle.push_back({server, std::move(stream), clock.mono()});
  }
};

namespace {

/// One request and its response on one connection.
class Exchange final : public Incoming {
 public:
  using Keep = std::function<void(const net::Address&, std::unique_ptr<net::Stream>)>;
  Exchange(loop::Clock& clock, std::unique_ptr<net::Stream> stream, const ClientRequest& r,
           std::size_t body_max, Keep keep)
      : clock_(clock),
        stream_(std::move(stream)),
        server_(r.server),
        parser_(head_limits, r.verb == Verb::head, body_max),
        keep_(std::move(keep)) {}

  loop::Task<> send(const ClientRequest& r) {
    auto out = head_of(r);
    const std::string_view body = r.body;
    const auto first = body.substr(0, piece_bytes_max);
    out += first;
    co_await stream_->write_all(out);
    if (first.size() < body.size()) co_await stream_->write_all(body.substr(first.size()));
  }

  /// Reads up to the end of the head.
  loop::Task<> read_head() {
    while (step_ == Step::more) co_await advance();
    status = parser_.status();
    headers = std::move(parser_.headers());
    feed_unread();  // also finds the end of a response without a body
  }

  loop::Task<std::string> read_all() {
    while (step_ != Step::done) co_await advance();
    co_return std::move(parser_.body());
  }

  loop::Task<std::string> next(base::Mono until) override {
    auto piece = co_await loop::within(clock_, until, read_piece());
    if (!piece) throw too_late(server_, "send more of its response");
    co_return std::move(*piece);
  }

  bool answered() const { return parser_.began(); }

 private:
  loop::Task<std::string> read_piece() {
    while (parser_.body().empty() && step_ != Step::done) co_await advance();
    co_return std::exchange(parser_.body(), {});
  }

  /// One read, and what it leads to.
  loop::Task<> advance() {
    if (!stream_) throw broke_off(server_, "it was closed before");
    char* const room = in_.room();
    std::size_t n = 0;
    try {
      n = co_await stream_->read_some(room, in_.room_size());
    } catch (const system_error& e) {
      if (e.code() == boost::asio::error::operation_aborted) throw;
      throw broke_off(server_, e.code().message());
    }
    in_.filled(n);
    if (n > 0) co_return feed_unread();
    settle(parser_.feed_end());
    if (step_ == Step::done) stream_.reset();
  }

  void feed_unread() {
    do {
      const auto progress = parser_.feed(in_.unread());
      in_.take(progress.taken);
      settle(progress.step);
      if (step_ == Step::head && in_.empty()) break;
    } while (step_ == Step::head && head_read_++ == 0);
  }

  void settle(Step step) {
    if (step == Step::refused) throw broke_off(server_, parser_.refusal().detail);
    if (step != Step::more || step_ == Step::more) step_ = step;
    if (step_ != Step::done || !stream_) return;
    if (parser_.keep_alive() && in_.empty()) keep_(server_, std::move(stream_));
    stream_.reset();
  }

  loop::Clock& clock_;
  std::unique_ptr<net::Stream> stream_;
  net::Address server_;
  ResponseParser parser_;
  Keep keep_;
  Buffer in_;
  Step step_ = Step::more;
  int head_read_ = 0;
};

}  // namespace
}  // namespace http
