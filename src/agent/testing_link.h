#pragma once

#include <string>
#include <vector>

#include "agent/link.h"
#include "loop/clock.h"

namespace agent::testing {

/// A server that gives one running attempt to a session, and keeps its log.
class OneAttempt final : public Link {
 public:
  OneAttempt(loop::Clock& clock, model::Wanted wanted) : clock_(clock), wanted_(wanted) {}
  loop::Task<base::Result<model::Session>> open(model::Hello) override { co_return session_; }
  loop::Task<base::Result<model::Session>> renew(model::Renewal) override { co_return session_; }
  loop::Task<base::Result<bool>> close(std::uint64_t) override { co_return true; }
  loop::Task<base::Result<model::Batch>> pull(std::uint64_t, std::uint64_t after) override {
    if (after > 0) co_await clock_.sleep(std::chrono::hours(1));
    model::Assignment a;
    a.revision = 1;
    a.state = model::AssignmentState::created;
    a.wanted = wanted_;
    a.epoch = 1;
    a.name = "job";
    a.uid = "u";
    co_return model::Batch{.revision = 1, .assignments = {a}, .complete = true};
  }
  loop::Task<base::Result<std::vector<model::Answer>>> report(
      std::uint64_t, std::vector<model::Report> reports) override {
    co_return std::vector(reports.size(), model::Answer::acked);
  }
  loop::Task<base::Result<std::vector<model::LogPlace>>> upload(
      std::uint64_t, std::vector<model::LogChunk> chunks) override {
    std::vector<model::LogPlace> places;
    for (const auto& chunk : chunks) {
      log += chunk.bytes.bytes;
      if (chunk.last) note = chunk.note;
      places.push_back({.bytes = std::int64_t(log.size())});
    }
    co_return places;
  }

  std::string log, note;

 private:
  loop::Clock& clock_;
  const model::Wanted wanted_;
  model::Session session_{.cluster = "c", .epoch = 1, .lease = std::chrono::seconds(15)};
};

}  // namespace agent::testing
