#include "json/decode.h"

#include <gtest/gtest.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <variant>

#include "json/encode.h"
#include "json/parse.h"
#include "json/schema.h"
#include "json/text.h"

namespace shapes {

enum class Color { red, dark_green };
BOOST_DESCRIBE_ENUM(Color, red, dark_green)

struct Tag;

struct Leaf {
  std::string job;
  std::vector<Leaf> below;
  static constexpr std::string_view required_members[] = {"job"};
};
BOOST_DESCRIBE_STRUCT(Leaf, (), (job, below))

struct Box {
  std::string title = "none";
  bool on = false;
  std::int32_t small = 0;
  std::uint64_t big = 0;
  double ratio = 0.5;
  Color color = Color::red;
  base::Value any;
  base::Micros wait{0};
  base::Time at{};
  std::optional<base::Id<Tag>> id;
  std::optional<std::string> class_;
  std::vector<Leaf> depends_on;
  std::map<std::string, std::string> labels;
  std::vector<std::pair<std::string, Leaf>> leaves;
  Leaf leaf;
  static constexpr std::string_view planned_members[] = {"matrix"};
};
BOOST_DESCRIBE_STRUCT(Box, (),
                      (title, on, small, big, ratio, color, any, wait, at, id, class_, depends_on,
                       labels, leaves, leaf))

struct Extras {
  std::optional<bool> shiny;
  std::string note;
  std::map<std::string, std::string> tags;
  base::Value any;
};
BOOST_DESCRIBE_STRUCT(Extras, (), (shiny, note, tags, any))

/// Its extras stand beside its name.
struct Parcel {
  std::string name;
  base::Box<Extras> extras;
  base::Box<Leaf> leaf;
  static constexpr std::string_view flat_members[] = {"extras"};
  static constexpr std::string_view required_members[] = {"name"};
};
BOOST_DESCRIBE_STRUCT(Parcel, (), (name, extras, leaf))

/// A word or a list of words.
struct Words {
  std::vector<std::string> all;
};

}  // namespace shapes

template <>
struct json::Custom<shapes::Words> {
  static shapes::Words decode(const base::Value& value, base::Faults& faults,
                              const std::string& pointer) {
    if (value.is_string()) return {{json::decode<std::string>(value, faults, pointer)}};
    return {json::decode<std::vector<std::string>>(value, faults, pointer)};
  }
  static base::Value encode(const shapes::Words& words) { return json::encode(words.all); }
  static base::Value schema() { return base::Object(); }
};

