#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pace.h"
#include "base/time.h"
#include "base/uuid.h"

namespace base {
namespace {

TEST(Time, IsWrittenAndReadAsRfc3339) {
  const auto t = parse_time("2026-11-21T05:25:41.5+02:00");
  ASSERT_TRUE(t);
  EXPECT_EQ(format_time(*t), "2026-11-21T03:25:41.500000Z");
  for (const auto* bad : {"", "2026-02-30T00:00:00Z", "2026-11-21", "2026-11-21T25:00:00Z",
                          "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00Zx"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(Duration, IsReadAsKubernetesWritesIt) {
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("0"), 0s);
  for (const auto* bad :
       {"", "5", "-1s", "1x", "s", "1e400h", "99999999h", "1s 2s", "inf s", "nanh"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Duration, ItsTextReadsBackAsItself) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const Micros d(std::int64_t(rng.below(std::uint64_t(1) << rng.below(48))));
    EXPECT_EQ(*parse_duration(format_duration(d)), d);
  }
}

struct Thing;

TEST(Pace, HoldsBackWhatDoesNotStop) {
  Pace pace(3);
  const auto at = [&](Micros now, Micros interval = 10ms) {
    return (pace.next(Mono(now), interval) - Mono(now)).count() / 1000;
  };
  EXPECT_EQ(at(1s), 0);
  EXPECT_EQ(at(1s), 0);
  EXPECT_EQ(at(1s), 0);
  EXPECT_EQ(at(1s), 10) << "three in a row were let through";
  EXPECT_EQ(at(1s + 10ms), 10);
  EXPECT_EQ(at(1s + 35ms), 0) << "one had become free meanwhile";
  EXPECT_EQ(at(1s + 35ms), 5);
  EXPECT_EQ(at(2s), 0);
  EXPECT_EQ(at(2s), 0);
  EXPECT_EQ(at(2s), 0) << "no more are free after a long time";
  EXPECT_EQ(at(2s), 10);
  EXPECT_EQ(at(2s, 0ms), 0);
  EXPECT_EQ(at(2s), 0) << "there was none to keep to";
}

TEST(Id, OrdersByTimeAndReadsBack) {
  Rng rng(1);
  const auto a = Id<Thing>::make(Time(1h), rng), b = Id<Thing>::make(Time(1h + 1ms), rng);
  EXPECT_LT(a, b);
  EXPECT_EQ(*Id<Thing>::parse(a.text()), a);
  for (const auto* bad : {"", "x", "01arz3ndektsv4rrffq69g5fau", "81arz3ndektsv4rrffq69g5fav "})
    EXPECT_FALSE(Id<Thing>::parse(bad)) << bad;
}

TEST(Uuid, IsAnIdInOtherDigits) {
  const std::pair<const char*, const char*> same[] = {
      {"00000000000000000000000000", "00000000-0000-0000-0000-000000000000"},
      {"7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
      {"40000000000000000000000001", "80000000-0000-0000-0000-000000000001"},
      {"01arz3ndektsv4rrffq69g5fav", "01563e3a-b5d3-d676-4c61-efb99302bd5b"}};
  for (const auto& [ulid, uuid] : same) {
    EXPECT_EQ(format_uuid(uuid_of(ulid)), uuid);
    const auto read = parse_uuid(uuid);
    ASSERT_TRUE(read) << uuid;
    EXPECT_EQ(ulid_of(*read), ulid);
  }
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const auto id = Id<Thing>::make(Time(Micros(std::int64_t(rng.next() >> 15))), rng);
    EXPECT_EQ(ulid_of(*parse_uuid(format_uuid(uuid_of(id.text())))), id.text());
  }
}

TEST(Uuid, IsReadInEitherCaseAndNothingElse) {
  const std::string good = "01563e3a-b5d3-4676-8c61-efb99302bd5b";
  EXPECT_EQ(parse_uuid("01563E3A-B5D3-4676-8C61-EFB99302BD5B"), parse_uuid(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = good[i] == '-' ? '0' : '-';
    EXPECT_FALSE(parse_uuid(bad)) << bad;
  }
  for (const auto& bad : {std::string(), good + "0", good.substr(1), "{" + good + "}",
                          std::string("01563e3ab5d346768c61efb99302bd5b"),
                          std::string("01arz3ndektsv4rrffq69g5fav"), std::string(36, 'g')})
    EXPECT_FALSE(parse_uuid(bad)) << bad;
}

TEST(Bytes, AreWrittenByTheirRfcs) {
  EXPECT_EQ(hex("\x01\xff"), "01ff");
  EXPECT_EQ(base32("foobar"), "mzxw6ytboi");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
  for (const auto* bytes : {"", "f", "fo", "foo", "foob"})
    EXPECT_EQ(unbase64(base64(bytes)), bytes);
  for (const auto* bad : {"a", "ab=c", "a===", "!!!!", "Zg=a"}) EXPECT_FALSE(unbase64(bad)) << bad;
}

TEST(Bytes, DnsLabelsFollowRfc1123) {
  for (const auto* good : {"a", "a-b", "0", "a0"}) EXPECT_TRUE(is_dns_label(good)) << good;
  for (const auto* bad : {"", "-a", "a-", "A", "a_b", "a.b"})
    EXPECT_FALSE(is_dns_label(bad)) << bad;
  EXPECT_TRUE(is_dns_label(std::string(63, 'a')));
  EXPECT_FALSE(is_dns_label(std::string(64, 'a')));
}

TEST(Bytes, Utf8RefusesOverlongSurrogateAndCutForms) {
  for (const auto* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(is_utf8(good));
  for (const auto* bad :
       {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Log, QuotesWhatWouldBreakALine) {
  const auto line = log::render(log::Format::plain, "2026-11-21T03:25:41.000000Z", log::Level::info,
                                "went on", {{"run", "a"}, {"why", "two\nlines"}});
  EXPECT_EQ(line, "03:25:41.000 info went on run=a why=\"two\\nlines\"\n");
  const auto json = log::render(log::Format::json, "t", log::Level::warn, "x", {{"k", "\""}});
  EXPECT_EQ(json, "{\"time\":\"t\",\"level\":\"warn\",\"event\":\"x\",\"k\":\"\\\"\"}\n");
}

TEST(Metrics, RenderAsOpenMetrics) {
  metrics::counter("t_requests", "Requests", "route=\"/x\"").add(3);
  metrics::histogram("t_seconds", "Seconds").observe(0.002);
  const auto text = metrics::render();
  EXPECT_NE(text.find("t_requests_total{route=\"/x\"} 3\n"), text.npos);
  EXPECT_NE(text.find("t_seconds_bucket{le=\"0.0025\"} 1\n"), text.npos);
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

}  // namespace
}  // namespace base
