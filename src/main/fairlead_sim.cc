// fairlead_sim: lives many seeded worlds with faults and checks each. See src/sim.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "base/log.h"
#include "sim/simulation.h"

namespace {

/// Every so many seeds, one is lived twice: the same seed must be the same life.
constexpr std::uint64_t twice_every = 25;

/// Of a failing seed, this many events are shown unless all are asked for.
constexpr std::size_t tail_lines = 60;

/// After so many failed seeds there is enough to read.
constexpr std::uint64_t failures_max = 10;

void show(std::uint64_t seed, const std::vector<std::string>& violations, bool all) {
  for (std::size_t i = 0; i < violations.size() && i < 10; ++i)
    fmt::print("seed {} violates: {}\n", seed, violations[i]);
  // Played again with every event written down.
  const auto again = sim::simulate(seed, true);
  std::deque<std::string> tail;
  for (const auto& line : again.events) {
    if (!all && line.find(again.about) == line.npos) continue;
    tail.push_back(line);
    if (!all && tail.size() > tail_lines) tail.pop_front();
  }
  for (const auto& line : tail) fmt::print("    {}\n", line);
  fmt::print("  again: fairlead_sim --seed {} --trace\n", seed);
  std::fflush(stdout);
}

bool passes(std::uint64_t seed, bool traced) {
  auto out = sim::simulate(seed, traced);
  if (out.violations.empty() && seed % twice_every == 0 && sim::simulate(seed).digest != out.digest)
    out.violations.push_back("the same seed lived another life");
  if (traced)
    fmt::print("seed {}: {} runs, {} executions, {} of virtual time, digest {:x}\n", seed, out.runs,
               out.executions, base::format_duration(out.took), out.digest);
  if (!out.violations.empty()) show(seed, out.violations, traced);
  return out.violations.empty();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Lives seeded worlds: the real server and agents, a fake cluster, faults.");
  std::uint64_t seeds = 100, from = 0;
  std::optional<std::uint64_t> one;
  bool traced = false;
  app.add_option("--seeds", seeds, "how many");
  app.add_option("--from", from, "the first");
  app.add_option("--seed", one, "only this one");
  app.add_flag("--trace", traced, "say what happens, and log");
  CLI11_PARSE(app, argc, argv);
  // Trouble is what this is about: its logs would drown what is found.
  base::log::configure(traced ? base::log::Level::info : base::log::Level(99),
                       base::log::Format::plain);
  if (one) from = *one, seeds = 1;
  std::uint64_t passed = 0, failed = 0;
  for (auto seed = from; seed < from + seeds && failed < failures_max; ++seed)
    passes(seed, traced) ? ++passed : ++failed;
  fmt::print("sim: {} seeds passed, {} failed\n", passed, failed);
  return failed ? 1 : 0;
}
