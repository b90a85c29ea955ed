#pragma once

#include <set>

#include "agent/link.h"
#include "sim/network.h"
#include "sim/trace.h"

namespace sim {

/// An agent's link through the faulty network.
class FaultyLink final : public agent::Link {
 public:
  /// `known` collects the uids of objects that the server was told of.
  FaultyLink(Network& network, Process& process, Trace& trace, std::string cluster,
             std::set<std::string>& known)
      : network_(network),
        process_(process),
        trace_(trace),
        cluster_(std::move(cluster)),
        known_(known) {}

  loop::Task<base::Result<model::Session>> open(model::Hello) override;
  loop::Task<base::Result<model::Session>> renew(model::Renewal) override;
  loop::Task<base::Result<bool>> close(std::uint64_t epoch) override;
  loop::Task<base::Result<model::Batch>> pull(std::uint64_t epoch, std::uint64_t after) override;
  loop::Task<base::Result<std::vector<model::Answer>>> report(std::uint64_t epoch,
                                                              std::vector<model::Report>) override;
  loop::Task<base::Result<std::vector<model::LogPlace>>> upload(
      std::uint64_t epoch, std::vector<model::LogChunk>) override;

 private:
  template <class T>
  loop::Task<base::Result<T>> call(std::function<loop::Task<base::Result<T>>(Server&)> serve,
                                   base::Micros patience = std::chrono::seconds(10)) {
    return network_.call<base::Result<T>>(process_, cluster_, patience, true, std::move(serve));
  }

  Network& network_;
  Process& process_;
  Trace& trace_;
  std::string cluster_;
  std::set<std::string>& known_;
};

}  // namespace sim
