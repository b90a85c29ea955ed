#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace base::metrics {
namespace {

template <class M>
struct Family {
  std::string help;
  std::map<std::string, std::unique_ptr<M>, std::less<>> series;  // by labels
};

template <class M>
using Families = std::map<std::string, Family<M>, std::less<>>;

struct Registry {
  std::mutex mutex;
  Families<Counter> counters;
  Families<Gauge> gauges;
  Families<Histogram> histograms;
};

Registry& registry() {
  static Registry* const r = new Registry;  // never destroyed: threads may count until the very end
  return *r;
}

template <class M>
M& find(Families<M> Registry::* families, std::string_view name, std::string_view help,
        std::string_view labels) {
  std::lock_guard lock(registry().mutex);
  auto& family = (registry().*families)[std::string(name)];
  family.help = help;
  auto& metric = family.series[std::string(labels)];
  if (!metric) metric = std::make_unique<M>();
  return *metric;
}

std::string braces(std::string_view labels) {
  return labels.empty() ? "" : fmt::format("{{{}}}", labels);
}

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name, type, help);
}

void render_histogram(std::string& out, std::string_view name, std::string_view labels,
                      const Histogram& h) {
  const std::string more = labels.empty() ? "" : fmt::format(",{}", labels);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < Histogram::buckets; ++i) {
    total += h.counts[i].load(std::memory_order_relaxed);
    const auto bound =
        i < std::size(Histogram::bounds) ? fmt::format("{}", Histogram::bounds[i]) : "+Inf";
    out += fmt::format("{}_bucket{{le=\"{}\"{}}} {}\n", name, bound, more, total);
  }
  out += fmt::format("{}_sum{} {}\n", name, braces(labels), double(h.sum_us.load()) / 1e6);
  out += fmt::format("{}_count{} {}\n", name, braces(labels), total);
}

}  // namespace

void Histogram::observe(double seconds) {
  const auto at = std::ranges::lower_bound(bounds, seconds) - std::begin(bounds);
  counts[at].fetch_add(1, std::memory_order_relaxed);
  sum_us.fetch_add(std::uint64_t(std::max(0.0, seconds) * 1e6), std::memory_order_relaxed);
}

Counter& counter(std::string_view name, std::string_view help, std::string_view labels) {
  return find(&Registry::counters, name, help, labels);
}
Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels) {
  return find(&Registry::gauges, name, help, labels);
}
Histogram& histogram(std::string_view name, std::string_view help, std::string_view labels) {
  return find(&Registry::histograms, name, help, labels);
}

std::string render() {
  std::lock_guard lock(registry().mutex);
  std::string out;
  for (const auto& [name, family] : registry().counters) {
    head(out, name, "counter", family.help);
    for (const auto& [labels, m] : family.series)
      out += fmt::format("{}_total{} {}\n", name, braces(labels), m->value());
  }
  for (const auto& [name, family] : registry().gauges) {
    head(out, name, "gauge", family.help);
    for (const auto& [labels, m] : family.series)
      out += fmt::format("{}{} {}\n", name, braces(labels), m->value());
  }
  for (const auto& [name, family] : registry().histograms) {
    head(out, name, "histogram", family.help);
    for (const auto& [labels, m] : family.series) render_histogram(out, name, labels, *m);
  }
  return out + "# EOF\n";
}

}  // namespace base::metrics
