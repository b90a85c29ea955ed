#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace base::log {

enum class Level { debug, info, warn, error };
enum class Format { plain, json };

/// One `key=value` of a line. Never pass a secret: there is no masking behind this.
struct Field {
  std::string_view key;
  std::string value;
};
using Fields = std::initializer_list<Field>;

/// Sets what is written to standard error from now on. Threads may log at any time.
void configure(Level least, Format);

/// Writes one line, `event` in a few plain words, to standard error in one write.
void write(Level, std::string_view event, Fields = {});

inline void debug(std::string_view event, Fields f = {}) { write(Level::debug, event, f); }
inline void info(std::string_view event, Fields f = {}) { write(Level::info, event, f); }
inline void warn(std::string_view event, Fields f = {}) { write(Level::warn, event, f); }
inline void error(std::string_view event, Fields f = {}) { write(Level::error, event, f); }

/// The line that `write` would print; separate so that tests can read it.
std::string render(Format, std::string_view time, Level, std::string_view event, Fields);

}  // namespace base::log
