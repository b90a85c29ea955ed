#include "kube/wire.h"

#include <gmock/gmock.h>

#include "base/result.h"

namespace kube {
namespace {

using ::testing::HasSubstr;

Page page_of(std::string text) { return read_page(text); }
WatchEvent event_of(std::string text) { return read_event(text); }

/// What this text is refused with; "" if it is not.
template <class Read>
std::string complaint(Read read, std::string text) {
  try {
    read(std::move(text));
    return "";
  } catch (const base::Failure& e) {
    return e.what();
  }
}

TEST(Wire, ReadsAPageAndLeavesItsObjectsWhereTheyAre) {
  std::string text = R"({"kind":"PodList","apiVersion":"v1",
    "items":[{"spec":{"metadata":{"name":"no"}},
              "metadata":{"name":"a","resourceVersion":"5","x":[1,{}]}},
             {"metadata":{"name":"b\"q","resourceVersion":"6"}}],
    "metadata":{"resourceVersion":"9","continue":"abc","remainingItemCount":3}})";
  const auto page = read_page(text);
  EXPECT_EQ(page.resource_version, "9");
  EXPECT_EQ(page.continue_token, "abc");
  ASSERT_EQ(page.items.size(), 2u);
  EXPECT_EQ(page.items[0].name, "a");
  EXPECT_EQ(page.items[0].resource_version, "5");
  EXPECT_THAT(std::string(page.items[0].json), HasSubstr(R"({"spec":{"metadata":{"name":"no"}})"));
  EXPECT_EQ(page.items[1].name, "b\"q");
  EXPECT_GE(page.items[1].json.data(), text.data());
  EXPECT_LE(page.items[1].json.data() + page.items[1].json.size(), text.data() + text.size());
}

TEST(Wire, AnEmptyListMayBeNull) {
  EXPECT_TRUE(page_of(R"({"metadata":{"resourceVersion":"1"},"items":null})").items.empty());
  EXPECT_TRUE(page_of(R"({"metadata":{"resourceVersion":"1"}})").items.empty());
}

TEST(Wire, ReadsTheEventsOfAWatch) {
  using Kind = WatchEvent::Kind;
  const auto added =
      event_of(R"({"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"5"}}})");
  EXPECT_EQ(added.kind, Kind::added);
  EXPECT_EQ(added.item.name, "a");
  EXPECT_EQ(added.item.resource_version, "5");
  const std::string object = R"("object":{"metadata":{"name":"a","resourceVersion":"5"}})";
  EXPECT_EQ(event_of("{" + object + R"(,"type":"MODIFIED"})").kind, Kind::modified);
  EXPECT_EQ(event_of("{" + object + R"(,"type":"DELETED"})").kind, Kind::removed);
  EXPECT_EQ(event_of(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}})").kind,
            Kind::bookmark);
  std::string line = R"({"type":"ERROR","object":{"kind":"Status","code":410}})";
  const auto error = read_event(line);
  EXPECT_EQ(error.kind, Kind::error);
  EXPECT_EQ(error.item.json, R"({"kind":"Status","code":410})");
}

TEST(Wire, WhatCannotBeReadIsRefused) {
  for (auto text : {"", "[]", "7", "{", "{\"metadata\":{\"resourceVersion\":\"1\"}", "nonsense",
                    "{\"metadata\":{\"resourceVersion\":\"1\"}} x"})
    EXPECT_THAT(complaint(page_of, text), HasSubstr("a list of the API server cannot be read"))
        << text;
  EXPECT_THAT(complaint(page_of, R"({"items":[]})"), HasSubstr("lacks metadata.resourceVersion"));
  EXPECT_THAT(complaint(page_of, R"({"metadata":{"resourceVersion":"1"},"items":[{}]})"),
              HasSubstr("lacks the name"));
  EXPECT_NE(complaint(page_of, R"({"metadata":{"resourceVersion":"1"},"items":[1]})"), "");
  EXPECT_THAT(complaint(event_of, R"({"type":"NEW","object":{}})"),
              HasSubstr("unknown type \"NEW\""));
  EXPECT_THAT(complaint(event_of, R"({"type":"ADDED"})"), HasSubstr("lacks the object"));
  EXPECT_THAT(complaint(event_of, R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})"),
              HasSubstr("lacks metadata.resourceVersion"));
  EXPECT_NE(complaint(event_of, R"({"type":"ADDED","object":7})"), "");
}

/// The lines of these bytes, fed in slices of this size.
std::vector<std::string> lines_of(std::string_view bytes, std::size_t slice) {
  std::vector<std::string> out;
  LineSplitter splitter;
  for (std::size_t i = 0; i < bytes.size(); i += slice) {
    splitter.feed(bytes.substr(i, slice));
    for (std::string line; splitter.next(line);) out.push_back(line);
  }
  return out;
}

TEST(LineSplitter, CutsTheSameLinesHoweverTheBytesAreSliced) {
  const std::string bytes = "one\n\ntwo\nthree and more\n\n\nunfinished";
  for (std::size_t slice = 1; slice <= bytes.size(); ++slice)
    EXPECT_THAT(lines_of(bytes, slice), ::testing::ElementsAre("one", "two", "three and more"));
}

TEST(LineSplitter, ALineHasABound) {
  LineSplitter splitter;
  std::string line;
  splitter.feed(std::string(LineSplitter::line_bytes_max, 'x') + "\n");
  EXPECT_TRUE(splitter.next(line));
  EXPECT_EQ(line.size(), LineSplitter::line_bytes_max);
  splitter.feed(std::string(LineSplitter::line_bytes_max, 'x'));
  EXPECT_FALSE(splitter.next(line));
  splitter.feed("x");
  EXPECT_THROW(splitter.next(line), base::Failure);
}

}  // namespace
}  // namespace kube
