#include "local/watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <map>

#include "base/log.h"

namespace local {

struct Watch::State : std::enable_shared_from_this<State> {
  State(loop::Executor executor, std::filesystem::path folder, std::function<void()> news)
      : root(std::move(folder)), on_news(std::move(news)), descriptor(executor) {}

  void open() {
    const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) {
      base::log::warn("no inotify; ends of jobs show a little later",
                      {{"error", std::strerror(errno)}});
      return;
    }
    descriptor.assign(fd);
    root_watch = watch(root);
    listen();
  }

  int watch(const std::filesystem::path& folder) {
    return ::inotify_add_watch(descriptor.native_handle(), folder.c_str(),
                               IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW);
  }

  void listen() {
    // Weak: a handler that comes after the end of the watch must find nothing.
    descriptor.async_wait(loop::asio::posix::descriptor_base::wait_read,
                          [weak = weak_from_this()](boost::system::error_code error) {
                            const auto self = weak.lock();
                            if (error || !self || !self->descriptor.is_open()) return;
                            const bool news = self->drain();
                            self->listen();
                            if (news) self->on_news();
                          });
  }

  bool drain() {
    bool news = false;
    alignas(inotify_event) char buffer[16384];
    for (;;) {
      const auto n = ::read(descriptor.native_handle(), buffer, sizeof buffer);
      if (n <= 0) return news;
      for (const char* at = buffer; at < buffer + n;) {
        const auto* event = reinterpret_cast<const inotify_event*>(at);
        news |= matters(*event);
        at += sizeof(inotify_event) + event->len;
      }
    }
  }

  bool matters(const inotify_event& event) const {
    if (event.mask & IN_Q_OVERFLOW) return true;
    const std::string_view name = event.len ? event.name : "";
    if (event.wd == root_watch) return !name.starts_with('.');
    return name == "started" || name == "exit.json";
  }

  std::filesystem::path root;
  std::function<void()> on_news;
  loop::asio::posix::stream_descriptor descriptor;
  int root_watch = -1;
  std::map<std::string, int> watches;
};

Watch::Watch(loop::Executor executor, std::filesystem::path root, std::function<void()> on_news)
    : state_(std::make_shared<State>(executor, std::move(root), std::move(on_news))) {
  state_->open();
}

Watch::~Watch() {
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

void Watch::add(const std::string& name) {
  if (!state_->descriptor.is_open() || state_->watches.contains(name)) return;
  const int watch = state_->watch(state_->root / name);
  if (watch >= 0) state_->watches[name] = watch;
}

void Watch::remove(const std::string& name) {
  const auto at = state_->watches.find(name);
  if (at == state_->watches.end()) return;
  ::inotify_rm_watch(state_->descriptor.native_handle(), at->second);
  state_->watches.erase(at);
}

}  // namespace local
