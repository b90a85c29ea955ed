#include "core/play.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "core/toy_run.h"
#include "model/names.h"

namespace core {
namespace {

using model::AttemptState;
using model::Job;
using model::JobState;
using Words = std::vector<std::string>;

Words words_of(std::string_view text, char separator = ' ') {
  Words words;
  std::istringstream in{std::string(text)};
  for (std::string word; std::getline(in, word, separator);)
    if (!word.empty()) words.push_back(word);
  return words;
}

template <class E>
E enumerator(std::string_view text) {
  E e{};
  if (!model::read_word(text, e)) throw std::invalid_argument(fmt::format("no word: {}", text));
  return e;
}

model::Dependency dependency(const std::string& text) {
  const auto parts = words_of(text, ':');
  const auto on = parts.size() > 1 ? parts[1] : "success";
  return {parts[0], {on == "success", on == "failure", on == "always"}};
}

/// Reads `5m:retry`.
model::OnUnreachable policy(const std::string& text) {
  const auto parts = words_of(text, ':');
  return {*base::parse_duration(parts.at(0)), enumerator<model::Then>(parts.at(1))};
}

/// Reads `build attempts 2 needs a b:failure` into the spec.
void read_head(const Words& words, model::PipelineSpec& spec) {
  if (words[0] == "timeout") {
    spec.timeout = *base::parse_duration(words.at(1));
    return;
  }
  model::JobSpec job{.image = "i"};
  job.retry.backoff = {.initial = std::chrono::seconds(2), .jitter = 0};
  auto* jobs = &spec.jobs;
  std::string option;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto& w = words[i];
    if (w == "finally") {
      jobs = &spec.finally;
    } else if (w == "needs" || option == "needs") {
      if (w != "needs") job.depends_on.push_back(dependency(w));
      option = "needs";
    } else {
      const auto& value = words.at(++i);
      if (w == "attempts")
        job.retry.attempts = std::uint32_t(std::stoul(value));
      else if (w == "queue")
        job.timeouts.queue = *base::parse_duration(value);
      else if (w == "start")
        job.timeouts.start = *base::parse_duration(value);
      else if (w == "run")
        job.timeouts.run = *base::parse_duration(value);
      else if (w == "on")
        for (const auto& c : words_of(value, ','))
          job.retry.on.push_back(enumerator<model::Class>(c));
      else if (w == "unseen")
        job.cluster = model::ClusterSettings{.on_unreachable = policy(value)};
      else
        throw std::invalid_argument("no option: " + w);
    }
  }
  jobs->emplace_back(words[0], job);
}

/// One scenario being played.
class Player {
 public:
  explicit Player(const model::PipelineSpec& spec) : toy_(plan_of(spec)) {}

  /// Does what the left side says and tells what changed.
  std::string line(const Words& words) {
    const auto run = toy_.run;
    const auto jobs = toy_.jobs;
    seen_ = {};
    step(words);
    Words out;
    for (std::size_t i = 0; i < jobs.size(); ++i) compare(jobs[i], toy_.jobs[i], out);
    for (auto j : seen_.stop)
      out.push_back(fmt::format("stop {}", attempt(j, toy_.jobs[j].attempt)));
    for (const auto& l : seen_.late)
      out.push_back(fmt::format("late {}", attempt(l.job, l.attempt)));
    for (const auto& a : seen_.attempts)
      if (toy_.jobs[a.job].state == JobState::canceled && a.state > AttemptState::stopping &&
          a.state != AttemptState::canceled)
        out.push_back(fmt::format("{} {}", attempt(a.job, a.attempt), model::word(a.state)));
    if (run.state != toy_.run.state)
      out.push_back(fmt::format("run {}", model::word(toy_.run.state)));
    return fmt::format("{}", fmt::join(out, ", "));
  }

 private:
  const std::string& name(std::uint32_t job) const { return toy_.plan->jobs[job].name; }
  std::string attempt(std::uint32_t job, std::uint32_t number) const {
    return fmt::format("{}#{}", name(job), number);
  }

  void compare(const Job& was, const Job& is, Words& out) const {
    if (is.handled && !was.handled) out.push_back(name(is.index) + " handled");
    if (is.unreachable != was.unreachable && is.state == was.state)
      out.push_back(name(is.index) + (is.unreachable ? " unreachable" : " reachable"));
    if (is.state == was.state && is.attempt == was.attempt) return;
    auto text = fmt::format("{} {}", name(is.index), model::word(is.state));
    if (is.state == JobState::queued) text += fmt::format(" #{}", is.attempt);
    if (is.state == JobState::backing_off) text += " " + base::format_duration(*is.due - now_);
    const bool failed = is.state == JobState::failed || is.state == JobState::backing_off;
    if (failed && is.class_ != model::Class::exit)
      text += fmt::format(" {}", model::word(*is.class_));
    out.push_back(text);
  }

