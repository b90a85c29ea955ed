#include "http/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/error.hpp>

#include "http/writer.h"
#include "loop/deadline.h"

namespace http {
namespace {

using boost::system::system_error;

constexpr HeadLimits head_limits = {.bytes_max = 64 << 10, .fields_max = 200};
constexpr std::size_t piece_bytes_max = 256 << 10;

base::Failure broke_off(const std::string& url, std::string_view why) {
  return base::Failure(fmt::format("the connection to {} broke: {}", url, why));
}

bool has_body(Verb v) { return v == Verb::post || v == Verb::put || v == Verb::patch; }

bool is_target(std::string_view target) {
  return target.starts_with('/') && std::none_of(target.begin(), target.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
         });
}

std::string head_of(const ClientRequest& r) {
  if (!is_target(r.target))
    throw base::Failure(
        fmt::format("\"{}\" is not a request target: it must begin with / and be "
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

}  // namespace

std::string url_of(const net::Address& server, bool secure) {
  return (secure ? "https://" : "http://") + net::to_string(server);
}

Exchange::Exchange(loop::Clock& clock, std::unique_ptr<net::Stream> stream, const ClientRequest& r,
                   Terms terms)
    : clock_(clock),
      stream_(std::move(stream)),
      server_(r.server),
      url_(url_of(r.server, terms.secure)),
      parser_(head_limits, r.verb == Verb::head, terms.body_bytes_max),
      keep_(std::move(terms.keep)) {}

loop::Task<> Exchange::send(const ClientRequest& r) {
  auto out = head_of(r);
  const std::string_view body = r.body;
  const auto first = body.substr(0, piece_bytes_max);
  out += first;
  try {
    co_await stream_->write_all(out);
    if (first.size() < body.size()) co_await stream_->write_all(body.substr(first.size()));
  } catch (const system_error& e) {
    // A server may answer and close before it has read everything: read on, and what is broken
    // shows.
    if (e.code() == boost::asio::error::operation_aborted) throw;
  }
}

loop::Task<> Exchange::read_head() {
  while (!head_read_) co_await read_more();
  status = parser_.status();
  headers = std::move(parser_.headers());
}

loop::Task<std::string> Exchange::read_all() {
  while (!done_) co_await read_more();
  co_return std::move(parser_.body());
}

loop::Task<std::string> Exchange::next(base::Mono until) {
  auto piece = co_await loop::within(clock_, until, read_piece());
  if (!piece)
    throw base::Failure(fmt::format("{} sent nothing more of its response in time", url_));
  co_return std::move(*piece);
}

loop::Task<std::string> Exchange::read_piece() {
  while (parser_.body().empty() && !done_) co_await read_more();
  co_return std::exchange(parser_.body(), {});
}

loop::Task<> Exchange::read_more() {
  if (!stream_) throw broke_off(url_, "it is closed");
  char* const room = in_.room();
  std::size_t n = 0;
  try {
    n = co_await stream_->read_some(room, in_.room_size());
  } catch (const system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    stream_.reset();
    throw broke_off(url_, e.code().message());
  }
  in_.filled(n);
  if (n > 0) co_return feed();
  if (parser_.feed_end() == Step::refused) {
    stream_.reset();
    throw broke_off(url_, parser_.refusal().detail);
  }
  end();
}

void Exchange::feed() {
  for (;;) {
    const auto [step, taken] = parser_.feed(in_.unread());
    in_.take(taken);
    if (step == Step::more) return;
    if (step == Step::done) return end();
    if (step == Step::refused) {
      stream_.reset();
      throw broke_off(url_, parser_.refusal().detail);
    }
    head_read_ = true;  // and once more: the body may be here, or there is none
  }
}

void Exchange::end() {
  done_ = true;
  // Bytes behind the response were not asked for; such a connection is not to be trusted.
  if (parser_.keep_alive() && in_.empty()) keep_(server_, std::move(stream_));
  stream_.reset();
}

}  // namespace http
