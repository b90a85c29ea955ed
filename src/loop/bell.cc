#include "loop/bell.h"

#include <boost/asio/this_coro.hpp>

namespace loop {
namespace {

/// Keeps a waiter in the list for just as long as it waits.
struct Enlisted {
  Enlisted(std::list<Waiter*>& l, Waiter* w) : list(l), at(l.insert(l.end(), w)) {}
  ~Enlisted() { list.erase(at); }
  Enlisted(const Enlisted&) = delete;
  std::list<Waiter*>& list;
  std::list<Waiter*>::iterator at;
};

}  // namespace

void Bell::ring() {
  ++rings_;
  for (auto* waiter : waiting_) waiter->wake();
}

Task<bool> Bell::wait(Clock& clock, std::uint64_t heard, base::Mono until) {
  Waiter waiter(co_await asio::this_coro::executor);
  const Enlisted here(waiting_, &waiter);
  while (rings_ == heard && clock.mono() < until) co_await clock.wait(waiter, until);
  co_return rings_ != heard;
}

}  // namespace loop
