#include "api/testing.h"

namespace api::testing {
namespace {

/// The pipeline of chainr's README.
constexpr const char* readme = R"({"kind":"Pipeline","jobs":{
  "first":{"image":"busybox","run":"exit 0"},
  "second":{"image":"busybox","run":"exit 0"},
  "success":{"dependsOn":[{"job":"first"}],"image":"busybox","run":"exit 0"},
  "error":{"dependsOn":[{"job":"first","conditions":{"failure":true}}],
           "image":"busybox","run":"exit 0"}}})";

TEST(Chainr, AnswersInItsShapes) {
  World w;
  EXPECT_EQ(w.get("/api").body,
            R"({"kind":"APIResourceList","metadata":{"selfLink":"/api"},"resources":)"
            R"({"runs":{"url":"/api/runs","description":"Runs of pipelines"}}})");
  EXPECT_EQ(w.get("/api/runs").body, R"({"kind":"RunList","items":[]})");
  // curl sends a form's content type unless told otherwise.
  const auto made =
      w.post("/api/runs", readme, {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(made.status, 202);
  const auto uid = made.text("/metadata/uid");
  EXPECT_EQ(made.body, R"({"kind":"Run","metadata":{"selfLink":"/api/runs/)" + uid +
                           R"(","uid":")" + uid +
                           R"("},"status":"PENDING","jobs":[{"name":"first","status":"PENDING"},)"
                           R"({"name":"second","status":"PENDING"},)"
                           R"({"name":"success","status":"PENDING"},)"
                           R"({"name":"error","status":"PENDING"}]})");
  EXPECT_EQ(w.get("/api/runs/" + uid).body, made.body);
  EXPECT_EQ(w.get("/api/runs").at("/items/0"), made.json);
}

TEST(Chainr, SaysItsWordsForEveryState) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto run = "/api/runs/" + w.post("/api/runs", readme).text("/metadata/uid");
  const auto work = agent.pull();
  ASSERT_EQ(work.size(), 2u);
  agent.report(work[0].key, model::Sight::running);
  EXPECT_EQ(w.get(run).text("/status"), "RUNNING");
  EXPECT_EQ(w.get(run).text("/jobs/0/status"), "RUNNING");
  agent.end(work[0].key);
  EXPECT_EQ(w.get(run).text("/jobs/0/status"), "SUCCESSFUL");
  EXPECT_EQ(w.get(run).text("/jobs/3/status"), "SKIPPED");
  agent.end(work[1].key, 1);
  for (const auto& next : agent.pull()) agent.end(next.key);
  EXPECT_EQ(w.get(run).text("/jobs/1/status"), "FAILED");
  EXPECT_EQ(w.get(run).text("/status"), "FAILED");
}

TEST(Chainr, RefusesInItsShape) {
  World w;
  const auto is_error = [](const Reply& reply, int status) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(reply.text("/kind"), "Error");
    EXPECT_TRUE(reply.at("/error").is_string());
    EXPECT_EQ(reply.headers.get("Content-Type"), "application/json");
  };
  is_error(w.post("/api/runs", "{"), 400);
  is_error(w.post("/api/runs", "null"), 400);
  is_error(w.post("/api/runs", R"({"kind":"Pipeline","jobs":{"a":{"image":"x","rum":"y"}}})"), 400);
  is_error(w.get("/api/runs/none"), 404);
  is_error(w.get("/api/other"), 404);
  is_error(w.get("/api", {{"Authorization", ""}}), 401);
  const auto removed = w.call(http::Verb::delete_, "/api/runs");
  is_error(removed, 405);
  EXPECT_EQ(removed.headers.get("Allow"), "GET, HEAD, POST");
}

}  // namespace
}  // namespace api::testing
