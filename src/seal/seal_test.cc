#include <gtest/gtest.h>

#include <set>

#include "seal/tokens.h"

namespace seal {
namespace {

TEST(Tokens, HaveTheirFormAndNeverRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto token = make_token();
    EXPECT_TRUE(is_token(token)) << token;
    EXPECT_EQ(token.size(), 46u);
    EXPECT_TRUE(seen.insert(token).second);
  }
}

TEST(Tokens, TellWhatCannotBeOne) {
  const auto token = make_token();
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("fl_"));
  EXPECT_FALSE(is_token(token + "A"));
  EXPECT_FALSE(is_token("FL_" + token.substr(3)));
  EXPECT_FALSE(is_token(token.substr(0, 45) + "="));
  EXPECT_FALSE(is_token(token.substr(0, 45) + std::string(1, '\0')));
}

TEST(Tokens, AreKeptAsAHashThatDependsOnEveryByte) {
  auto token = make_token();
  const auto hash = hash_token(token);
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(hash_token(token), hash);
  token[20] = token[20] == 'a' ? 'b' : 'a';
  EXPECT_NE(hash_token(token), hash);
}

TEST(Secrets, AreEqualOnlyWhenEveryByteIs) {
  EXPECT_TRUE(equal_secret("abc", "abc"));
  EXPECT_TRUE(equal_secret("", ""));
  EXPECT_FALSE(equal_secret("abc", "abd"));
  EXPECT_FALSE(equal_secret("abc", "ab"));
}

}  // namespace
}  // namespace seal
