#include "http/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <optional>

#include "http/problem.h"

namespace http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

/// The longest chunk-size line with its extensions, and the longest trailer.
constexpr std::size_t chunk_line_max = 8 << 10;
constexpr std::size_t last_chunk_size = std::string_view("0\r\n\r\n").size();

std::string_view view(beast::string_view s) { return {s.data(), s.size()}; }

bool is_number(std::string_view s) {
  return !s.empty() && s.size() <= 18 &&
         std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What both parsers share: Beast's parser with the fields and the body kept in our types, behind
/// the checks that Beast leaves out. Beast sees a head only when it is whole, and a chunk line
/// likewise, so that slices cannot change what it decides.
template <bool is_request>
class Core : public beast::http::basic_parser<is_request> {
 public:
  Core(Headers& headers, std::string& body) : headers_(headers), body_(body) {
    this->header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadScan limits the head
    this->body_limit(boost::none);                                  // on_bytes limits the body
  }

  /// Reads a whole head.
  Step put_head(std::string_view head) {
    error_code ec;
    const auto n = this->put({head.data(), head.size()}, ec);
    if (!ec && n == head.size() && this->is_header_done()) return check_framing();
    return refuse_head(ec, head);
  }

  Progress put_body(std::string_view bytes) {
    std::size_t taken = 0;
    while (!this->is_done() && taken < bytes.size()) {
      const auto window = bytes.substr(taken, chunk_line_max);
      // Beast asserts that it has a whole last chunk when it meets one twice; a valid line never
      // stands before fewer bytes.
      if (this->chunked() && chunk_left_ == 0 && window.size() < last_chunk_size) break;
      error_code ec;
      const auto n = this->put({window.data(), window.size()}, ec);
      taken += n;
      if (over_) return {refuse_size(), taken};
      if (ec == beast::http::error::need_more) {
        if (n > 0) continue;
        if (window.size() < chunk_line_max) break;
      }
      if (ec) return {refuse(400, "bad_request", "The chunks of the body are malformed."), taken};
    }
    return {this->is_done() ? Step::done : Step::more, taken};
  }

  Step set_body_max(std::size_t max) {
    body_max_ = max;
    if (!this->is_done() && this->content_length().value_or(0) > max) return refuse_size();
    return this->is_done() ? Step::done : Step::more;
  }

  Step refuse(int status, std::string_view code, std::string_view detail) {
    refusal = {status, std::string(code), std::string(detail)};
    return Step::refused;
  }

  Refusal refusal;
  int version = 11;

 protected:
  using Field = beast::http::field;

  void on_field_impl(Field name, beast::string_view name_text, beast::string_view value,
                     error_code& ec) override {
    if (this->is_header_done()) return;  // a trailer: nothing here reads them
    if (name == Field::content_length && (lengths_++ > 0 || !is_number(view(value))))
      ec = beast::http::error::bad_content_length;
    if (name == Field::transfer_encoding && !equal_no_case(view(value), "chunked"))
      ec = beast::http::error::bad_transfer_encoding;
    if (name == Field::host) ++hosts_;
    headers_.add(view(name_text), view(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view bytes, error_code& ec) override {
    return on_bytes(bytes, ec);
  }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view, error_code& ec) override {
    // Refused by the announced size, whatever part of the chunk is here.
    chunk_left_ = size;
    if (size <= body_max_ - std::min(body_max_, seen_)) return;
    over_ = true;
    ec = beast::http::error::body_limit;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, error_code& ec) override {
    const auto n = on_bytes(bytes, ec);
    chunk_left_ -= n;
    return n;
  }
  void on_finish_impl(error_code&) override {}

  virtual Step check_framing() = 0;

  int hosts_ = 0;

 private:
  std::size_t on_bytes(beast::string_view bytes, error_code& ec) {
    if (bytes.size() > body_max_ - std::min(body_max_, seen_)) {
      over_ = true;
      ec = beast::http::error::body_limit;
      return 0;
    }
    seen_ += bytes.size();
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  Step refuse_size() {
    return refuse(413, "body_too_large",
                  fmt::format("The body is over {} bytes; send a smaller one.", body_max_));
  }

  Step refuse_head(const error_code& ec, std::string_view head) {
    using beast::http::error;
    if (ec == error::bad_version) {
      const auto line = head.substr(0, head.find('\r'));
      const auto version_text = line.substr(std::min(line.size(), line.rfind(' ') + 1));
      if (version_text.size() == 8 && version_text.starts_with("HTTP/"))
        return refuse(505, "bad_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    if (ec == error::bad_content_length || ec == error::multiple_content_length ||
        ec == error::bad_transfer_encoding)
      return refuse(400, "bad_framing",
                    "The length of the body is not clear: send either one Content-Length or "
                    "Transfer-Encoding: chunked.");
    return refuse(400, "bad_request",
                  fmt::format("The head is malformed: {}.", ec ? ec.message() : "it goes on"));
  }

  Headers& headers_;
  std::string& body_;
  std::size_t body_max_ = std::numeric_limits<std::size_t>::max();
  std::size_t seen_ = 0;
  std::uint64_t chunk_left_ = 0;
  int lengths_ = 0;
  bool over_ = false;
};

class RequestCore final : public Core<true> {
 public:
  explicit RequestCore(Request& request) : Core(request.headers, request.body), request_(request) {}

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int v, error_code&) override {
    request_.method = std::string(method);
    request_.verb = parse_verb(view(method));
    request_.target = std::string(target);
    version = v;
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  Step check_framing() override {
    if (version == 10 && this->chunked())
      return refuse(400, "bad_framing", "HTTP/1.0 has no chunked bodies.");
    if (hosts_ > 1 || (hosts_ == 0 && version == 11))
      return refuse(400, "bad_request", "The request needs exactly one Host header.");
    auto split = split_target(request_);
    if (!split) return refuse(400, split.error().code, split.error().message);
    return Step::head;
  }

  Request& request_;
};

class ResponseCore final : public Core<false> {
 public:
  using Core::Core;
  int status = 0;

 private:
  void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}
  void on_response_impl(int code, beast::string_view, int v, error_code&) override {
    status = code;
    version = v;
  }
  Step check_framing() override { return Step::head; }
};

}  // namespace

struct RequestParser::State {
  explicit State(HeadLimits l) : limits(l) {}
  HeadLimits limits;
  Request request;
  HeadScan scan;
  std::optional<RequestCore> core;
  bool began = false;
  bool skipped_line = false;
  bool refused = false;
  bool head_read = false;
  Refusal refusal;

  void clear() {
    core.reset();
    request = {};
    scan = {};
    began = skipped_line = refused = head_read = false;
  }

  Progress refuse(const Refusal& why, std::size_t taken) {
    refused = true;
    refusal = why;
    return {Step::refused, taken};
  }

  Progress feed_head(std::string_view bytes) {
    std::size_t skipped = 0;
    // RFC 9112 section 2.2: one empty line before a request is forgiven.
    if (!skipped_line && !bytes.empty() && bytes.front() == '\r') {
      if (bytes.size() < 2) return {Step::more, 0};
      if (bytes[1] == '\n') skipped = 2;
      bytes.remove_prefix(skipped);
    }
    skipped_line |= skipped > 0 || !bytes.empty();
    began |= !bytes.empty();
    const auto found = scan.feed(bytes, limits);
    if (found == HeadScan::Step::more) return {Step::more, skipped};
    if (found == HeadScan::Step::refused) return refuse(scan.refusal(), skipped);
    core.emplace(request);
    if (core->put_head(bytes.substr(0, scan.length())) == Step::refused)
      return refuse(core->refusal, skipped + scan.length());
    head_read = true;
    return {Step::head, skipped + scan.length()};
  }
};

RequestParser::RequestParser(HeadLimits limits) : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;

Progress RequestParser::feed(std::string_view bytes) {
  auto& s = *state_;
  if (s.refused) return {Step::refused, 0};
  if (!s.head_read) return s.feed_head(bytes);
  const auto progress = s.core->put_body(bytes);
  if (progress.step == Step::refused) return s.refuse(s.core->refusal, progress.taken);
  return progress;
}

Step RequestParser::set_body_max(std::size_t max) {
  const auto step = state_->core->set_body_max(max);
  if (step == Step::refused) state_->refuse(state_->core->refusal, 0);
  return step;
}

Request& RequestParser::request() { return state_->request; }
const Request& RequestParser::request() const { return state_->request; }
const Refusal& RequestParser::refusal() const { return state_->refusal; }
bool RequestParser::began() const { return state_->began; }
bool RequestParser::keep_alive() const { return state_->core->keep_alive(); }
bool RequestParser::is_http_1_0() const { return state_->core && state_->core->version == 10; }

bool RequestParser::expects_continue() const {
  return !is_http_1_0() && equal_no_case(state_->request.headers.get("Expect"), "100-continue");
}

void RequestParser::reset() { state_->clear(); }

struct ResponseParser::State {
  State(HeadLimits l, bool head, std::size_t max)
      : limits(l), answers_head(head), body_bytes_max(max) {}
  HeadLimits limits;
  bool answers_head;
  std::size_t body_bytes_max;
  Headers headers;
  std::string body;
  HeadScan scan;
  std::optional<ResponseCore> core;
  bool began = false;
  bool head_read = false;
  Refusal refusal;

  Progress refuse(const Refusal& why, std::size_t taken) {
    refusal = why;
    return {Step::refused, taken};
  }

  Progress feed_head(std::string_view bytes) {
    std::size_t taken = 0;
    for (;;) {
      const auto rest = bytes.substr(taken);
      began |= !rest.empty();
      const auto found = scan.feed(rest, limits);
      if (found == HeadScan::Step::more) return {Step::more, taken};
      if (found == HeadScan::Step::refused) return refuse(scan.refusal(), taken);
      headers.clear();
      core.emplace(headers, body);
      core->skip(answers_head);
      const auto length = scan.length();
      scan = {};
      if (core->put_head(rest.substr(0, length)) == Step::refused)
        return refuse(core->refusal, taken + length);
      taken += length;
      if (core->status / 100 == 1) continue;  // an interim response: the real one follows
      head_read = true;
      if (core->set_body_max(body_bytes_max) == Step::refused) return refuse(core->refusal, taken);
      return {Step::head, taken};
    }
  }
};

ResponseParser::ResponseParser(HeadLimits limits, bool answers_head, std::size_t body_bytes_max)
    : state_(std::make_unique<State>(limits, answers_head, body_bytes_max)) {}
ResponseParser::~ResponseParser() = default;

Progress ResponseParser::feed(std::string_view bytes) {
  auto& s = *state_;
  if (!s.head_read) return s.feed_head(bytes);
  const auto progress = s.core->put_body(bytes);
  if (progress.step == Step::refused) return s.refuse(s.core->refusal, progress.taken);
  return progress;
}

Step ResponseParser::feed_end() {
  auto& s = *state_;
  if (s.head_read && s.core->is_done()) return Step::done;
  error_code ec;
  if (s.head_read) s.core->put_eof(ec);
  if (s.head_read && !ec) return Step::done;
  return s.refuse({400, "cut_off", "The connection ended before the response did."}, 0).step;
}

int ResponseParser::status() const { return state_->core->status; }
Headers& ResponseParser::headers() { return state_->headers; }
bool ResponseParser::began() const { return state_->began; }
std::string& ResponseParser::body() { return state_->body; }
const Refusal& ResponseParser::refusal() const { return state_->refusal; }
bool ResponseParser::keep_alive() const { return state_->core->keep_alive(); }

}  // namespace http
