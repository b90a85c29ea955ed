#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace base::metrics {

/// A number that only grows. Safe from any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. Safe from any thread.
class Gauge {
 public:
  void set(double v) { value_.store(v, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts of observed seconds in fixed buckets. Safe from any thread.
class Histogram {
 public:
  static constexpr double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                      0.25,  0.5,    1,     2.5,  5,     10};
  static constexpr std::size_t buckets = std::size(bounds) + 1;
  void observe(double seconds);

  std::atomic<std::uint64_t> counts[buckets] = {};
  std::atomic<std::uint64_t> sum_us{0};
};

/// Finds or makes the metric of this name. The reference lives as long as the process. `labels` is
/// the text between the braces, `route="/x"`; a label never carries an id of a run, job or attempt.
Counter& counter(std::string_view name, std::string_view help, std::string_view labels = "");
Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = "");
Histogram& histogram(std::string_view name, std::string_view help, std::string_view labels = "");

/// Everything in the OpenMetrics text format, closed by `# EOF`.
std::string render();
inline constexpr std::string_view content_type =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

}  // namespace base::metrics
