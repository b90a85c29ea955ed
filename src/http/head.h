#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace http {

/// Why a message is refused: what the answer to a bad request says.
struct Refusal {
  int status = 400;
  std::string code;
  std::string detail;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// What the head of a message may take.
struct HeadLimits {
  std::size_t bytes_max = 16 << 10;
  std::size_t fields_max = 100;
};

/// Finds the end of a message head, byte by byte, and refuses what must not reach the parser behind
/// it: a bare CR or LF, control bytes, folded lines, too many bytes or fields. As it looks at each
/// byte once and in order, how the bytes were sliced cannot matter.
class HeadScan {
 public:
  enum class Step { more, complete, refused };

  /// `bytes` begins with the head, and with each call only grows at its end.
  Step feed(std::string_view bytes, const HeadLimits&);
  /// The length of the complete head, its empty line included.
  std::size_t length() const { return at_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  Step refuse(int status, std::string_view code, std::string_view detail);
  Step end_of_line(const HeadLimits&);

  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
  Refusal refusal_;
};

}  // namespace http
