#include "kube/watch.h"

#include <algorithm>

namespace kube {
namespace {

using namespace std::chrono_literals;

constexpr base::Backoff backoff = {.initial = 100ms, .max = 30s, .factor = 2, .jitter = 0.3};
/// A watch that held this long was no failed try, however it ended.
constexpr base::Micros steady_time = 10s;
/// The server answers, and something between cuts what lasts: longer waits would only be blindness.
constexpr unsigned ended_tries_max = 3;
constexpr int gone = 410;

}  // namespace

Watcher::Watcher(base::Rng rng) : rng_(rng) {}

base::Mono Watcher::later(base::Mono now) { return now + backoff.wait(tries_++, rng_.unit()); }

void Watcher::start_list(base::Mono not_before) {
  wish_ = {.kind = Wish::Kind::list, .not_before = not_before};
  first_page_ = true;
}

void Watcher::sent(base::Mono now) {
  sent_ = now;
  if (wish_.kind == Wish::Kind::list && first_page_) list_sent_ = now;
}

std::vector<Change> Watcher::page(const Page& page, base::Mono now) {
  std::vector<Change> out;
  if (first_page_) out.push_back({Change::Kind::begin_list});
  first_page_ = false;
  for (const auto& item : page.items) out.push_back({Change::Kind::item, item.name, item.json});
  if (!page.continue_token.empty()) {
    wish_ = {.kind = Wish::Kind::list, .continue_token = page.continue_token, .not_before = now};
    return out;
  }
  out.push_back({Change::Kind::end_list});
  fresh_since_ = list_sent_;
  if (list_sent_ < wanted_)
    start_list(now);
  else
    wish_ = {
        .kind = Wish::Kind::watch, .resource_version = page.resource_version, .not_before = now};
  return out;
}

std::optional<Change> Watcher::event(const WatchEvent& event, base::Mono now) {
  if (event.kind == WatchEvent::Kind::error) {
    // Mostly "too old resource version"; whatever it is, going on from here is not sure to work.
    start_list(later(now));
    return std::nullopt;
  }
  tries_ = 0;
  if (wish_.kind == Wish::Kind::watch) wish_.resource_version = event.item.resource_version;
  if (event.kind == WatchEvent::Kind::bookmark) return std::nullopt;
  const bool removed = event.kind == WatchEvent::Kind::removed;
  return Change{removed ? Change::Kind::removed : Change::Kind::applied, event.item.name,
                event.item.json};
}

void Watcher::ended(base::Mono now) {
  if (wish_.kind == Wish::Kind::list) return;  // asked for meanwhile, and not the watch's fault
  tries_ = now - sent_ >= steady_time ? 0 : std::min(tries_, ended_tries_max);
  wish_.not_before = later(now);
}

void Watcher::failed(int status, base::Mono now, std::optional<base::Micros> retry_after) {
  wish_.not_before = std::max(later(now), now + retry_after.value_or(base::Micros(0)));
  // The version, or the token of a list under way, is no longer known there.
  if (status == gone) start_list(wish_.not_before);
}

void Watcher::lost(base::Mono now) { start_list(later(now)); }

void Watcher::relist(base::Mono now) {
  wanted_ = now;
  if (wish_.kind == Wish::Kind::watch) start_list(wish_.not_before);
}

}  // namespace kube
