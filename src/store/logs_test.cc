#include "store/logs.h"

#include "store/assignments.h"
#include "store/attempts.h"
#include "store/testing.h"

namespace store {
namespace {

constexpr std::uint64_t unbounded = 1ull << 40;

core::LineTime line(std::uint64_t offset, std::int64_t second) {
  return {offset, base::from_micros(second * 1'000'000)};
}

class Logs : public Conformance {
 protected:
  Logs() {
    write([&](Tx& tx) {
      insert_assignments(tx, {{{{.key = key, .revision = 1, .name = "build-x"}, "c"},
                               {{.key = other, .revision = 2, .name = "build-y"}, "c"}}});
    });
  }
  std::int64_t append(model::LogChunk chunk, std::uint64_t bytes_max = unbounded) {
    return place(std::move(chunk), bytes_max).bytes;
  }
  model::LogPlace place(model::LogChunk chunk, std::uint64_t bytes_max = unbounded) {
    chunk.key = key;
    return write([&](Tx& tx) { return append_log(tx, "c", chunk, bytes_max); });
  }
  std::int64_t append(std::uint64_t offset, std::string bytes) {
    return append({.offset = offset, .bytes = {std::move(bytes)}});
  }
  LogPart part(std::uint64_t offset = 0, std::size_t max = 1 << 20,
               const std::string& stream = "") {
    return read([&](Tx& tx) { return read_log(tx, key, stream, offset, max); });
  }
  std::string log(std::uint64_t offset = 0, std::size_t max = 1 << 20,
                  const std::string& stream = "") {
    return part(offset, max, stream).bytes;
  }
  AttemptLogs logs() {
    return read([&](Tx& tx) { return read_logs(tx, key); });
  }
  LogStream stream(std::size_t at = 0) { return logs().streams.at(at); }
  void end() {
    write([&](Tx& tx) {
      update_attempts(
          tx, key.run,
          {{3, 2, model::AttemptState::succeeded, model::Outcome{model::AttemptState::succeeded}}});
    });
  }
  /// All parts of a stream, with the gaps between them: `ab[3]cd`.
  std::string shown(const std::string& name = "") {
    std::string text;
    for (std::uint64_t at = 0;;) {
      const auto next = part(at, 3, name);
      if (next.bytes.empty()) return text;
      if (next.offset > at) text += "[" + std::to_string(next.offset - at) + "]";
      text += next.bytes;
      at = next.end();
    }
  }

