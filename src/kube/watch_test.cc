#include "kube/watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "model/names.h"

namespace kube {
namespace {

using namespace std::chrono_literals;

/// A script's time is in milliseconds from 1 h on, so that nothing is before the clock's start.
constexpr base::Mono zero = base::Mono(1h);

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// Plays a watcher from a script of lines `input | output` and gives the script as it is: what came
/// out in place of what was expected. Waits that jitter are told by their bounds.
class Play {
 public:
  std::string line(const std::string& input) {
    const auto words = words_of(input);
    if (words.empty()) return "";
    said_.clear();
    run(words);
    const auto& wish = watcher_.wish();
    std::string out = said_;
    out += wish.kind == Wish::Kind::list ? "list" : "watch " + wish.resource_version;
    if (!wish.continue_token.empty()) out += " after " + wish.continue_token;
    if (const auto wait = wish.not_before - now_; wait > 0us) out += waits(wait);
    if (const auto since = watcher_.fresh_since())
      out += fmt::format(", fresh {}", (*since - zero).count() / 1000);
    return out;
  }

 private:
  void run(const std::vector<std::string>& words) {
    const auto& verb = words[0];
    const auto word = [&](std::size_t i) { return i < words.size() ? words[i] : std::string(); };
    if (verb == "at") now_ = zero + std::chrono::milliseconds(std::stoi(word(1)));
    if (verb == "sent") watcher_.sent(now_);
    if (verb == "page") page(words);
    if (verb == "ended") watcher_.ended(now_);
    if (verb == "lost") watcher_.lost(now_);
    if (verb == "relist") watcher_.relist(now_);
    if (verb == "failed" && words.size() > 2)
      watcher_.failed(std::stoi(word(1)), now_, std::chrono::milliseconds(std::stoi(word(2))));
    if (verb == "failed" && words.size() == 2) watcher_.failed(std::stoi(word(1)), now_);
    using Kind = WatchEvent::Kind;
    if (verb == "added") event(Kind::added, word(1), word(2));
    if (verb == "modified") event(Kind::modified, word(1), word(2));
    if (verb == "removed") event(Kind::removed, word(1), word(2));
    if (verb == "bookmark") event(Kind::bookmark, "", word(1));
    if (verb == "error") event(Kind::error, "", "");
  }

  /// `page VERSION NAME... [+TOKEN]`
  void page(const std::vector<std::string>& words) {
    Page page{.resource_version = words[1]};
    for (std::size_t i = 2; i < words.size(); ++i)
      if (words[i][0] == '+')
        page.continue_token = words[i].substr(1);
      else
        page.items.push_back({words[i], "1", "{}"});
    for (const auto& change : watcher_.page(page, now_)) say(change);
  }

  void event(WatchEvent::Kind kind, std::string name, std::string version) {
    const WatchEvent event{kind, {std::move(name), std::move(version), "{}"}};
    if (const auto change = watcher_.event(event, now_)) say(*change);
  }

  void say(const Change& change) {
    said_ += model::word(change.kind);
    if (!change.name.empty()) said_ += fmt::format(" {}", change.name);
    said_ += ", ";
  }

  /// A wait as the unjittered one that it can be.
  static std::string waits(base::Micros wait) {
    for (base::Micros base = 100ms; base <= 30s; base = std::min<base::Micros>(base * 2, 30s)) {
      if (wait >= base * 7 / 10 && wait <= base * 13 / 10)
        return fmt::format(", wait ~{}", base::format_duration(base));
      if (base == 30s) break;
    }
    return fmt::format(", wait {}", base::format_duration(wait));
  }

