#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <csignal>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

#include "local/executor.h"
#include "local/process.h"
#include "local/records.h"
#include "loop/deadline.h"
#include "loop/loop.h"

namespace local {

using namespace std::chrono_literals;

/// No event of a test takes this long.
inline constexpr base::Micros patience = 30s;

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::size_t count_lines(const std::filesystem::path& path) {
  const auto text = read_text(path);
  return std::size_t(std::count(text.begin(), text.end(), '\n'));
}

/// Waits for something that only the file system or the process table tells.
inline bool eventually(const std::function<bool()>& holds) {
  const auto until = loop::RealClock().mono() + patience;
  while (!holds()) {
    if (loop::RealClock().mono() >= until) return false;
    constexpr timespec moment{.tv_nsec = 2'000'000};
    ::nanosleep(&moment, nullptr);
  }
  return true;
}

/// A machine with a folder of attempts and, at a time, one agent. Says at the end what processes
/// are left.
class World {
 public:
  World() : root_(make_folder() / "attempts") { restart_agent(); }
  ~World() {
    executor_.reset();
    EXPECT_TRUE(eventually([] { return nothing_lives(); })) << "processes are left";
    for (const auto& process : all_processes())
      if (process.parent == ::getpid()) ::kill(process.pid, SIGKILL);
    std::filesystem::remove_all(root_.parent_path());
  }

  /// A later agent on the same folder; the earlier one is gone.
  void restart_agent() {
    executor_.reset();
    std::filesystem::create_directories(root_);
    executor_ = std::make_unique<LocalExecutor>(loop_.executor(), clock_, pool_, root_, program());
  }
  void end_agent() { executor_.reset(); }

  /// An attempt that runs this shell script; `$LEDGER` is the path of `ledger()`.
  model::Assignment assignment(std::string name, std::string script) {
    auto rng = base::Rng::from_entropy();
    model::Assignment a;
    a.name = std::move(name);
    a.key = {model::RunId::make(clock_.now(), rng), 3, 2};
    a.work = model::Work();
    a.work.edit().job = "build";
    a.work.edit().command = {"sh", "-c", std::move(script)};
    a.work.edit().env = {{"LEDGER", ledger().string(), {}}};
    a.work.edit().grace = 10s;
    return a;
  }

  agent::Created create(const model::Assignment& a) {
    return await(executor_->create(a, clock_.mono() + patience));
  }
  agent::Sightings list() { return await(executor_->look(true)); }
  void stop(const std::string& name, const std::string& uid) { finish(executor_->stop(name, uid)); }
  bool remove(const std::string& name, const std::string& uid) {
    return await(executor_->remove(name, uid));
  }
  agent::LogPiece read_log(const std::string& name, std::uint64_t offset, std::size_t max) {
    return await(executor_->read_log({name, ""}, {offset}, max));
  }

  /// Lists, and again whenever the bell rings, until this holds of the attempt.
  agent::Object until(const std::string& name, std::function<bool(const agent::Object&)> holds) {
    return await(watch_for(name, std::move(holds)));
  }
  agent::Object until_running(const std::string& name) {
    return until(name, [](const agent::Object& o) { return o.running; });
  }
  model::Outcome until_ended(const std::string& name) {
    const auto object = until(name, [](const agent::Object& o) { return o.outcome.has_value(); });
    return object.outcome.value_or(model::Outcome{});
  }
  /// Creates the attempt and waits for its end.
  model::Outcome run(const model::Assignment& a) {
    EXPECT_EQ(create(a).kind, agent::Created::Kind::created);
    return until_ended(a.name);
  }

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path folder(const std::string& name) const { return root_ / name; }
  std::filesystem::path ledger() const { return root_.parent_path() / "ledger"; }
  static std::string program() { return std::filesystem::read_symlink("/proc/self/exe"); }

 private:
  static std::filesystem::path make_folder() {
    std::string path = std::filesystem::temp_directory_path() / "fairlead-local-XXXXXX";
    if (!::mkdtemp(path.data())) throw base::Failure("no temporary folder");
    return path;
  }
  /// Reaps what ended; the test program is the subreaper of all it starts.
  static bool nothing_lives() {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    return ::waitpid(-1, nullptr, WNOHANG) < 0;
  }

  template <class T>
  T await(loop::Task<T> task) {
    std::optional<T> result;
    loop_.run_until_done([](loop::Task<T> inner, std::optional<T>* out) -> loop::Task<> {
      out->emplace(co_await std::move(inner));
    }(std::move(task), &result));
    return std::move(*result);
  }
  void finish(loop::Task<> task) { loop_.run_until_done(std::move(task)); }

  loop::Task<agent::Object> watch_for(std::string name,
                                      std::function<bool(const agent::Object&)> holds) {
    for (const auto deadline = clock_.mono() + patience; clock_.mono() < deadline;) {
      const auto heard = executor_->changed().rings();
      const auto snapshot = co_await executor_->look(true);
      for (const auto& object : snapshot.objects)
        if (object.name == name && holds(object)) co_return object;
      co_await executor_->changed().wait(clock_, heard, deadline);
    }
    ADD_FAILURE() << name << " never came to that";
    co_return agent::Object{};
  }

  std::filesystem::path root_;
  loop::Loop loop_;
  loop::RealClock clock_;
  loop::Pool pool_{2};
  std::unique_ptr<LocalExecutor> executor_;
};

}  // namespace local
