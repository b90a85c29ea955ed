#include "store/pipelines.h"

#include "store/testing.h"

namespace store {
namespace {

class Pipelines : public Conformance {
 protected:
  void add(std::string name, std::int64_t version, std::string project = "p") {
    write([&](Tx& tx) {
      insert_pipeline(tx, project,
                      {name, version, "hash" + std::to_string(version), 3, R"({"a":"b"})", {}});
    });
  }
  std::string list(const std::string& cursor, bool before, std::size_t limit,
                   const std::string& project = "p") {
    std::string out;
    for (const auto& p :
         read([=](Tx& tx) { return list_pipelines(tx, project, cursor, before, limit); }))
      out += p.name + std::to_string(p.version) + " ";
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Pipelines, testing::ValuesIn(engines), engine_name);

TEST_P(Pipelines, KeepSpecsOfAnySize) {
  std::string noise = "{";
  while (noise.size() < 3 << 20) noise += char(' ' + rng.below(90));
  for (const auto& json : {std::string("{}"), std::string("é\n\n"), noise}) {
    const auto hash = std::to_string(json.size());
    const auto parts = spec_parts(json);
    for (const auto& part : parts) EXPECT_LE(part.size(), 512u << 10);
    EXPECT_EQ(parts.size() > 1, json.size() > 100);
    EXPECT_FALSE(read([&](Tx& tx) { return has_spec(tx, hash); }));
    for (int again = 0; again < 2; ++again)
      for (std::size_t i = 0; i < parts.size(); ++i)
        write([&](Tx& tx) { insert_spec_part(tx, hash, i, parts[i]); });
    EXPECT_TRUE(read([&](Tx& tx) { return has_spec(tx, hash); }));
    EXPECT_EQ(read([&](Tx& tx) { return read_spec(tx, hash); }), json);
  }
  EXPECT_EQ(read([](Tx& tx) { return read_spec(tx, "unknown"); }), "");
}

TEST_P(Pipelines, AreKnownOnlyWithTheFirstPartOfTheirSpec) {
  write([](Tx& tx) { insert_spec_part(tx, "h", 1, "rest"); });
  EXPECT_FALSE(read([](Tx& tx) { return has_spec(tx, "h"); }));
}

TEST_P(Pipelines, SayWhenASpecIsNotWhatItWas) {
  const auto part = spec_parts(std::string(1000, 'x')).at(0);
  write([&](Tx& tx) { insert_spec_part(tx, "h", 0, part.substr(0, part.size() - 3)); });
  EXPECT_THROW(read([](Tx& tx) { return read_spec(tx, "h"); }), core::Broken);
}

TEST_P(Pipelines, KeepEveryVersion) {
  add("a", 1), add("a", 2), add("a", 10);
  const auto get = [&](std::optional<std::int64_t> version) {
    return read([=](Tx& tx) { return read_pipeline(tx, "p", "a", version); });
  };
  const auto latest = *get({});
  EXPECT_EQ(latest.name, "a");
  EXPECT_EQ(latest.version, 10);
  EXPECT_EQ(latest.spec_hash, "hash10");
  EXPECT_EQ(latest.jobs, 3);
  EXPECT_EQ(latest.labels, R"({"a":"b"})");
  EXPECT_EQ(latest.created, clock.now());
  EXPECT_EQ(get(2)->spec_hash, "hash2");
  EXPECT_FALSE(get(3));
  EXPECT_FALSE(read([](Tx& tx) { return read_pipeline(tx, "q", "a"); }));
  EXPECT_THROW(add("a", 2), sql::ConstraintFailure);
  EXPECT_THROW(add("b", 0), sql::ConstraintFailure);
}

TEST_P(Pipelines, AreListedInPagesFromBothEnds) {
  for (const auto* name : {"e", "c", "a", "d", "b"}) add(name, 1);
  add("c", 2), add("x", 1, "q");
  EXPECT_EQ(list("", false, 2), "a1 b1 ");
  add("aa", 1);
  EXPECT_EQ(list("b", false, 2), "c2 d1 ");
  EXPECT_EQ(list("d", false, 2), "e1 ");
  EXPECT_EQ(list("e", true, 2), "c2 d1 ");
  EXPECT_EQ(list("c", true, 9), "a1 aa1 b1 ");
  EXPECT_EQ(list("", false, 9, "q"), "x1 ");
}

}  // namespace
}  // namespace store