  base::Mono now_ = zero;
  std::string said_;
  Watcher watcher_{base::Rng(1)};
};

std::string play(std::string_view script) {
  Play play;
  std::string out;
  std::istringstream in{std::string(script)};
  for (std::string line; std::getline(in, line);) {
    const auto bar = line.find('|');
    if (bar == std::string::npos) {
      out += line + "\n";
      continue;
    }
    out += line.substr(0, bar) + "| " + play.line(line.substr(0, bar)) + "\n";
  }
  return out;
}

TEST(Watcher, ListsPageByPageThenWatchesFromTheListsVersion) {
  constexpr auto script = R"(
    sent               | list
    at 10              | list
    page 7 a b +t1     | begin_list, item a, item b, list after t1
    sent               | list after t1
    page 7 c +t2       | item c, list after t2
    at 20              | list after t2
    page 7             | end_list, watch 7, fresh 0
    sent               | watch 7, fresh 0
    added d 8          | applied d, watch 8, fresh 0
    modified a 9       | applied a, watch 9, fresh 0
    removed b 11       | removed b, watch 11, fresh 0
    bookmark 15        | watch 15, fresh 0
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, AWatchThatEndsGoesOnAndMeansNothing) {
  constexpr auto script = R"(
    page 7 a           | begin_list, item a, end_list, watch 7, fresh -3600000
    sent               | watch 7, fresh -3600000
    added b 8          | applied b, watch 8, fresh -3600000
    ended              | watch 8, wait ~100ms, fresh -3600000
    at 1000            | watch 8, fresh -3600000
    sent               | watch 8, fresh -3600000
    ended              | watch 8, wait ~200ms, fresh -3600000
    at 2000            | watch 8, fresh -3600000
    sent               | watch 8, fresh -3600000
    failed 0           | watch 8, wait ~400ms, fresh -3600000
    failed 500         | watch 8, wait ~800ms, fresh -3600000
    failed 403         | watch 8, wait ~1s600ms, fresh -3600000
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, WaitsShortlyAgainOnceAWatchHasHeldOrSaidSomething) {
  constexpr auto script = R"(
    sent               | list
    page 7             | begin_list, end_list, watch 7, fresh 0
    ended              | watch 7, wait ~100ms, fresh 0
    ended              | watch 7, wait ~200ms, fresh 0
    ended              | watch 7, wait ~400ms, fresh 0
    at 1000            | watch 7, fresh 0
    sent               | watch 7, fresh 0
    bookmark 9         | watch 9, fresh 0
    ended              | watch 9, wait ~100ms, fresh 0
    ended              | watch 9, wait ~200ms, fresh 0
    at 2000            | watch 9, fresh 0
    sent               | watch 9, fresh 0
    at 12000           | watch 9, fresh 0
    ended              | watch 9, wait ~100ms, fresh 0
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, IsNotBlindForLongWhereWatchesAreCutShort) {
  constexpr auto script = R"(
    sent               | list
    page 7             | begin_list, end_list, watch 7, fresh 0
    ended              | watch 7, wait ~100ms, fresh 0
    ended              | watch 7, wait ~200ms, fresh 0
    ended              | watch 7, wait ~400ms, fresh 0
    ended              | watch 7, wait ~800ms, fresh 0
    ended              | watch 7, wait ~800ms, fresh 0
    failed 0           | watch 7, wait ~1s600ms, fresh 0
    failed 0           | watch 7, wait ~3s200ms, fresh 0
    ended              | watch 7, wait ~800ms, fresh 0
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, ListsAnewWhenItsVersionIsTooOld) {
  constexpr auto script = R"(
    sent               | list
    page 7 a           | begin_list, item a, end_list, watch 7, fresh 0
    at 1000            | watch 7, fresh 0
    sent               | watch 7, fresh 0
    failed 410         | list, wait ~100ms, fresh 0
    at 2000            | list, fresh 0
    sent               | list, fresh 0
    at 2010            | list, fresh 0
    page 90 b          | begin_list, item b, end_list, watch 90, fresh 2000
    sent               | watch 90, fresh 2000
    error              | list, wait ~200ms, fresh 2000
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, AListThatIsTooOldToGoOnWithStartsAnew) {
  constexpr auto script = R"(
    sent               | list
    page 7 a +t1       | begin_list, item a, list after t1
    at 1000            | list after t1
    sent               | list after t1
    failed 500         | list after t1, wait ~100ms
    failed 410         | list, wait ~200ms
    at 2000            | list
    sent               | list
    page 8 b           | begin_list, item b, end_list, watch 8, fresh 2000
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, ObeysTheServersWish) {
  constexpr auto script = R"(
    failed 429 4300    | list, wait 4s300ms
    failed 503 1       | list, wait ~200ms
)";
  EXPECT_EQ(play(script), script);
}

TEST(Watcher, WaitsNoLongerThanHalfAMinuteAndTheJitter) {
  Watcher watcher{base::Rng(1)};
  for (int i = 0; i < 100; ++i) watcher.failed(0, zero);
  EXPECT_LE(watcher.wish().not_before - zero, 39s);
  EXPECT_GE(watcher.wish().not_before - zero, 21s);
}

TEST(Watcher, ANewListCanBeAskedForAtAnyTime) {
  constexpr auto script = R"(
    sent               | list
    at 10              | list
    relist             | list
    at 20              | list
    page 7 a           | begin_list, item a, end_list, list, fresh 0
    sent               | list, fresh 0
    at 30              | list, fresh 0
    page 8 a           | begin_list, item a, end_list, watch 8, fresh 20
    sent               | watch 8, fresh 20
    at 40              | watch 8, fresh 20
    relist             | list, fresh 20
    modified a 9       | applied a, list, fresh 20
    ended              | list, fresh 20
    sent               | list, fresh 20
    page 9 a           | begin_list, item a, end_list, watch 9, fresh 40
    lost               | list, wait ~100ms, fresh 40
)";
  EXPECT_EQ(play(script), script);
}

}  // namespace
}  // namespace kube
