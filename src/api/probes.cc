#include <boost/asio/this_coro.hpp>

#include "api/api.h"
#include "api/handlers.h"
#include "base/log.h"
#include "base/metrics.h"
#include "store/clusters.h"
#include "store/jobs.h"

namespace api {
namespace {

using base::Result;
using base::metrics::gauge;

base::Error not_ready(std::string why) {
  return {base::Kind::exhausted, "not_ready", std::move(why), {}};
}

/// Reads the store once. It may hang with the disk, which is why nobody awaits it directly.
loop::Task<> probe(Shared& shared, std::shared_ptr<bool> answered) {
  try {
    co_await shared.scene.store.read(&store::ping);
    *answered = true;
  } catch (const base::Failure& failure) {
    base::log::warn("the store does not answer a probe", {{"error", failure.what()}});
  }
  shared.probing = false;
  shared.probed.ring();
}

struct Measured {
  store::QueueLength queue;
  std::vector<store::ClusterRecord> clusters;
  base::Time now;
};

void show(const Measured& m) {
  gauge("fairlead_queued_jobs", "Jobs that wait for a cluster").set(double(m.queue.jobs));
  const auto age = m.queue.oldest ? m.now - *m.queue.oldest : base::Micros(0);
  gauge("fairlead_queued_oldest_seconds", "How long the first of them has waited")
      .set(double(age.count()) / 1e6);
  std::size_t ready = 0, live = 0;
  for (const auto& cluster : m.clusters) {
    ready += !cluster.session.empty() && cluster.lease > m.now;
    live += cluster.live;
  }
  gauge("fairlead_clusters", "Clusters").set(double(m.clusters.size()));
  gauge("fairlead_clusters_ready", "Clusters whose agent is connected").set(double(ready));
  gauge("fairlead_attempts_live", "Attempts on clusters that have not ended").set(double(live));
}

}  // namespace

loop::Task<Result<http::Response>> healthz(Context&) {
  co_return http::respond(200, "text/plain; charset=utf-8", "ok\n");
}

loop::Task<Result<http::Response>> readyz(Context& context) {
  auto& shared = context.shared;
  const auto until = context.scene.clock.mono() + shared.settings.ready_time;
  if (shared.probing) co_return not_ready("the store has not answered an earlier probe yet");
  if (!shared.probes) shared.probes.emplace(co_await loop::asio::this_coro::executor);
  const auto heard = shared.probed.rings();
  const auto answered = std::make_shared<bool>(false);
  shared.probing = true;
  shared.probes->spawn("probe", probe(shared, answered));
  co_await shared.probed.wait(context.scene.clock, heard, until);
  if (!*answered) co_return not_ready("the store does not answer");
  co_return http::respond(200, "text/plain; charset=utf-8", "ready\n");
}

loop::Task<Result<http::Response>> metrics(Context& context) {
  const auto measured = co_await context.scene.store.read([](store::Tx& tx) {
    return Measured{store::queue_length(tx), store::read_clusters(tx), tx.now()};
  });
  show(measured);
  co_return http::respond(200, base::metrics::content_type, base::metrics::render());
}

loop::Task<Result<http::Response>> openapi(Context&) {
  static const std::string document = openapi_json();
  co_return http::respond(200, "application/json", document);
}

}  // namespace api
