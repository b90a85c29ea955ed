#include "sim/link.h"

#include <fmt/format.h>

#include "model/names.h"
#include "sim/ledger.h"

namespace sim {

using base::Result;
using loop::Task;

namespace {

void note(Trace& trace, std::set<std::string>& known, const std::string& cluster,
          const std::vector<model::Report>& reports, const std::vector<model::Answer>& answers) {
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& r = reports[i];
    if (answers[i] == model::Answer::acked && !r.uid.empty()) known.insert(r.uid);
    if (trace.on())
      trace.say(fmt::format("{} reports {} {} {}: {}", cluster, text(r.key), model::word(r.sight),
                            r.uid, model::word(answers[i])));
  }
}

/// The agent may be gone when this is done: nothing of it is used.
Task<Result<std::vector<model::Answer>>> serve_reports(Server& server, Trace& trace,
                                                       std::set<std::string>& known,
                                                       std::string cluster, std::uint64_t epoch,
                                                       std::vector<model::Report> reports) {
  auto answers = co_await server.link->report(cluster, epoch, reports);
  if (answers) note(trace, known, cluster, reports, *answers);
  co_return answers;
}

}  // namespace

// The arguments are held by the callables: a request may arrive after its caller is gone.

Task<Result<model::Session>> FaultyLink::open(model::Hello hello) {
  return call<model::Session>([c = cluster_, hello](Server& s) { return s.link->open(c, hello); });
}

Task<Result<model::Session>> FaultyLink::renew(model::Renewal renewal) {
  return call<model::Session>(
      [c = cluster_, renewal](Server& s) { return s.link->renew(c, renewal); });
}

Task<Result<bool>> FaultyLink::close(std::uint64_t epoch) {
  return call<bool>([c = cluster_, epoch](Server& s) { return s.link->close(c, epoch); });
}

Task<Result<model::Batch>> FaultyLink::pull(std::uint64_t epoch, std::uint64_t after) {
  constexpr auto hold = std::chrono::seconds(5);
  return call<model::Batch>(
      [c = cluster_, epoch, after, hold](Server& s) {
        return s.link->pull(c, epoch, after, s.process.clock.mono() + hold);
      },
      hold * 2);
}

Task<Result<std::vector<model::Answer>>> FaultyLink::report(std::uint64_t epoch,
                                                            std::vector<model::Report> reports) {
  return call<std::vector<model::Answer>>(
      [&known = known_, &trace = trace_, c = cluster_, epoch, reports](Server& s) {
        return serve_reports(s, trace, known, c, epoch, reports);
      });
}

Task<Result<std::vector<model::LogPlace>>> FaultyLink::upload(std::uint64_t epoch,
                                                              std::vector<model::LogChunk> chunks) {
  return call<std::vector<model::LogPlace>>(
      [c = cluster_, epoch, chunks](Server& s) { return s.link->upload(c, epoch, chunks); });
}

}  // namespace sim
