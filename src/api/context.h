#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/gate.h"
#include "control/link.h"
#include "control/scene.h"
#include "http/message.h"
#include "loop/group.h"

namespace api {

struct Route;

/// The one project that there is for now.
inline constexpr std::string_view the_project = "default";

/// What the API allows.
struct Settings {
  std::size_t body_bytes_max = 32 << 20;      ///< Of any request.
  std::size_t payload_bytes_max = 256 << 10;  ///< Of a run.
  base::Micros ready_time = std::chrono::seconds(2);
  base::Micros heartbeat = std::chrono::seconds(15);          ///< Of an event stream that is quiet.
  base::Micros events_pause = std::chrono::milliseconds(20);  ///< Between reads of one stream.
  base::Micros log_period = std::chrono::seconds(1);  ///< Of a followed log that nothing wakes.
  base::Micros pull_wait = std::chrono::seconds(10);  ///< Until an agent gets an empty batch.
};

/// What handlers share for as long as the API lives; streams may hold on to it.
struct Shared {
  control::Scene& scene;
  control::Link& link;
  auth::Gate& gate;
  const Settings settings;
  base::Rng& rng;
  loop::Bell probed;                  ///< A probe of the store has ended.
  bool probing = false;               ///< One is under way.
  std::optional<loop::Group> probes;  ///< Owns it.
};

/// One request on its way through its handler. It ends with the handler, before a stream begins.
struct Context {
  Shared& shared;
  control::Scene& scene;
  http::Request& request;
  const Route& route;
  auth::Caller caller = {};
  /// What stood in the places of the route's path, by name.
  std::vector<std::pair<std::string_view, std::string_view>> places = {};
  int status = 0;              ///< Of the answer; 0: the first of the route's.
  http::Headers headers = {};  ///< Added to the answer.
  bool heavy = false;          ///< The answer is big: print it off the loop.

  std::string_view place(std::string_view name) const {
    for (const auto& [key, value] : places)
      if (key == name) return value;
    return {};
  }
};

}  // namespace api
