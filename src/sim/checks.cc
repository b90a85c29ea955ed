#include "sim/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "model/names.h"
#include "sim/verdict.h"
#include "store/assignments.h"
#include "store/attempts.h"
#include "store/clusters.h"
#include "store/jobs.h"
#include "store/logs.h"
#include "store/runs.h"

namespace sim {
namespace {

/// A visible run with the number of the order that it came from.
struct Kept {
  store::RunRecord record;
  std::uint32_t order = 0;
};

std::vector<Kept> read_runs(World& w) {
  std::vector<Kept> kept;
  w.look([&](store::Tx& tx) {
    for (auto& r : store::list_runs(tx, "default", {}, {}, 10'000)) {
      const auto labels = boost::json::parse(r.labels);
      const std::string order(labels.as_object().at("order").as_string());
      kept.push_back({std::move(r), std::uint32_t(std::stoul(order))});
    }
  });
  return kept;
}

/// Accepted is never lost, and what was asked for once is never done twice.
void check_orders(World& w, const std::vector<Kept>& kept, const std::vector<Order>& orders) {
  std::map<std::uint32_t, std::vector<const Kept*>> by_order;
  for (const auto& k : kept) by_order[k.order].push_back(&k);
  for (const auto& o : orders) {
    const auto& mine = by_order[o.number];
    if (mine.size() > (o.keyed ? 1 : o.sent))
      w.complain(mine.back()->record.run.id,
                 fmt::format("order {} was done {} times", o.number, mine.size()));
    for (const auto& id : o.told)
      if (std::ranges::none_of(mine, [&](const Kept* k) { return k->record.run.id == id; }))
        w.complain(id, "accepted, and lost");
    for (const auto* k : mine)
      if (o.cancelled && k->record.run.id == o.told.front() &&
          k->record.run.state != model::RunState::canceled)
        w.complain(k->record.run.id, "a run that was canceled ended otherwise");
  }
}

/// The history, replayed, is what is stored.
void check_replay(World& w, const Kept& kept) {
  const auto id = kept.record.run.id;
  const auto told = w.history.runs().find(id);
  if (told == w.history.runs().end()) return w.complain(id, "the history does not know it");
  if (told->second.state != kept.record.run.state) w.complain(id, "the history ends otherwise");
  w.look([&](store::Tx& tx) {
    for (const auto& row : store::list_jobs(tx, id, -1, false, "", 100'000)) {
      const auto at = told->second.jobs.find(row.job.index);
      const ToldJob job = at == told->second.jobs.end() ? ToldJob{} : at->second;
      const auto cls = row.job.class_ ? std::string(model::word(*row.job.class_)) : "";
      if (job.state != row.job.state || job.attempt != row.job.attempt || job.class_ != cls ||
          job.handled != row.job.handled || job.unreachable != row.job.unreachable)
        w.complain(id, "the history tells otherwise of " + row.name);
    }
  });
}

/// A stream of what ran is stored whole, or it is said what is missing.
void check_stream(World& w, const Execution& e, const store::LogStream* stream,
                  const std::string& wrote, const std::string& where) {
  const auto id = e.key.run;
  if (!stream || !stream->note)
    return w.complain(id, where + ": nothing says that its output is whole or not");
  std::string stored;
  w.look(
      [&](store::Tx& tx) { stored = store::read_log(tx, e.key, stream->name, 0, 1 << 20).bytes; });
  if (!wrote.starts_with(stored)) w.complain(id, where + ": its output is not what it wrote");
  if (*stream->note == "complete" && stored != wrote)
    w.complain(id, where + ": its output is called complete, and is not");
  if (e.removed && stream->note->starts_with("lost: the object went"))
    w.complain(id, where + " was removed before its output was stored or given up");
}

/// Each of its streams that the server heard of: when an object vanished that may be one of two.
void check_output(World& w, const Execution& e, const std::string& where) {
  store::AttemptLogs logs;
  w.look([&](store::Tx& tx) { logs = store::read_logs(tx, e.key); });
  const auto find = [&](std::string_view name) {
    const auto at = std::ranges::find(logs.streams, name, &store::LogStream::name);
    return at == logs.streams.end() ? nullptr : &*at;
  };
  if (find("") || logs.streams.empty()) check_stream(w, e, find(""), e.output, where);
  const auto* side = find("side");
  if (!e.side.empty() && (side || e.removed)) check_stream(w, e, side, e.side, where + " aside");
  if (logs.grows) w.complain(e.key.run, where + ": its log does not end");
}

void check_attempt(World& w, model::RunId id, std::uint32_t job, const store::AttemptRecord& a) {
  const auto where = fmt::format("attempt {}#{}", job, a.attempt);
  if (!is_final(a.state)) w.complain(id, where + " has no end");
  for (const auto* e : w.ledger.of(id, job)) {
    if (e->key.attempt != a.attempt || !e->began) continue;
    check_output(w, *e, where);
    if (a.state == model::AttemptState::succeeded &&
        (!e->outcome || e->outcome->state != model::AttemptState::succeeded || e->uid != a.uid))
      w.complain(id, where + " is called a success, and was none");
  }
}

void check_run(World& w, const Kept& kept, const Order& order) {
  const auto& run = kept.record.run;
  if (run.held) w.complain(run.id, "held: " + kept.record.held);
  check_replay(w, kept);
  const auto told = w.history.runs().find(run.id);
  if (told == w.history.runs().end()) return;
  for (const auto& wrong : judge(order.spec, told->second, run.stop)) w.complain(run.id, wrong);
  for (const auto& [index, job] : told->second.jobs) {
    std::vector<store::AttemptRecord> attempts;
    w.look([&](store::Tx& tx) { attempts = store::list_attempts(tx, run.id, index); });
    for (const auto& a : attempts) check_attempt(w, run.id, index, a);
  }
}

std::string left(store::Tx& tx, const std::string& cluster) {
  std::string out;
  for (const auto& a : store::pull_assignments(tx, cluster, 0, 5))
    out += fmt::format(", {} {} {}", text(a.key), model::word(a.state), model::word(a.wanted));
  return out;
}

std::string unended(model::RunId id, const ToldRun& run) {
  auto out = fmt::format("run {} is {}:", id.text(), model::word(run.state));
  for (const auto& [index, job] : run.jobs)
    if (!is_final(job.state) && out.size() < 500)
      out += fmt::format(" {} is {} at {}", job.name, model::word(job.state), job.attempt);
  return out;
}

}  // namespace

std::string unrest(World& w) {
  for (const auto& [id, run] : w.history.runs())
    if (!is_final(run.state)) return unended(id, run);
  for (const auto& site : w.sites)
    if (site.cluster->size() > 0)
      return fmt::format("{} objects are left on {}, {} among them", site.cluster->size(),
                         site.cluster->name(), site.cluster->list().front().uid);
  std::string found;
  w.look([&](store::Tx& tx) {
    for (const auto& c : store::read_clusters(tx)) {
      if (!store::pull_assignments(tx, c.name, 0, 1).empty() ||
          !store::unoffered_assignments(tx, c.name, 1).empty())
        found = "assignments are left on " + c.name + left(tx, c.name);
      else if (c.live != 0 || c.offered != 0)
        found = fmt::format("{} counts {} live and {} offered", c.name, c.live, c.offered);
    }
    if (!store::read_continuations(tx, 1).empty()) found = "follow-ups are left";
  });
  return found;
}

void check_end(World& w, const std::vector<Order>& orders) {
  const auto kept = read_runs(w);
  check_orders(w, kept, orders);
  for (const auto& k : kept) check_run(w, k, orders.at(k.order));
  if (kept.size() != w.history.runs().size()) w.complain({}, "the history knows of other runs");
}

}  // namespace sim
