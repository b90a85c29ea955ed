#include "local/outcome.h"

#include <fmt/format.h>
#include <cstring>

namespace local {
namespace {

std::string describe(const MainEnd& end) {
  if (end.exit_code) return fmt::format("exited with code {}", *end.exit_code);
  const int number = end.signal.value_or(0);
  const char* name = ::sigabbrev_np(number);
  if (!name) return fmt::format("killed by signal {}", number);
  return fmt::format("killed by signal {} (SIG{})", number, name);
}

}  // namespace

model::Outcome judge(const MainEnd& end, Ending ending, base::Micros run_timeout) {
  model::Outcome outcome;
  outcome.exit_code = end.exit_code;
  outcome.signal = end.signal;
  if (end.exit_code == 0) {
    outcome.state = model::AttemptState::succeeded;
  } else if (ending == Ending::stop) {
    outcome.state = model::AttemptState::canceled;
    outcome.message = fmt::format("stopped; {}", describe(end));
  } else if (ending == Ending::run_timeout) {
    outcome.class_ = model::Class::run_timeout;
    outcome.message = fmt::format("ran longer than {}", base::format_duration(run_timeout));
  } else {
    outcome.class_ = model::Class::exit;
    outcome.message = describe(end);
  }
  return outcome;
}

model::Outcome failed(model::Class cls, std::string message) {
  model::Outcome outcome;
  outcome.class_ = cls;
  outcome.message = std::move(message);
  return outcome;
}

model::Outcome stopped_before_start() {
  model::Outcome outcome;
  outcome.state = model::AttemptState::canceled;
  outcome.message = "stopped before it started";
  return outcome;
}

}  // namespace local
