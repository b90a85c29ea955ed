#include "base/rng.h"

#include <sys/random.h>

#include "base/result.h"

namespace base {
namespace {

std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

std::uint64_t splitmix(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) {
  for (auto& word : state_) word = splitmix(seed);
}

Rng Rng::from_entropy() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != ssize_t(sizeof seed)) throw Failure("getrandom failed");
  Rng rng(seed);
  // One word of seed is too little against collisions of ids across processes: fill the whole
  // state.
  if (getrandom(rng.state_.data(), sizeof rng.state_, 0) != ssize_t(sizeof rng.state_))
    throw Failure("getrandom failed");
  return rng;
}

std::uint64_t Rng::next() {
  const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate(state_[3], 45);
  return result;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  return std::uint64_t((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

double Rng::unit() { return double(next() >> 11) * 0x1.0p-53; }

}  // namespace base