namespace {

using shapes::Box;

base::Value tree(std::string_view text) { return json::parse(text).value(); }

/// The faults of decoding this text into T, `pointer: message` a line.
template <class T>
std::string faults(std::string_view text) {
  base::Faults all;
  json::decode<T>(tree(text), all);
  std::string lines;
  for (const auto& fault : all) lines += fault.pointer + ": " + fault.message + "\n";
  return lines;
}

TEST(Decode, ReadsEveryMemberAndEncodeWritesItBack) {
  const std::string text =
      R"({"title":"x","on":true,"small":-7,"big":18446744073709551615,"ratio":0.25,)"
      R"("color":"dark_green","any":{"free":[1,null]},"wait":"1h30m",)"
      R"("at":"2026-11-21T03:25:41.000123Z","id":"01arz3ndektsv4rrffq69g5fav","class":"",)"
      R"("dependsOn":[{"job":"a","below":[{"job":"b"}]}],"labels":{"z":"1","a":""},)"
      R"("leaves":{"z":{"job":"1"},"a":{"job":"2"}},"leaf":{"job":""}})";
  base::Faults none;
  const auto box = json::decode<Box>(tree(text), none);
  ASSERT_TRUE(none.empty()) << none.front().pointer << none.front().message;
  EXPECT_EQ(box.wait, std::chrono::minutes(90));
  EXPECT_EQ(box.leaves.front().first, "z") << "members keep their order";
  EXPECT_EQ(json::encode(box), tree(text));
}

TEST(Decode, LeavesDefaultsWhereAMemberIsAbsentAndNullIsNone) {
  const auto box = json::decode_all<Box>(tree(R"({"id": null, "wait": 90, "leaf": {"job": "x"}})"));
  ASSERT_TRUE(box) << box.error().message;
  EXPECT_EQ(box->title, "none");
  EXPECT_EQ(box->ratio, 0.5);
  EXPECT_FALSE(box->id);
  EXPECT_EQ(box->wait, std::chrono::seconds(90));
}

TEST(Decode, PointsAtEveryFault) {
  EXPECT_EQ(faults<Box>(R"({"title": 5, "on": "true", "small": 3000000000, "big": -1, "ratio": "2",
      "color": "dark_gren", "wait": "5 parsecs", "at": "now", "id": "x", "class": false,
      "dependsOn": [{"job": "a"}, {"jub": "b"}, []], "labels": {"a/b~": 1}, "leaf": null,
      "leaves": [], "titel": 1, "matrix": 1, "zzz": 1})"),
            "/title: expected a string, got a number; put it in quotes\n"
            "/on: expected true or false, got a string; remove the quotes\n"
            "/small: must be a whole number from -2147483648 to 2147483647\n"
            "/big: must be a whole number from 0 to 18446744073709551615\n"
            "/ratio: expected a number, got a string; remove the quotes\n"
            "/color: 'dark_gren' is not one of: red, dark_green; did you mean 'dark_green'?\n"
            "/wait: '5 parsecs' is not a duration; write it like 30s, 5m, 1h30m or 250ms\n"
            "/at: 'now' is not a time; write it like 2026-11-21T03:25:41Z (RFC 3339)\n"
            "/id: this is not an id of ours; ids have 26 lower-case letters and digits\n"
            "/class: expected a string, got a boolean; put it in quotes (YAML reads yes, no, on "
            "and off as booleans)\n"
            "/dependsOn/1/jub: unknown field 'jub'; did you mean 'job'?\n"
            "/dependsOn/1: 'job' is missing\n"
            "/dependsOn/2: expected an object, got a list\n"
            "/labels/a~1b~0: expected a string, got a number; put it in quotes\n"
            "/leaf: expected an object, got null; leave it out or give it a value\n"
            "/leaves: expected an object, got a list\n"
            "/titel: unknown field 'titel'; did you mean 'title'?\n"
            "/matrix: 'matrix' is not supported yet\n"
            "/zzz: unknown field 'zzz'\n");
}

TEST(Decode, TakesWholeDoublesForIntegersAndNoOthers) {
  EXPECT_EQ(faults<std::int64_t>("3.0"), "");
  EXPECT_EQ(faults<std::int64_t>("3.5"), ": expected a whole number, got 3.5\n");
  EXPECT_EQ(faults<std::uint32_t>("-1.0"), ": must be a whole number from 0 to 4294967295\n");
  EXPECT_EQ(faults<std::int64_t>("18446744073709551615"),
            ": must be a whole number from -9223372036854775808 to 9223372036854775807\n");
  EXPECT_EQ(faults<std::int32_t>("1e300"), ": expected a whole number, got 1e+300\n");
  EXPECT_EQ(faults<base::Micros>("-1"), ": must be a whole number from 0 to 315619200\n");
}

TEST(Decode, KeepsAHundredFaultsAndCountsTheRest) {
  base::Array many(5000, base::Value(1));
  const auto list = json::decode_all<std::vector<std::string>>(many);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, "invalid_input");
  EXPECT_EQ(list.error().faults.size(), json::faults_max);
  EXPECT_EQ(list.error().message,
            "5000 places are at fault, of which the first 100 are listed; at /0: expected a "
            "string, got a number; put it in quotes");
}

TEST(Decode, HandsUnionsToTheirOwnRules) {
  using Both = std::vector<shapes::Words>;
  const auto both = json::decode_all<Both>(tree(R"(["a", ["b", "c"]])"));
  ASSERT_TRUE(both);
  EXPECT_EQ(json::print(json::encode(*both)), R"([["a"],["b","c"]])");
  EXPECT_EQ(faults<Both>(R"(["a", ["b", 1], 2])"),
            "/1/1: expected a string, got a number; put it in quotes\n"
            "/2: expected a list, got a number\n");
}

