#include <fmt/format.h>

#include "api/route.h"
#include "api/testing.h"

namespace api::testing {
namespace {

TEST(Queries, AreRefusedByName) {
  World w;
  const auto refused = [&](const std::string& target) {
    const auto reply = w.get(target);
    EXPECT_EQ(reply.status, 400) << target << " " << reply.body;
    EXPECT_EQ(reply.text("/code"), "bad_query");
    return reply.text("/detail");
  };
  EXPECT_EQ(refused(home + "/runs?stat=queued"),
            "unknown query parameter 'stat'; did you mean 'state'?");
  EXPECT_EQ(refused("/healthz?x=1"), "unknown query parameter 'x': this takes none");
  EXPECT_EQ(refused(home + "/runs?limit=1&limit=2"), "the query parameter 'limit' is given twice");
  EXPECT_EQ(refused(home + "/runs?limit=0"), "'limit': expected a number from 1 to 500");
  EXPECT_EQ(refused(home + "/runs?limit=501"), "'limit': expected a number from 1 to 500");
  for (const auto* limit : {"", "x", "1.5", "0x1", "+1", "9223372036854775808", "1e2", "-1"})
    refused(home + "/runs?limit=" + limit);
  EXPECT_NE(refused(home + "/runs?state=done&since=yesterday").find("'since'"), std::string::npos);
  refused(home + "/runs?label=novalue");
  refused(home + "/runs?label==v");
  for (const auto* cursor : {"x", "bnh4", "cA", "====", "bg%3D%3D"})
    refused(home + "/runs?cursor=" + std::string(cursor));
  refused(home + "/runs/x/jobs?cursor=bi0x");
  refused(home + "/events?after=1e3");
  refused(home + "/events?after=99999999999999999999999");
  refused(home + "/runs/x/jobs/y/log?follow=yes");
  refused(home + "/runs/x/jobs/y/log?attempt=4294967296");
  refused(home + "/runs/x/jobs/y/log?offset=-1");
}

TEST(Queries, TakeHostileTextsAsTexts) {
  World w;
  for (const auto* text :
       {"%27%3B%20drop%20table%20runs%3B--", "%25%5F", "a%0Ab", "%F0%9F%92%A5"}) {
    EXPECT_EQ(w.get(fmt::format("{}/runs?pipeline={}", home, text)).count("/items"), 0u);
    EXPECT_EQ(w.get(fmt::format("{}/runs?label={}%3Dv", home, text)).status, 200);
    EXPECT_EQ(w.get(fmt::format("{}/runs/{}", home, text)).text("/code"), "no_such_run");
    EXPECT_EQ(w.get(fmt::format("{}/pipelines/{}", home, text)).text("/code"), "no_such_pipeline");
    EXPECT_EQ(w.get(fmt::format("/api/v1/clusters/{}", text)).text("/code"), "no_such_cluster");
  }
  const auto longest = w.get(home + "/pipelines/" + std::string(10'000, 'x'));
  EXPECT_EQ(longest.status, 404);
  EXPECT_LT(longest.body.size(), 500u);
}

TEST(Bodies, ThatAreHostileAreRefusedClearly) {
  World w;
  const auto refused = [&](const std::string& body, int status) {
    const auto reply = w.post(home + "/runs", body);
    EXPECT_EQ(reply.status, status) << body.substr(0, 100) << " " << reply.body.substr(0, 500);
    EXPECT_LT(reply.body.size(), 100'000u);
  };
  refused(std::string(100'000, '['), 400);
  refused(R"({"spec":)" + std::string(1000, '[') + std::string(1000, ']') + "}", 400);
  refused(R"({"pipeline":"a","pipeline":"b"})", 400);
  refused("{\"pipeline\":\"\xff\xfe\"}", 400);
  refused(std::string("{\"pipeline\":\"a\0b\"}", 18), 400);
  refused(R"({"pipeline":"a\u0000b"})", 404);
  refused(R"({"pipeline":"p","version":1e999})", 400);
  refused(R"({"pipeline":"p","version":1e99})", 422);
  refused(R"({"pipeline":"p","version":99999999999999999999})", 422);
  refused(R"({"pipeline":"p","version":-1})", 404);
  refused(R"({"pipeline":null,"spec":null})", 422);
  refused(R"({"pipeline":["p"]})", 422);
  refused(R"({"spec":"text"})", 422);
  refused(R"({"spec":{"kind":"Pipeline","jobs":{"a\u0000":{"image":"x"}}}})", 422);
  refused(R"({"pipeline":"p","labels":{"a\u0000":"b"}})", 404);
  std::string unknown;
  for (int i = 0; i < 20'000; ++i) unknown += (i ? ",\"x" : "{\"x") + std::to_string(i) + "\":1";
  refused(unknown + "}", 422);
}

TEST(Bodies, ThatAreYamlBombsAreRefused) {
  World w;
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += (i ? ",*" : "*") + std::string(1, char(c - 1));
    bomb += "]\n";
  }
  const auto reply = w.post(home + "/pipelines", bomb, {{"Content-Type", "application/yaml"}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.text("/code"), "bad_yaml");
}

TEST(Bodies, WithWrongTypesAreRefusedOnEveryRoute) {
  World w;
  const Agent agent(w, "c1");
  for (const auto& route : routes()) {
    if (route.verb != http::Verb::post) continue;
    if (route.body == nullptr) continue;
    std::string path(route.path);
    if (const auto at = path.find("{project}"); at != path.npos) path.replace(at, 9, "default");
    for (const auto* body : {"", "null", "[]", "7", "\"x\"", R"({"unknown":{}})", "{\"a\":"}) {
      const auto token = route.access == auth::Access::agent ? agent.key : w.admin;
      const auto status = w.post(path, body, {{"Authorization", "Bearer " + token}}).status;
      EXPECT_TRUE(status == 400 || status == 422) << route.name << " " << body << " " << status;
    }
  }
}

}  // namespace
}  // namespace api::testing
