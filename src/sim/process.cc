#include "sim/process.h"

namespace sim {

void Process::kill() {
  alive_ = false;
  tasks.cancel();
}

loop::Task<> Process::gate() {
  while (!alive_ || frozen())
    co_await never_rings_.wait(clock, never_rings_.rings(),
                               alive_ ? clock.mono() + base::Micros(1) : loop::never);
}

}  // namespace sim