TEST(Decode, CutsLongNamesOutOfPointers) {
  const auto text = "{\"" + std::string(100'000, 'n') + "\": [1]}";
  base::Faults all;
  json::decode<std::map<std::string, std::vector<std::string>>>(tree(text), all);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_LT(all.front().pointer.size(), 300u);
}

TEST(Decode, ReadsTheMembersOfAFlatBoxBesideTheOthers) {
  const std::string text =
      R"({"name":"a","shiny":false,"note":"n","tags":{"k":"v"},"any":[1],"leaf":{"job":"x"}})";
  const auto full = json::decode_all<shapes::Parcel>(tree(text));
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->extras->shiny, false);
  EXPECT_EQ(full->leaf->job, "x");
  EXPECT_EQ(json::print(json::encode(*full)), text);
  auto copy = *full;
  copy.extras.edit().note = "m";
  EXPECT_EQ(full->extras->note, "n") << "a copy is of its own";
  const auto bare = json::decode_all<shapes::Parcel>(tree(R"({"name": "a", "leaf": null})"));
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->extras || bare->leaf) << "nothing is kept of what is not there";
  EXPECT_EQ(bare->extras.get().note, "");
  EXPECT_EQ(json::print(json::encode(*bare)), R"({"name":"a"})");
  EXPECT_EQ(faults<shapes::Parcel>(R"({"shiny": 1, "extras": {}, "tags": {"k": 2}, "leaf": 3})"),
            "/shiny: expected true or false, got a number\n"
            "/extras: unknown field 'extras'\n"
            "/tags/k: expected a string, got a number; put it in quotes\n"
            "/leaf: expected an object, got a number\n"
            ": 'name' is missing\n");
}

TEST(Decode, PassesOverWhatALaterVersionMaySay) {
  const auto later = tree(R"({"job": "x", "since": 2, "below": [{"job": "y", "why": []}]})");
  EXPECT_FALSE(json::decode_all<shapes::Leaf>(later));
  const auto leaf = json::decode_all<shapes::Leaf>(later, json::Unknown::passed);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(leaf->below.at(0).job, "y");
}

TEST(Encode, LeavesOutWhatIsEmptyUnlessThatWouldChangeIt) {
  Box box;
  box.leaf.job = "x";
  EXPECT_EQ(json::print(json::encode(box)),
            R"({"title":"none","on":false,"small":0,"big":0,"ratio":0.5,"color":"red",)"
            R"("wait":"0s","at":"1970-01-01T00:00:00.000000Z","leaf":{"job":"x"}})");
  box.title = "";   // the default is not empty, so absence would mean something else
  box.class_ = "";  // an empty text is not none
  const auto again = json::decode_all<Box>(json::encode(box));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->title, "");
  EXPECT_EQ(again->class_, "");
}

TEST(Schema, DescribesStructsOnceByReference) {
  base::Object components;
  EXPECT_EQ(json::print(json::schema<std::vector<shapes::Leaf>>(components)),
            R"({"type":"array","items":{"$ref":"#/components/schemas/Leaf"}})");
  EXPECT_EQ(json::print(components),
            R"({"Leaf":{"type":"object","properties":{"job":{"type":"string"},"below":)"
            R"({"type":"array","items":{"$ref":"#/components/schemas/Leaf"}}},)"
            R"("required":["job"],"additionalProperties":false}})");
}

TEST(Schema, DescribesTheMembersOfAFlatBoxBesideTheOthers) {
  base::Object components;
  json::schema<shapes::Parcel>(components);
  std::string names;
  for (const auto& [name, schema] : components.at("Parcel").at("properties").as_object())
    names += std::string(name) + " ";
  EXPECT_EQ(names, "name shiny note tags any leaf ");
  EXPECT_EQ(json::print(components.at("Parcel").at("required")), R"(["name"])");
}

TEST(Schema, DescribesEveryKindOfMember) {
  base::Object components;
  json::schema<Box>(components);
  const auto& of = components.at("Box").at("properties");
  EXPECT_EQ(json::print(of.at("color")), R"({"type":"string","enum":["red","dark_green"]})");
  EXPECT_EQ(json::print(of.at("class")), R"({"type":["string","null"]})");
  EXPECT_EQ(json::print(of.at("any")), "{}");
  EXPECT_EQ(json::print(of.at("small")),
            R"({"type":"integer","minimum":-2147483648,"maximum":2147483647})");
  EXPECT_EQ(json::print(of.at("leaves")),
            R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/Leaf"}})");
  EXPECT_EQ(json::detail::short_name("page::Of<model::Run>"), "OfRun");
  EXPECT_EQ(json::print(json::schema<std::optional<shapes::Leaf>>(components)),
            R"({"anyOf":[{"$ref":"#/components/schemas/Leaf"},{"type":"null"}]})");
}

}  // namespace
