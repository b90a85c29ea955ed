#include "loop/offload.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace loop {

struct Pool::State {
  explicit State(unsigned n) : threads(n) {}
  asio::thread_pool threads;
};

Pool::Pool(unsigned threads) {
  if (threads) state_ = std::make_unique<State>(threads);
}

Pool::~Pool() {
  if (state_) state_->threads.join();
}

void Pool::submit(Executor executor, std::function<void()> work, std::function<void()> done) {
  if (!state_) {
    work();
    asio::post(executor, std::move(done));
    return;
  }
  asio::post(state_->threads, [executor, work = std::move(work), done = std::move(done)]() mutable {
    work();
    asio::post(executor, std::move(done));
  });
}

}  // namespace loop
