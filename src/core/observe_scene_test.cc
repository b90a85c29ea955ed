#include "core/observe_scene.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <sstream>

#include "model/names.h"

namespace core {
namespace {

using model::ContainerStatus;

/// Words of a statement; what is in quotes is one word.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    const bool quoted = text[i] == '`';
    const auto from = i + quoted;
    const auto to = std::min(text.find(quoted ? '`' : ' ', from), text.size());
    words.push_back(text.substr(from, to - from));
    i = to + quoted;
  }
  words.resize(std::max<std::size_t>(words.size(), 8));
  return words;
}

/// `waiting REASON MESSAGE`, `running`, `ended CODE REASON MESSAGE`
void read_container(ContainerStatus c, const std::vector<std::string>& w, std::size_t i, Scene& s) {
  using enum ContainerStatus::Phase;
  c.phase = w[i] == "waiting" ? waiting : w[i] == "running" ? running : terminated;
  if (c.phase == terminated) {
    c.exit_code = std::stoi(w[++i]);
    // What nobody saw end has no time.
    if (w[i + 1] != "ContainerStatusUnknown") c.finished = noon_of_scenes;
  }
  if (c.phase == running) c.started = noon_of_scenes;
  c.reason = w[i + 1];
  c.message = w[i + 2];
  s.pod.containers.push_back(std::move(c));
}

void read_statement(const std::vector<std::string>& w, Scene& s) {
  if (w[0] == "phase") {
    s.pod.phase = w[1], s.pod.reason = w[2], s.pod.message = w[3];
  } else if (w[0] == "main") {
    read_container({.name = "main"}, w, 1, s);
  } else if (w[0] == "init" || w[0] == "sidecar" || w[0] == "other") {
    read_container({.name = w[1], .init = w[0] != "other", .sidecar = w[0] == "sidecar"}, w, 2, s);
  } else if (w[0] == "condition") {
    auto& list = s.pod.uid == "job" ? s.job->conditions : s.pod.conditions;
    list.push_back({w[1], w[2], w[3], w[4]});
  } else if (w[0] == "event") {
    const auto last = noon_of_scenes + std::chrono::seconds(s.events.size());
    s.events.push_back(
        {.object_uid = s.pod.uid, .type = w[1], .reason = w[2], .message = w[3], .last = last});
  } else if (w[0] == "deleted") {
    const auto asked = noon_of_scenes + std::chrono::seconds(w[1].empty() ? 0 : std::stoi(w[1]));
    s.pod.deleted = asked + s.context.grace;
  } else if (w[0] == "unscheduled") {
    s.pod.node.clear();
  } else if (w[0] == "blocked") {
    s.context.blocked_since = noon_of_scenes - std::chrono::seconds(std::stoi(w[1]));
  } else if (w[0] == "job") {
    s.job.emplace();
    s.job->uid = "job";
    s.job->conditions.clear();
    if (!w[1].empty()) s.job->conditions.push_back({w[1], "True", w[2], w[3]});
    s.pod.uid = "job";  // events after it are about the Job
  } else if (w[0] == "pod") {
    if (!s.pods.empty() || s.pod.uid != "job") s.pods.push_back(s.pod);
    s.start_pod(w[1]);
  } else {
    throw std::invalid_argument("no statement: " + w[0]);
  }
}

std::string show(const model::Outcome& o) {
  auto text = std::string(o.class_ ? model::word(*o.class_) : model::word(o.state));
  if (o.exit_code) text += fmt::format(" {}", *o.exit_code);
  if (o.signal) text += fmt::format(" signal {}", *o.signal);
  if (!o.message.empty()) text += fmt::format(" `{}`", o.message);
  if (!o.outputs.is_null()) text += " outputs " + boost::json::serialize(o.outputs);
  return text;
}

std::string show(const Observation& o) {
  std::vector<std::string> parts;
  if (o.running && !o.outcome) parts.emplace_back("runs");
  if (!o.waiting.empty()) parts.push_back("waits: " + o.waiting);
  if (o.outcome) parts.push_back(show(*o.outcome));
  if (o.outcome && !o.running) parts.emplace_back("never ran");
  if (o.stop_rest) parts.emplace_back("stop the rest");
  if (o.unreachable) parts.emplace_back("unreachable");
  if (o.blocked) {
    auto outcome = *o.blocked;
    if (outcome.message == o.waiting) outcome.message.clear();
    parts.push_back(fmt::format(
        "in {} {}", base::format_duration(*o.blocked_until - noon_of_scenes), show(outcome)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

void Scene::start_pod(const std::string& name) {
  pod = {};
  pod.name = pod.uid = name;
  pod.phase = "Pending";
  pod.node = "n1";
}

Scene read_scene(const std::string& text) {
  Scene scene;
  std::istringstream in(text);
  for (std::string statement; std::getline(in, statement, ';');)
    read_statement(words_of(statement), scene);
  if (scene.job && scene.pod.uid != "job") scene.pods.push_back(scene.pod);
  // The order in which events are kept means nothing.
  std::ranges::reverse(scene.events);
  return scene;
}

Observation look_at(Scene& scene) {
  scene.context.events = scene.events;
  if (scene.job) return observe(*scene.job, scene.pods, scene.context);
  return observe(scene.pod, scene.context);
}

std::string observed(std::string_view script) {
  std::istringstream in{std::string(script)};
  std::string out, question;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  -> ")) {
      auto scene = read_scene(question);
      line = "  -> " + show(look_at(scene));
      question.clear();
    } else {
      question += line;
    }
    out += line + "\n";
  }
  return out;
}

namespace {

TEST(ObserveScene, CorrectsTheAnswersAndKeepsTheRest) {
  EXPECT_EQ(observed("\nmain running;\n  phase Running\n  -> wrong\n"),
            "\nmain running;\n  phase Running\n  -> runs\n");
}

TEST(ObserveScene, RefusesWordsItDoesNotKnow) {
  EXPECT_THROW(observed("mian running\n  -> runs\n"), std::invalid_argument);
}

}  // namespace
}  // namespace core
