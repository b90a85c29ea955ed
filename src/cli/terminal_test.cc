#include "cli/terminal.h"

#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

TEST(LiveArea, DrawsEachFrameOverTheLastAndGivesTheCursorBack) {
  Tape tape;
  {
    LiveArea area(tape);
    area.draw("a\nb\n");
    EXPECT_EQ(tape.said, "\x1b[?25l\r\x1b[Ja\x1b[K\nb\x1b[K\n\x1b[J");
    tape.said.clear();
    area.draw("a\nb\n");
    EXPECT_EQ(tape.said, "") << "the same frame again is not sent";
    area.draw("c\n");
    EXPECT_EQ(tape.said, "\x1b[2A\rc\x1b[K\n\x1b[J");
    tape.said.clear();
    tape.at.width = 60;
    area.draw("c\n");
    EXPECT_EQ(tape.said, "\x1b[1A\r\x1b[Jc\x1b[K\n\x1b[J") << "a resize clears what wrapped";
    tape.said.clear();
  }
  EXPECT_EQ(tape.said, "\x1b[?25h");
}

TEST(Terminal, ShowsWhatTheVariablesAllow) {
  const auto look = [](const Environment& environment, bool is_terminal = true) {
    const auto l = look_of(environment, is_terminal);
    return std::string(l.colour ? "colour " : "") + (l.unicode ? "unicode" : "ascii");
  };
  EXPECT_EQ(look({{"TERM", "xterm"}, {"LANG", "de_DE.UTF-8"}}), "colour unicode");
  EXPECT_EQ(look({{"TERM", "xterm"}, {"NO_COLOR", "1"}}), "unicode");
  EXPECT_EQ(look({{"TERM", "dumb"}, {"LANG", "C"}}), "ascii");
  EXPECT_EQ(look({{"TERM", "xterm"}, {"LC_ALL", "C"}, {"LANG", "C.UTF-8"}}), "colour ascii");
  EXPECT_EQ(look({{"TERM", "xterm"}}, false), "unicode");
}

}  // namespace
