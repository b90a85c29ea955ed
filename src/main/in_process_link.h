#pragma once

#include <string>

#include "agent/link.h"
#include "control/link.h"

namespace fairlead {

/// The link of an agent that lives in the server's own process.
class InProcessLink final : public agent::Link {
 public:
  InProcessLink(control::Link& link, loop::Clock& clock, std::string cluster)
      : link_(link), clock_(clock), cluster_(std::move(cluster)) {}

  loop::Task<base::Result<model::Session>> open(model::Hello hello) override {
    return link_.open(cluster_, std::move(hello));
  }
  loop::Task<base::Result<model::Session>> renew(model::Renewal renewal) override {
    return link_.renew(cluster_, std::move(renewal));
  }
  loop::Task<base::Result<bool>> close(std::uint64_t epoch) override {
    return link_.close(cluster_, epoch);
  }
  loop::Task<base::Result<model::Batch>> pull(std::uint64_t epoch, std::uint64_t after) override {
    return link_.pull(cluster_, epoch, after, clock_.mono() + std::chrono::seconds(10));
  }
  loop::Task<base::Result<std::vector<model::Answer>>> report(
      std::uint64_t epoch, std::vector<model::Report> reports) override {
    return link_.report(cluster_, epoch, std::move(reports));
  }
  loop::Task<base::Result<std::vector<model::LogPlace>>> upload(
      std::uint64_t epoch, std::vector<model::LogChunk> chunks) override {
    return link_.upload(cluster_, epoch, std::move(chunks));
  }

 private:
  control::Link& link_;
  loop::Clock& clock_;
  std::string cluster_;
};

}  // namespace fairlead
