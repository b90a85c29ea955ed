#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace http {

/// One server-sent event (WHATWG HTML, section "Server-sent events").
struct SseEvent {
  std::string id;     ///< The last id seen, which a client sends back as Last-Event-ID.
  std::string event;  ///< Its type; "" means `message`.
  std::string data;   ///< May have many lines, separated by LF.
  friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

/// The text of an event, its empty line included. CR and LF in id and event are dropped: they would
/// end the line.
std::string format_sse(const SseEvent&);

/// A line that a parser ignores; sent now and then, it keeps a connection from looking idle.
inline constexpr std::string_view sse_keepalive = ":\n\n";

/// Reads a stream of events as its bytes arrive, whatever the slices. Lines end in LF, CR or CRLF.
class SseParser {
 public:
  /// The events that these bytes complete. Throws base::Failure when one event is over
  /// `event_bytes_max`.
  std::vector<SseEvent> feed(std::string_view bytes);
  /// The id to resume after.
  const std::string& last_id() const { return last_id_; }
  /// The pause before a new connection that the server asked for.
  std::optional<base::Micros> retry() const { return retry_; }

  static constexpr std::size_t event_bytes_max = 16 << 20;

 private:
  void end_line(std::vector<SseEvent>& out);
  void field(std::string_view name, std::string_view value);

  std::string line_;
  bool after_cr_ = false;
  bool first_line_ = true;
  std::string event_;
  std::string data_;
  std::string last_id_;
  std::optional<base::Micros> retry_;
};

}  // namespace http
