#include "sql/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/metrics.h"
#include "sql/migrate.h"
#include "sql/queries.h"
#include "sql/sqlite_connection.h"
#include "sql/writer.h"

namespace sql {
namespace {

/// Work that waits for a thread.
class Queue {
 public:
  void push(Work work) {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    some_.notify_one();
  }
  /// Waits for work and takes all that fits; empty when the queue is closed and drained.
  std::vector<Work> take(std::size_t max) {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    std::vector<Work> taken;
    while (!waiting_.empty() && taken.size() < max) {
      taken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return taken;
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    some_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<Work> waiting_;
  bool closed_ = false;
};

/// The lock that keeps a second server away; the system lets it go when the process ends.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file) {
    const auto name = file.string() + ".lock";
    fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) throw base::Failure(fmt::format("cannot open {}: {}", name, std::strerror(errno)));
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(fd_);
    throw base::Failure(fmt::format(
        "another fairlead server uses {}: stop it, or give this one another --data folder",
        file.string()));
  }
  ~FileLock() { ::close(fd_); }
  FileLock(const FileLock&) = delete;

 private:
  int fd_;
};

/// A file: one writer thread that commits groups, a few reader threads.
class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const SqliteOptions& o)
      : options_(o), lock_(o.file), writer_(o.file.string(), true) {
    migrate(writer_, migrations);
    // All is open before the first thread starts: what cannot be opened is thrown here.
    checkpointer_.emplace(o.file.string(), true);
    for (unsigned i = 0; i < std::max(1u, o.readers); ++i)
      readers_.emplace_back(o.file.string(), false);
    threads_.emplace_back([this] { write_loop(); });
    threads_.emplace_back([this] { checkpoint_loop(); });
    for (auto& reader : readers_) threads_.emplace_back([this, &reader] { read_loop(reader); });
  }
  ~SqliteDatabase() override {
    writes_.close();
    reads_.close();
    checkpoints_.close();
    for (auto& t : threads_) t.join();
  }
  void write(Work work) override { writes_.push(std::move(work)); }
  void read(Work work) override { reads_.push(std::move(work)); }

 private:
  void write_loop() {
    Writer writer(writer_, options_.group_time);
    for (;;) {
      auto group = writes_.take(options_.group_max);
      if (group.empty()) return;
      writer.commit(std::move(group));
      relieve();
    }
  }

  void read_loop(SqliteConnection& connection) {
    for (;;) {
      auto group = reads_.take(1);
      if (group.empty()) return;
      read_one(connection, group.front());
    }
  }

  /// Moves the log back into the file: usually beside the writer, by force when it has grown too
  /// long.
  void relieve() {
    const int pages = writer_.wal_pages();
    if (pages > options_.passive_pages && !checkpointing_.exchange(true)) checkpoints_.push({});
    if (pages > forced_at_) {
      // While a reader is in the way, not every commit has to wait for it.
      const bool done = checkpointed(writer_, true);
      forced_at_ = done ? options_.forced_pages : pages + options_.passive_pages;
    }
  }

  static bool checkpointed(SqliteConnection& connection, bool restart) {
    try {
      return connection.checkpoint(restart);
    } catch (const DatabaseFailure& e) {
      base::log::warn("the database's log could not be moved into its file", {{"why", e.what()}});
      return false;
    }
  }

  void checkpoint_loop() {
    while (!checkpoints_.take(1).empty()) {
      checkpointed(*checkpointer_, false);
      checkpointing_ = false;
    }
  }

  SqliteOptions options_;
  FileLock lock_;
  SqliteConnection writer_;
  std::optional<SqliteConnection> checkpointer_;
  std::deque<SqliteConnection> readers_;
  int forced_at_ = options_.forced_pages;
  Queue writes_, reads_, checkpoints_;
  std::atomic<bool> checkpointing_{false};
  std::vector<std::thread> threads_;
};

/// In memory, without threads: everything runs where it is called.
class InlineDatabase final : public Database {
 public:
  InlineDatabase() : connection_(":memory:", true), writer_(connection_, std::chrono::hours(1)) {
    migrate(connection_, migrations);
  }
  void write(Work work) override {
    std::vector<Work> group;
    group.push_back(std::move(work));
    writer_.commit(std::move(group));
  }
  void read(Work work) override { read_one(connection_, work); }

 private:
  SqliteConnection connection_;
  Writer writer_;
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const SqliteOptions& options) {
  // Counting what every allocation takes costs a lock each time, and nobody asks.
  [[maybe_unused]] static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (options.file.empty()) return std::make_unique<InlineDatabase>();
  return std::make_unique<SqliteDatabase>(options);
}

}  // namespace sql
