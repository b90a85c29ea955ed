#include "cli/watch.h"

#include <fmt/format.h>

#include "cli/feed.h"
#include "cli/frame.h"
#include "cli/text.h"
#include "loop/group.h"

namespace cli {
namespace {

/// Frames are at least so far apart, and at most so far while something is at work or not.
constexpr base::Micros frame_time_min = std::chrono::milliseconds(50);
constexpr base::Micros frame_time_busy = std::chrono::milliseconds(100);
constexpr base::Micros frame_time_idle = std::chrono::seconds(1);

/// The view of one run.
class RunWatch {
 public:
  RunWatch(Client& client, std::string run)
      : client_(client), run_(std::move(run)), feed_(client.api, run_, client.bell) {}

  loop::Task<int> watch();

 private:
  loop::Task<> follow();
  loop::Task<> show();
  void draw(LiveArea&);
  void print(const std::vector<std::size_t>& jobs);
  int end();

  Client& client_;
  std::string run_;
  RunFeed feed_;
  base::Result<void> followed_;
  std::exception_ptr failure_;
  bool done_ = false;
  bool told_ = false;  // the first plain line was printed
  model::RunState state_ = model::RunState::queued;
};

loop::Task<int> RunWatch::watch() {
  client_.heed_interrupt();
  if (!client_.terminal.live)
    feed_.on_change = [this](const std::vector<std::size_t>& jobs) { print(jobs); };
  loop::Group group(client_.loop.executor());
  group.spawn("follow the run", follow());
  std::exception_ptr error;
  try {
    co_await show();
  } catch (...) {
    error = std::current_exception();
  }
  co_await group.stop();
  if (error) std::rethrow_exception(error);
  co_return end();
}

loop::Task<> RunWatch::follow() {
  try {
    followed_ = co_await feed_.follow();
  } catch (const base::Failure&) {
    failure_ = std::current_exception();
  }
  done_ = true;
  client_.bell.ring();
}

loop::Task<> RunWatch::show() {
  LiveArea area(client_.terminal);
  const bool live = client_.terminal.live;
  for (;;) {
    const auto heard = client_.bell.rings();
    if (live && feed_.ready()) draw(area);
    if (done_ || client_.interrupted) co_return;
    const bool busy = live && feed_.progress().count(model::JobState::running) > 0;
    const auto until = client_.clock().mono() + (busy ? frame_time_busy : frame_time_idle);
    co_await client_.bell.wait(client_.clock(), heard, live ? until : loop::never);
    if (live && !done_ && !client_.interrupted) co_await client_.clock().sleep(frame_time_min);
  }
}

void RunWatch::draw(LiveArea& area) {
  const auto size = client_.terminal.size();
  const auto& trouble = feed_.trouble();
  // The last column stays free: writing it makes some terminals break the line.
  area.draw(
      render_frame(feed_.progress(), {.width = size.width > 1 ? size.width - 1 : 1,
                                      .height = size.height,
                                      .now = client_.clock().now(),
                                      .look = client_.terminal.look,
                                      .note = trouble.empty() ? "" : "trying again: " + trouble}));
}

void RunWatch::print(const std::vector<std::size_t>& jobs) {
  const auto& progress = feed_.progress();
  const auto now = client_.clock().now();
  std::string text;
  if (!told_)
    text += fmt::format("run {} of {}, {} job{}\n", run_, pipeline_text(progress.run().pipeline),
                        progress.jobs().size(), progress.jobs().size() == 1 ? "" : "s");
  for (const auto i : jobs)
    if (told_ || progress.jobs()[i].state != model::JobState::waiting)
      text += render_change(progress, i, now);
  if (state_ != progress.run().state && !progress.finished())
    text += render_run_change(progress, now);
  told_ = true;
  state_ = progress.run().state;
  client_.terminal.out(text);
}

int RunWatch::end() {
  if (failure_) std::rethrow_exception(failure_);
  if (!done_) {
    client_.terminal.err(
        fmt::format("stopped watching; run {0} goes on\n"
                    "  see it again:  fairlead get run {0} --watch\n"
                    "  stop it:       fairlead cancel {0}\n",
                    run_));
    return code_interrupted;
  }
  if (!followed_) return client_.fail(followed_.error());
  const auto& progress = feed_.progress();
  if (!progress.finished())
    throw base::Failure("the server ended the stream of events before the run had ended");
  auto verdict = render_verdict(progress, client_.clock().now());
  verdict.pop_back();  // a colour ends with its line
  client_.terminal.out(tinted(verdict, tint_of(progress.run().state), client_.terminal.look) +
                       "\n");
  return exit_code_of(progress.run().state);
}

}  // namespace

loop::Task<int> watch_run(Client& client, std::string run) {
  RunWatch watch(client, std::move(run));
  co_return co_await watch.watch();
}

}  // namespace cli
