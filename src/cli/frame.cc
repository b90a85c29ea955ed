#include "cli/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/text.h"
#include "model/names.h"

namespace cli {
namespace {

using model::JobState;

constexpr std::string_view red = "\x1b[31m", green = "\x1b[32m", yellow = "\x1b[33m",
                           cyan = "\x1b[36m", dim = "\x1b[2m", bold = "\x1b[1m", plain = "\x1b[0m";

/// A line that is put together piece by piece and cut to the stage as a whole.
class Line {
 public:
  explicit Line(const Stage& stage) : look_(stage.look), width_(stage.width) {}
  Line& add(std::string_view text, std::string_view tint = "") {
    pieces_.push_back({std::string(text), tint});
    columns_ += columns_of(text);
    return *this;
  }
  std::string str() const {
    const bool whole = columns_ <= width_;
    std::size_t room = whole || width_ == 0 ? width_ : width_ - 1;
    std::string line;
    for (const auto& [text, tint] : pieces_) {
      const auto fits = fitting(text, room);
      line += tinted(fits, tint, look_);
      if (fits.size() < text.size()) break;
      room -= columns_of(fits);
    }
    if (!whole && width_ > 0) line += look_.unicode ? "…" : "~";
    return line + "\n";
  }

 private:
  struct Piece {
    std::string text;
    std::string_view tint;
  };
  Look look_;
  std::size_t width_;
  std::size_t columns_ = 0;
  std::vector<Piece> pieces_;
};

std::string_view symbol(JobState state, const Stage& stage) {
  constexpr std::string_view signs[] = {"○", "◔", "◑", "●", "↻", "◼", "✓", "✗", "-", "⊘"};
  constexpr std::string_view letters[] = {".", "o", "o", ">", "~", "!", "+", "x", "-", "/"};
  constexpr std::string_view turning[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  if (!stage.look.unicode) return letters[std::size_t(state)];
  if (state == JobState::running)
    return turning[std::size_t(stage.now.time_since_epoch() / std::chrono::milliseconds(100)) % 10];
  return signs[std::size_t(state)];
}

std::string counts_text(const Progress& progress) {
  constexpr JobState order[] = {JobState::running, JobState::starting,  JobState::stopping,
                                JobState::queued,  JobState::waiting,   JobState::backing_off,
                                JobState::failed,  JobState::succeeded, JobState::skipped,
                                JobState::canceled};
  std::string text;
  for (const auto state : order)
    if (const auto n = progress.count(state))
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, model::word(state));
  return text;
}

std::string headline(const Progress& progress, const Stage& stage) {
  const auto& run = progress.run();
  const auto since = run.started.value_or(run.created);
  Line line(stage);
  line.add("run ").add(printable(run.id), bold).add("  ").add(pipeline_text(run.pipeline));
  if (run.version) line.add(fmt::format(" v{}", *run.version));
  line.add("  ").add(model::word(run.state), tint_of(run.state));
  line.add("  ").add(duration_text(run.finished.value_or(stage.now) - since));
  if (!run.reason.empty()) line.add("  ").add(printable(run.reason), dim);
  return line.str();
}

std::string bar_line(const Progress& progress, const Stage& stage) {
  const auto total = std::int64_t(progress.jobs().size());
  const auto cells = std::int64_t(std::clamp<std::size_t>(stage.width / 3, 4, 24));
  const auto full = total ? cells * progress.done() / total : 0;
  std::string done, rest;
  for (std::int64_t i = 0; i < cells; ++i)
    (i < full ? done : rest) += stage.look.unicode ? (i < full ? "█" : "░") : i < full ? "#" : ".";
  Line line(stage);
  line.add("[").add(done, progress.failed().empty() ? green : red).add(rest, dim).add("] ");
  line.add(fmt::format("{}/{}", progress.done(), total)).add("  ").add(counts_text(progress));
  return line.str();
}

std::string duration_of(const WatchedJob& job, base::Time now) {
  if (model::is_final(job.state))
    return job.began && job.ended ? duration_text(*job.ended - *job.began) : "";
  if (job.state == JobState::running && job.began) return duration_text(now - *job.began);
  return job.since && job.state != JobState::waiting ? duration_text(now - *job.since) : "";
}

std::string remark_of(const WatchedJob& job) {
  std::string text = job.why;
  if (text.empty() && job.class_ && job.state != JobState::succeeded)
    text = model::word(*job.class_);
  if (job.handled) text += text.empty() ? "handled" : " (handled)";
  if (job.unreachable) text += text.empty() ? "unreachable" : ", unreachable";
  return text;
}

std::string job_line(const WatchedJob& job, std::size_t name_columns, const Stage& stage) {
  Line line(stage);
  const auto tint = tint_of(job.state);
  const auto name = cut(printable(job.name), name_columns, stage.look.unicode);
  const auto attempt = job.attempt ? fmt::format("#{}", job.attempt) : "";
  const auto remark = remark_of(job);
  line.add("  ").add(symbol(job.state, stage), tint).add(" ").add(pad(name, name_columns));
  line.add("  ").add(pad(model::word(job.state), remark.empty() && !job.attempt ? 0 : 11), tint);
  if (job.attempt || !remark.empty())
    line.add("  ").add(pad(attempt, 3)).add(fmt::format("  {:>7}", duration_of(job, stage.now)));
  if (!remark.empty()) line.add("  ").add(remark, tint);
  return line.str();
}

/// The indexes to show in this many rows; all when they fit.
std::vector<std::size_t> pick(const std::vector<WatchedJob>& jobs, std::size_t rows) {
  std::vector<std::size_t> active, failed;
  if (jobs.size() <= rows) {
    for (std::size_t i = 0; i < jobs.size(); ++i) active.push_back(i);
    return active;
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (model::is_live(jobs[i].state) || jobs[i].state == JobState::backing_off)
      active.push_back(i);
    else if (jobs[i].state == JobState::failed)
      failed.push_back(i);
  }
  rows -= std::min<std::size_t>(rows, 1);  // for the line that counts the others
  std::ranges::sort(failed, [&](auto a, auto b) {
    return jobs[a].ended != jobs[b].ended ? jobs[a].ended > jobs[b].ended : a < b;
  });
  failed.resize(std::min(failed.size(), std::max(rows / 3, rows - std::min(rows, active.size()))));
  active.resize(std::min(active.size(), rows - failed.size()));
  active.insert(active.end(), failed.begin(), failed.end());
  return active;
}

}  // namespace

std::string tinted(std::string_view text, std::string_view tint, Look look) {
  if (!look.colour || tint.empty() || text.empty()) return std::string(text);
  return fmt::format("{}{}{}", tint, text, plain);
}

std::string_view tint_of(JobState state) {
  switch (state) {
    case JobState::waiting:
    case JobState::skipped: return dim;
    case JobState::queued: return "";
    case JobState::starting:
    case JobState::running: return cyan;
    case JobState::backing_off:
    case JobState::stopping:
    case JobState::canceled: return yellow;
    case JobState::succeeded: return green;
    case JobState::failed: return red;
  }
  return "";
}

std::string_view tint_of(model::RunState state) {
  switch (state) {
    case model::RunState::queued: return "";
    case model::RunState::running: return cyan;
    case model::RunState::stopping:
    case model::RunState::canceled: return yellow;
    case model::RunState::succeeded: return green;
    case model::RunState::failed: return red;
  }
  return "";
}

std::string render_frame(const Progress& progress, const Stage& stage) {
  std::string frame = headline(progress, stage);
  if (stage.height > 2) frame += bar_line(progress, stage);
  const std::size_t taken = stage.note.empty() ? 3 : 4;  // head, bar, note and the cursor's row
  const auto rows = stage.height > taken ? stage.height - taken : 0;
  const auto& jobs = progress.jobs();
  const auto shown = pick(jobs, rows);
  std::size_t longest = 0;
  for (const auto i : shown) longest = std::max(longest, columns_of(jobs[i].name));
  const auto most = stage.width > 44 ? stage.width - 36 : 8;
  for (const auto i : shown) frame += job_line(jobs[i], std::min(longest, most), stage);
  if (shown.size() < jobs.size() && rows > 0)
    frame += Line(stage)
                 .add(fmt::format("  {} {} more", stage.look.unicode ? "…" : "...",
                                  jobs.size() - shown.size()),
                      dim)
                 .str();
  if (!stage.note.empty() && stage.height > 3)
    frame += Line(stage).add(printable(stage.note), yellow).str();
  return frame;
}

}  // namespace cli