  void feed(const Fact& fact) {
    last_ = fact;
    auto e = toy_.feed({fact}, now_);
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(seen_.attempts, e.attempts);
    append(seen_.late, e.late);
    append(seen_.stop, e.stop);
    if (!toy_.rest.empty()) throw std::logic_error("scenarios are small; nothing is left over");
  }

  void step(const Words& words) {
    if (words[0] == "submit") return feed(Submitted{});
    if (words[0] == "cancel") return feed(Cancel{});
    if (words[0] == "again") return feed(Fact(last_.value()));
    if (words[0] == "after") return pass(*base::parse_duration(words.at(1)));
    const auto parts = words_of(words.at(1), '#');
    const auto at = std::ranges::find(toy_.plan->jobs, parts.at(0), &PlanJob::name);
    if (at == toy_.plan->jobs.end()) throw std::invalid_argument("no job: " + parts[0]);
    const auto job = std::uint32_t(at - toy_.plan->jobs.begin());
    about(words, job, std::uint32_t(std::stoul(parts.at(1))));
  }

  void about(const Words& words, std::uint32_t job, std::uint32_t number) {
    const auto& verb = words[0];
    const bool whole = verb == "started" || verb == "succeeded" || verb == "failed";
    const auto& row = toy_.jobs[job];
    if (whole && row.state == JobState::queued && row.attempt == number)
      for (const Fact& f :
           {Fact(Assigned{job, number}), Fact(Created{job, number}), Fact(Started{job, number})})
        feed(f);
    if (verb == "assigned") return feed(Assigned{job, number});
    if (verb == "created") return feed(Created{job, number});
    if (verb == "started") return feed(Started{job, number});
    if (verb == "never") return feed(NeverStarted{job, number});
    if (verb == "unreachable") return feed(Unreachable{job, number, true});
    if (verb == "reachable") return feed(Unreachable{job, number, false});
    model::Outcome outcome;
    if (verb == "failed")
      outcome.class_ = enumerator<model::Class>(words.size() > 2 ? words[2] : "exit");
    else
      outcome.state = verb == "stopped" ? AttemptState::canceled : enumerator<AttemptState>(verb);
    feed(Ended{job, number, outcome});
  }

  /// Lets time pass and fires each timer at its moment, the earliest first.
  void pass(base::Micros length) {
    const auto until = now_ + length;
    for (;;) {
      std::optional<base::Time> next;
      Fact fact = RunTimer{};
      if (toy_.run.due && *toy_.run.due <= until) next = toy_.run.due;
      for (const auto& job : toy_.jobs)
        if (job.due && *job.due <= until && (!next || *job.due < *next))
          next = job.due, fact = Timer{job.index};
      if (!next) break;
      now_ = *next;
      feed(fact);
    }
    now_ = until;
  }

  ToyRun toy_;
  base::Time now_ = noon;
  std::optional<Fact> last_;
  Effects seen_;
};

}  // namespace

std::string play(std::string_view script) {
  model::PipelineSpec spec{.kind = "Pipeline"};
  std::optional<Player> player;
  std::string out;
  for (std::size_t begin = 0, end; begin < script.size(); begin = end + 1) {
    end = std::min(script.find('\n', begin), script.size());
    const auto line = script.substr(begin, end - begin);
    const auto bar = line.find('|');
    const auto words = words_of(line.substr(0, bar));
    out += line.substr(0, bar);
    if (bar != line.npos) {
      if (!player) player.emplace(spec);
      const auto changes = player->line(words);
      out += changes.empty() ? "|" : "| " + changes;
    } else if (!words.empty()) {
      read_head(words, spec);
    }
    if (end < script.size()) out += '\n';
  }
  return out;
}

namespace {

TEST(Play, CorrectsTheRightHandSideAndKeepsTheRest) {
  EXPECT_EQ(play("\n  a attempts 2\n submit  | wrong\n failed a#1|\n  after 1s | x\n"),
            "\n  a attempts 2\n submit  | a queued #1\n failed a#1| a backing_off 2s, run running\n"
            "  after 1s |\n");
}

TEST(Play, RefusesWordsItDoesNotKnow) {
  EXPECT_THROW(play("a\n jump |"), std::exception);
  EXPECT_THROW(play("a\n started b#1 |"), std::invalid_argument);
  EXPECT_THROW(play("a colour 3\n submit |"), std::invalid_argument);
}

}  // namespace
}  // namespace core
