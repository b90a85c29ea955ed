#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace base {

/// What sort of refusal an Error is; each kind has one HTTP status (see http/problem.h).
enum class Kind { invalid, unauthenticated, forbidden, not_found, conflict, exhausted };

/// One place in an input that is at fault: a JSON pointer (RFC 6901) and a sentence with the
/// remedy.
struct Fault {
  std::string pointer;
  std::string message;
  friend bool operator==(const Fault&, const Fault&) = default;
};
using Faults = std::vector<Fault>;

/// A refusal: an outcome that a caller can act on. Failures of the world are exceptions instead.
struct Error {
  Kind kind = Kind::invalid;
  std::string code;     ///< Stable word for programs, such as `unknown_field`.
  std::string message;  ///< One sentence for people: what is wrong and what to do.
  Faults faults;        ///< Every place at fault, when the input is.
};

/// A value or a refusal. `if (!x) return x.error();` is the way to pass it on.
template <class T>
using Result = boost::system::result<T, Error>;

/// Thrown when the world fails (disk, network, a broken peer). Caught at the boundaries only.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `.value()` on a refusal is a programming mistake; it ends here.
[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::logic_error(e.code + ": " + e.message);
}

inline Error invalid(std::string code, std::string message, Faults faults = {}) {
  return {Kind::invalid, std::move(code), std::move(message), std::move(faults)};
}
inline Error not_found(std::string code, std::string message) {
  return {Kind::not_found, std::move(code), std::move(message), {}};
}
inline Error conflict(std::string code, std::string message) {
  return {Kind::conflict, std::move(code), std::move(message), {}};
}

}  // namespace base
