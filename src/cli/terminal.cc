#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cli {
namespace {

std::string get(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

/// Nobody reads any more when this fails; then there is nobody to tell.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return;
    text.remove_prefix(std::size_t(n));
  }
}

bool is_utf8_locale(const Environment& environment) {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto locale = get(environment, name);
    if (locale.empty()) continue;
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos ||
           locale.find("UTF8") != locale.npos || locale.find("utf-8") != locale.npos;
  }
  return true;  // containers often say nothing; the terminals around them speak UTF-8
}

}  // namespace

Look look_of(const Environment& environment, bool is_terminal) {
  const auto term = get(environment, "TERM");
  const bool able = is_terminal && !term.empty() && term != "dumb";
  return {.colour = able && get(environment, "NO_COLOR").empty(),
          .unicode = is_utf8_locale(environment)};
}

StandardTerminal::StandardTerminal(const Environment& environment) {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const auto term = get(environment, "TERM");
  live = is_terminal && !term.empty() && term != "dumb";
  look = look_of(environment, is_terminal);
}

void StandardTerminal::out(std::string_view text) { write_all(STDOUT_FILENO, text); }
void StandardTerminal::err(std::string_view text) { write_all(STDERR_FILENO, text); }

Size StandardTerminal::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {window.ws_col, std::max<std::size_t>(window.ws_row, 3)};
}

void LiveArea::draw(std::string_view frame) {
  const auto width = terminal_.size().width;
  if (open_ && frame == last_ && width == width_) return;
  std::string text = open_ ? "" : "\x1b[?25l";
  if (lines_ > 0) text += fmt::format("\x1b[{}A", lines_);
  text += '\r';
  // After a resize the old lines are wrapped anew; what is below goes, what scrolled away stays.
  if (width != width_) text += "\x1b[J";
  lines_ = 0;
  for (std::size_t start = 0; start < frame.size(); ++lines_) {
    const auto end = std::min(frame.find('\n', start), frame.size());
    text.append(frame.substr(start, end - start)).append("\x1b[K\n");
    start = end + 1;
  }
  text += "\x1b[J";
  terminal_.out(text);
  last_ = frame;
  width_ = width;
  open_ = true;
}

void LiveArea::close() {
  if (!open_) return;
  terminal_.out("\x1b[?25h");
  open_ = false;
  lines_ = 0;
}

}  // namespace cli
