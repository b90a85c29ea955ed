#include "core/log_times.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/rng.h"

namespace core {
namespace {

constexpr auto all = std::numeric_limits<std::uint64_t>::max();

LineTime line(std::uint64_t offset, std::int64_t micros) {
  return {offset, base::from_micros(micros)};
}

std::vector<LineTime> random_times(base::Rng& rng) {
  std::vector<LineTime> out;
  auto offset = rng.chance(0.5) ? 0 : rng.below(1ull << 40);
  auto at = rng.chance(0.9) ? 1'795'000'000'000'000 : std::int64_t(rng.next());
  for (auto n = rng.below(50); n > 0; --n) {
    out.push_back(line(offset, at));
    offset += rng.below(200);
    at = rng.chance(0.05)  ? std::int64_t(rng.next())
         : rng.chance(0.2) ? at - std::int64_t(rng.below(1000))
                           : at + std::int64_t(rng.below(10'000'000));
  }
  return out;
}

TEST(LogTimes, ComeBackAsTheyWere) {
  base::Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    const auto times = random_times(rng);
    EXPECT_EQ(decode_times(encode_times(times), 0, all), times);
  }
}

TEST(LogTimes, AreThoseOfLinesThatStartInARange) {
  base::Rng rng(2);
  for (int i = 0; i < 2000; ++i) {
    const auto times = random_times(rng);
    if (times.empty()) continue;
    const auto begin = times[rng.below(times.size())].offset + rng.below(3);
    const auto end = begin + rng.below(2000);
    std::vector<LineTime> wanted;
    std::ranges::copy_if(times, std::back_inserter(wanted),
                         [&](const LineTime& t) { return t.offset >= begin && t.offset < end; });
    EXPECT_EQ(decode_times(encode_times(times), begin, end), wanted);
  }
}

TEST(LogTimes, TakeFewBytesALine) {
  std::vector<LineTime> times;
  for (int i = 0; i < 1000; ++i) times.push_back(line(i * 40, 1'795'000'000'000'000 + i * 900));
  EXPECT_LT(encode_times(times).size(), 3100u);
  EXPECT_EQ(encode_times({}), "");
}

TEST(LogTimes, EndWhereTheBytesMakeNoSense) {
  const std::vector<LineTime> times = {line(5, 7), line(300, 9)};
  const auto bytes = encode_times(times);
  EXPECT_EQ(decode_times(bytes.substr(0, bytes.size() - 1), 0, all), std::vector{times[0]});
  EXPECT_EQ(decode_times(std::string(40, '\xff'), 0, all), std::vector<LineTime>{});
  base::Rng rng(3);
  for (int i = 0; i < 2000; ++i) {
    std::string noise;
    for (auto n = rng.below(60); n > 0; --n) noise += char(rng.next());
    const auto read = decode_times(noise, 10, 100'000);
    EXPECT_TRUE(std::ranges::is_sorted(read, {}, &LineTime::offset));
    for (const auto& time : read) EXPECT_TRUE(time.offset >= 10 && time.offset < 100'000);
  }
}

}  // namespace
}  // namespace core