  const model::AttemptKey key{next_id(), 3, 2}, other{key.run, 3, 3};
};

INSTANTIATE_TEST_SUITE_P(Engines, Logs, testing::ValuesIn(engines), engine_name);

TEST_P(Logs, GatherTheirPiecesOnce) {
  EXPECT_EQ(append(0, "hello "), 6);
  EXPECT_EQ(append(0, "hello "), 6) << "the same piece again";
  EXPECT_EQ(append(9, "beyond"), 6) << "bytes before it are missing";
  EXPECT_EQ(append(3, "lo world"), 11) << "only its end is new";
  EXPECT_EQ(append(2, "llo"), 11) << "all of it is known";
  EXPECT_EQ(append(11, ""), 11);
  EXPECT_EQ(log(), "hello world");
  EXPECT_EQ(number("select count(*) from log_chunks"), 2);
  EXPECT_EQ(stream().size, 11u);
}

TEST_P(Logs, ShowAnyRange) {
  std::string all;
  for (int i = 0; i < 10; ++i) {
    const std::string piece = std::string(3, char('a' + i)) + std::string("\0\xff", 2);
    append(all.size(), piece);
    all += piece;
  }
  for (std::size_t from = 0; from <= all.size() + 2; ++from)
    for (const std::size_t max : {0, 1, 4, 7, 100}) {
      EXPECT_EQ(log(from, max), from < all.size() ? all.substr(from, max) : "") << from;
      EXPECT_EQ(part(from, max).offset, from);
    }
}

TEST_P(Logs, KeepBigPieces) {
  std::string noise;
  while (noise.size() < 256 << 10) noise += char(rng.next());
  append(0, noise);
  append(noise.size(), noise);
  EXPECT_EQ(log(), noise + noise);
  EXPECT_EQ(log(noise.size() - 5, 10), noise.substr(noise.size() - 5) + noise.substr(0, 5));
}

TEST_P(Logs, AreApartByStream) {
  EXPECT_EQ(append({.stream = "side", .bytes = {"aside"}}), 5);
  EXPECT_EQ(append({.bytes = {"main"}}), 4);
  EXPECT_EQ(
      append({.stream = "side", .offset = 5, .bytes = {"!"}, .last = true, .note = "complete"}), 6);
  EXPECT_EQ(log(), "main");
  EXPECT_EQ(log(0, 100, "side"), "aside!");
  EXPECT_EQ(log(0, 100, "none"), "");
  EXPECT_EQ(stream(0).name, "");
  EXPECT_FALSE(stream(0).note);
  EXPECT_EQ(stream(1).name, "side");
  EXPECT_EQ(stream(1).note, "complete");
  const auto all = read([&](Tx& tx) { return read_job_logs(tx, key.run, 3); });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all.at(2).size(), 2u);
}

TEST_P(Logs, TakeNoMoreThanSoManyStreams) {
  for (std::size_t i = 0; i <= model::log_streams_max; ++i)
    EXPECT_EQ(append({.stream = "s" + std::to_string(i)}), 0) << i;
  EXPECT_EQ(append({.stream = "more"}), -1);
  EXPECT_EQ(append({.stream = "s5", .bytes = {"x"}}), 1);
  EXPECT_EQ(append(0, "main"), 4) << "the main one is never too many";
}

TEST_P(Logs, TakeOnlyWhatIsAssigned) {
  write([&](Tx& tx) {
    EXPECT_EQ(append_log(tx, "d", {.key = key, .bytes = {"x"}}, 9).bytes, -1)
        << "on another cluster";
    EXPECT_EQ(append_log(tx, "c", {.key = {key.run, 3, 4}, .bytes = {"x"}}, 9).bytes, -1)
        << "unknown";
    delete_assignment(tx, other);
    EXPECT_EQ(append_log(tx, "c", {.key = other, .bytes = {"x"}}, 9).bytes, -1) << "gone";
  });
}

TEST_P(Logs, SayOnceHowTheyEnded) {
  const auto last = [&](std::uint64_t offset, std::string note) {
    return append({.offset = offset, .bytes = {"x"}, .last = true, .note = std::move(note)});
  };
  EXPECT_EQ(last(5, "too far"), 0);
  EXPECT_TRUE(logs().streams.empty()) << "bytes before it are missing";
  EXPECT_EQ(last(0, "complete"), 1);
  EXPECT_EQ(last(1, "lost: why"), -1);
  EXPECT_EQ(stream().note, "complete");
  EXPECT_EQ(log(), "x");
}

TEST_P(Logs, AreClosedWhereTheyAreOpen) {
  append({.bytes = {"x"}, .last = true, .note = "complete"});
  append({.stream = "side", .bytes = {"y"}});
  write([&](Tx& tx) { close_logs(tx, key, "lost: it went"); });
  EXPECT_EQ(stream(0).note, "complete");
  EXPECT_EQ(stream(1).note, "lost: it went");
  EXPECT_EQ(stream(1).size, 1u);
  // Of what never wrote there is one stream, and nothing in it.
  write([&](Tx& tx) { close_logs(tx, other, "complete"); });
  const auto closed = read([&](Tx& tx) { return read_logs(tx, other); });
  ASSERT_EQ(closed.streams.size(), 1u);
  EXPECT_EQ(closed.streams[0].name, "");
  EXPECT_EQ(closed.streams[0].note, "complete");
}

TEST_P(Logs, GrowUntilAllStreamsOfAnEndedAttemptHaveEnded) {
  EXPECT_TRUE(logs().grows) << "it may begin to write";
  append({.stream = "init", .last = true, .note = "complete"});
  EXPECT_TRUE(logs().grows) << "others may come";
  write([&](Tx& tx) { insert_log_streams(tx, key, {"", "init"}); });
  end();
  EXPECT_TRUE(logs().grows) << "the main one has not come";
  EXPECT_EQ(stream(1).note, "complete") << "it was known before";
  append({.last = true, .note = "complete"});
  EXPECT_FALSE(logs().grows) << "although its Pod may be kept";
}

TEST_P(Logs, GrowNoMoreOnceNothingIsLeftOnTheCluster) {
  append(0, "x");
  end();
  EXPECT_TRUE(logs().grows);
  write([&](Tx& tx) { delete_assignment(tx, key); });
  EXPECT_FALSE(logs().grows);
}

TEST_P(Logs, KeepTheTimesOfTheirLines) {
  const std::vector all = {line(0, 100), line(2, 101), line(4, 102), line(6, 103)};
  append({.bytes = {"a\nb\nc\nd\n"}, .times = {core::encode_times(all)}});
  EXPECT_EQ(part().times, all);
  EXPECT_EQ(part(2, 3).times, (std::vector{all[1], all[2]}));
  EXPECT_EQ(part(3, 1).times, std::vector<core::LineTime>{});
  const std::vector more = {line(6, 103), line(8, 104)};
  append({.offset = 6, .bytes = {"d\ne\n"}, .times = {core::encode_times(more)}});
  EXPECT_EQ(part(6).times, more);
  append({.offset = 10, .bytes = {"f\n"}, .times = {"\xff\xff"}});
  EXPECT_EQ(part(10).times, std::vector<core::LineTime>{});
}

TEST_P(Logs, TellANewReaderWhereTheyBeganAndCameTo) {
  const auto again = [&](std::string bytes) {
    return place({.bytes = {std::move(bytes)}}).known.bytes;
  };
  const std::vector all = {line(0, 100), line(2, 101), line(4, 102), line(6, 102)};
  EXPECT_EQ(
      place({.bytes = {"a\nb\n"}, .times = {core::encode_times({all[0], all[1]})}}).known.bytes, "")
      << "nothing was known before";
  EXPECT_EQ(again("a\n"), core::encode_times({all[0], all[1]}));
  append({.offset = 4, .bytes = {"c\nd\n"}, .times = {core::encode_times({all[2], all[3]})}});
  append({.offset = 8, .bytes = {"of a long line"}});
  EXPECT_EQ(again("a\n"), core::encode_times({all[0], all[2], all[3]}));
  EXPECT_EQ(place({.offset = 2, .bytes = {"b\n"}}).known.bytes, "");
  append({.stream = "unstamped", .bytes = {"x"}});
  EXPECT_EQ(place({.stream = "unstamped", .bytes = {"x"}}).known.bytes, "");
}

TEST_P(Logs, KeepTheirHeadAndTail) {
  const std::string text = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::uint64_t most = 8;
  for (const std::size_t step : {1, 2, 3, 5, 7, 26}) {
    const auto name = "s" + std::to_string(step);
    for (std::size_t at = 0; at < text.size(); at += step)
      EXPECT_EQ(append({.stream = name, .offset = at, .bytes = {text.substr(at, step)}}, most),
                std::int64_t(std::min(at + step, text.size())));
    append({.stream = name, .offset = 26, .last = true, .note = "complete"}, most);
    const auto kept = shown(name);
    EXPECT_TRUE(kept.starts_with("abcd[")) << kept;
    EXPECT_TRUE(kept.ends_with("wxyz")) << kept;
    EXPECT_LE(log(12, 100, name).size(), 4 + step) << "no more than a piece more";
    const auto all = logs().streams;
    const auto at = std::ranges::find(all, name, &LogStream::name);
    EXPECT_EQ(at->size, 26u);
    EXPECT_EQ(at->note, "cut: " + std::to_string(at->cut) + " bytes in the middle were left out");
    EXPECT_NE(kept.find("[" + std::to_string(at->cut) + "]"), kept.npos) << kept << at->cut;
  }
}

TEST_P(Logs, AreWholeUpToTheirLimit) {
  append({.bytes = {"abcde"}}, 8);
  append({.offset = 5, .bytes = {"fgh"}, .last = true, .note = "complete"}, 8);
  EXPECT_EQ(shown(), "abcdefgh");
  EXPECT_EQ(stream().note, "complete");
}

TEST_P(Logs, SayBothThatTheyWereCutAndWhatWasLost) {
  append({.bytes = {"abcdefghij"}, .last = true, .note = "lost: the rest"}, 8);
  EXPECT_EQ(shown(), "abcd[2]ghij");
  EXPECT_EQ(stream().note, "cut: 2 bytes in the middle were left out; lost: the rest");
}

TEST_P(Logs, FindTheirLastLines) {
  const auto tail = [&](std::uint64_t lines, std::size_t max = 1000) {
    const auto of = stream();
    return read([&](Tx& tx) { return find_tail(tx, key, of, lines, max); });
  };
  append(0, "one\ntwo\n");
  EXPECT_EQ(tail(1), 4u);
  append(8, "thr");
  EXPECT_EQ(tail(1), 8u) << "a line without an end is one";
  append(11, "ee\nfour\n");
  EXPECT_EQ(tail(0), 19u);
  EXPECT_EQ(tail(1), 14u);
  EXPECT_EQ(tail(2), 8u);
  EXPECT_EQ(tail(4), 0u);
  EXPECT_EQ(tail(9), 0u);
  EXPECT_EQ(tail(3, 10), 9u) << "of its last bytes only";
}

}  // namespace
}  // namespace store
