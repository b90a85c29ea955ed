#include "sim/workload.h"

#include <fmt/format.h>

namespace sim {
namespace {

base::Object edge(base::Rng& rng, const std::string& job) {
  base::Object out{{"job", job}};
  const auto kind = rng.below(6);
  if (kind == 0) out["conditions"] = base::Object{{"failure", true}};
  if (kind == 1) out["conditions"] = base::Object{{"always", true}};
  if (kind == 2) out["conditions"] = base::Object{{"success", true}};
  return out;
}

base::Object make_job(base::Rng& rng) {
  static constexpr const char* scripts[] = {"ok",    "ok",   "ok",    "ok",    "fail",
                                            "flaky", "slow", "infra", "infra", "refused",
                                            "image", "hang", "stuck", "mute"};
  base::Object job{{"image", "i"}, {"run", scripts[rng.below(std::size(scripts))]}};
  base::Object timeouts{{"start", fmt::format("{}s", 5 + rng.below(15))},
                        {"run", fmt::format("{}s", 4 + rng.below(25))},
                        {"queue", fmt::format("{}s", rng.chance(0.2) ? 2 + rng.below(10) : 200)}};
  job["timeouts"] = std::move(timeouts);
  if (rng.chance(0.5)) {
    base::Object retry{{"attempts", 1 + rng.below(4)},
                       {"backoff", base::Object{{"initial", "200ms"}, {"max", "3s"}}}};
    if (rng.chance(0.2)) retry["on"] = base::Array{"exit", "evicted", "deleted", "run_timeout"};
    job["retry"] = std::move(retry);
  }
  return job;
}

}  // namespace

base::Value make_pipeline(base::Rng& rng, std::uint32_t jobs_max) {
  base::Object jobs, finally;
  const auto count = 1 + rng.below(jobs_max);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto job = make_job(rng);
    base::Array needs;
    for (std::uint64_t j = 0; j < i; ++j)
      if (rng.chance(1.2 / double(i))) needs.push_back(edge(rng, fmt::format("j{}", j)));
    if (!needs.empty()) job["dependsOn"] = std::move(needs);
    jobs[fmt::format("j{}", i)] = std::move(job);
  }
  base::Object pipeline{{"kind", "Pipeline"}, {"jobs", std::move(jobs)}};
  if (rng.chance(0.3)) {
    finally["fin0"] = make_job(rng);
    if (rng.chance(0.5)) {
      finally["fin1"] = make_job(rng);
      finally["fin1"].as_object()["dependsOn"] = base::Array{edge(rng, "fin0")};
    }
    pipeline["finally"] = std::move(finally);
  }
  pipeline["timeout"] = rng.chance(0.15) ? fmt::format("{}s", 3 + rng.below(30)) : "600s";
  return pipeline;
}

base::Value make_fan_out(base::Rng& rng, std::uint32_t width) {
  const base::Object timeouts{{"run", "20s"}, {"start", "20s"}, {"queue", "100s"}};
  const auto job = [&](const char* script, base::Array needs) {
    return base::Object{
        {"image", "i"}, {"run", script}, {"timeouts", timeouts}, {"dependsOn", std::move(needs)}};
  };
  base::Object jobs;
  jobs["root"] = job(rng.chance(0.5) ? "flaky" : "ok", {});
  base::Array all;
  for (std::uint32_t i = 0; i < width; ++i) {
    const auto name = fmt::format("w{}", i);
    jobs[name] = job("ok", {base::Object{{"job", "root"}}});
    all.push_back(base::Object{{"job", name}, {"conditions", base::Object{{"always", true}}}});
  }
  jobs["sink"] = job("ok", std::move(all));
  base::Object finally{{"fin0", job("ok", {})}};
  return base::Object{{"kind", "Pipeline"},
                      {"jobs", std::move(jobs)},
                      {"finally", std::move(finally)},
                      {"timeout", "300s"}};
}

}  // namespace sim
