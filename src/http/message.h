#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "loop/task.h"

namespace http {

/// The method of a request; `other` is any that has no name here (Request::method has its text).
enum class Verb { get, head, post, put, patch, delete_, options, other };

Verb parse_verb(std::string_view);
std::string_view to_string(Verb);

/// A header field as it was written.
struct Header {
  std::string name;
  std::string value;
};

/// Header fields in their order; names compare without case (RFC 9110 section 5.1).
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> list) : list_(list) {}

  /// The first value of this name, or nullptr; valid until the headers change.
  const std::string* find(std::string_view name) const;
  /// The first value of this name, or "".
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Replaces every field of this name.
  void set(std::string_view name, std::string value);
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  std::size_t size() const { return list_.size(); }
  void clear() { list_.clear(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

 private:
  std::vector<Header> list_;
};

/// A request, its body read whole.
struct Request {
  Verb verb = Verb::get;
  std::string method;                 ///< The verb as it was written.
  std::string target;                 ///< As it was written: path and query.
  std::string path;                   ///< The part of `target` before `?`, still encoded.
  std::vector<std::string> segments;  ///< Of the path, decoded: `/a//b%2Fc/` is `a`, ``, `b/c`, ``.
  std::vector<std::pair<std::string, std::string>> query;  ///< Decoded, in order.
  Headers headers;
  std::string body;
  std::string peer;          ///< The client as `host:port`.
  std::string id;            ///< X-Request-Id if it is sane ([A-Za-z0-9._-]{1,64}), else made.
  base::Mono deadline = {};  ///< When the handler is cancelled (not its stream).

  /// The first value of this query parameter.
  std::optional<std::string_view> param(std::string_view name) const;
};

/// Where the stream of a response goes.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Sends these bytes now. Throws when the peer is gone or takes nothing for the server's
  /// write_time.
  virtual loop::Task<> write(std::string_view) = 0;
  /// False once the peer is known to be gone.
  virtual bool open() const = 0;
};

/// A response: a body, or a stream that is written piece by piece.
struct Response {
  int status = 200;
  /// Length, coding, connection and request id are the server's; it drops them here. Bytes that
  /// would break a header line are replaced by a space.
  Headers headers;
  std::string body;
  /// When set, it writes the body (sent chunked) instead. It is cancelled when the client leaves or
  /// the server stops; an exception from it breaks the connection, so that the client sees it was
  /// cut off.
  std::function<loop::Task<>(Sink&)> stream;
};

/// A response with a body of this type.
Response respond(int status, std::string_view content_type, std::string body);

/// Splits the origin-form target of `request` into path, segments and query. Refuses a bad escape,
/// NUL and bytes that are not UTF-8 with code `bad_target` or `bad_query`.
base::Result<void> split_target(Request& request);

/// Percent-encodes everything but RFC 3986's unreserved characters: for a segment or a query value.
std::string percent_encode(std::string_view);
/// Undoes percent_encode; `plus_is_space` as in queries. Nothing for a bad escape.
std::optional<std::string> percent_decode(std::string_view, bool plus_is_space = false);

/// Compares ASCII text without case.
bool equal_no_case(std::string_view, std::string_view);

}  // namespace http
