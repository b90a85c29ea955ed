#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include "base/time.h"
#include "base/value.h"

namespace base::log {
namespace {

std::atomic<Level> least_level{Level::info};
std::atomic<Format> format_now{Format::plain};

constexpr std::string_view names[] = {"debug", "info", "warn", "error"};

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text));
}

bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of(" \"=\n\t\\") != text.npos;
}

}  // namespace

void configure(Level least, Format format) {
  least_level = least;
  format_now = format;
}

std::string render(Format format, std::string_view time, Level level, std::string_view event,
                   Fields fields) {
  std::string line;
  if (format == Format::json) {
    line.append("{\"time\":").append(quoted(time));
    line.append(",\"level\":").append(quoted(names[int(level)]));
    line.append(",\"event\":").append(quoted(event));
    for (const auto& f : fields)
      line.append(",").append(quoted(f.key)).append(":").append(quoted(f.value));
    return line + "}\n";
  }
  line.append(time.substr(11, 12)).append(" ").append(names[int(level)]).append(" ").append(event);
  for (const auto& f : fields)
    line.append(" ").append(f.key).append("=").append(needs_quotes(f.value) ? quoted(f.value)
                                                                            : f.value);
  return line + "\n";
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < least_level) return;
  const auto now = std::chrono::floor<Micros>(std::chrono::system_clock::now());
  const auto line = render(format_now, format_time(now), level, event, fields);
  // A log that cannot be written must not stop the work; there is nowhere left to say so.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace base::log
