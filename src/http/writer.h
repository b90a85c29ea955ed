#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

/// How the body behind a head is delimited.
enum class Framing { length, chunked, until_close, none };

/// What the server decides about a response.
struct HeadPlan {
  Framing framing = Framing::length;
  std::size_t length = 0;
  bool close = false;
  bool http_1_0 = false;
  std::string_view request_id = {};
};

/// Appends the head of a response. A field whose name is not a token, or which the plan decides, is
/// left out; control bytes in a value become spaces, so that no value can begin a line of its own.
void append_head(std::string& out, const Response&, const HeadPlan&);

/// Appends a header line under the same rule; false (and nothing appended) when the name is not a
/// token.
bool append_field(std::string& out, std::string_view name, std::string_view value);

/// Appends one chunk of a chunked body; never the last one, so nothing for no bytes.
void append_chunk(std::string& out, std::string_view bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace http
