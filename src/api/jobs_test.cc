#include "api/testing.h"

namespace api::testing {
namespace {

std::string because(World& w, const std::string& run, const std::string& job = "") {
  const auto reply = w.get(home + "/runs/" + run + "/explain" + (job.empty() ? "" : "?job=" + job));
  EXPECT_EQ(reply.status, 200) << reply.body;
  std::string text;
  for (std::size_t i = 0; i < reply.count("/because"); ++i)
    text += reply.text("/because/" + std::to_string(i)) + "\n";
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Jobs, AreListedAndShownWithTheirDependencies) {
  World w;
  const auto run = home + "/runs/" + w.post(home + "/runs", submit_of(chain())).text("/id");
  const auto list = w.get(run + "/jobs");
  ASSERT_EQ(list.count("/items"), 3u) << list.body;
  EXPECT_EQ(list.text("/items/0/name"), "build");
  EXPECT_EQ(list.text("/items/2/dependsOn"),
            R"([{"job":"build","conditions":)"
            R"({"success":false,"failure":true,"always":false}}])");
  EXPECT_EQ(w.get(run + "/jobs?state=waiting").count("/items"), 2u);
  const auto one = w.get(run + "/jobs/deploy");
  EXPECT_EQ(one.text("/state"), "waiting");
  EXPECT_EQ(one.at("/index"), 1);
  EXPECT_EQ(w.get(run + "/jobs/nope").text("/code"), "no_such_job");
  EXPECT_EQ(w.get(run + "/jobs/deploy/attempts").body, R"({"items":[]})");
}

TEST(Jobs, ArePagedBothWays) {
  World w;
  std::string jobs;
  for (int i = 0; i < 5; ++i)
    jobs += (i ? ",\"j" : "\"j") + std::to_string(i) + R"(":{"image":"x"})";
  const auto run =
      home + "/runs/" +
      w.post(home + "/runs", submit_of(R"({"kind":"Pipeline","jobs":{)" + jobs + "}}")).text("/id");
  const auto first = w.get(run + "/jobs?limit=2");
  const auto second = w.get(run + "/jobs?limit=2&cursor=" + first.text("/next"));
  EXPECT_EQ(second.text("/items/0/name"), "j2");
  const auto third = w.get(run + "/jobs?limit=2&cursor=" + second.text("/next"));
  EXPECT_EQ(third.count("/items"), 1u);
  EXPECT_TRUE(third.at("/next").is_null());
  EXPECT_EQ(w.get(run + "/jobs?limit=2&cursor=" + third.text("/previous")).at("/items"),
            second.at("/items"));
  const auto back = w.get(run + "/jobs?limit=2&cursor=" + second.text("/previous"));
  EXPECT_EQ(back.at("/items"), first.at("/items"));
  EXPECT_TRUE(back.at("/previous").is_null());
  EXPECT_EQ(w.get(run + "/jobs?cursor=" + w.get(home + "/runs?limit=1").text("/next")).status, 400);
}

TEST(Jobs, ShowTheirAttempts) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto run = home + "/runs/" + w.post(home + "/runs", submit_of(chain())).text("/id");
  const auto work = agent.pull();
  ASSERT_EQ(work.size(), 1u);
  agent.end(work[0].key, 3);
  const auto attempts = w.get(run + "/jobs/build/attempts");
  ASSERT_EQ(attempts.count("/items"), 1u) << attempts.body;
  EXPECT_EQ(attempts.text("/items/0/state"), "failed");
  EXPECT_EQ(attempts.text("/items/0/class"), "exit");
  EXPECT_EQ(attempts.at("/items/0/exitCode"), 3);
  EXPECT_EQ(attempts.text("/items/0/cluster"), "c1");
  EXPECT_EQ(attempts.text("/items/0/uid"), "uid-1");
}

TEST(Explain, SaysWhyNothingTakesAJob) {
  World w;
  const auto run = w.post(home + "/runs", submit_of(chain())).text("/id");
  EXPECT_TRUE(has(because(w, run, "build"), "there is no cluster"));
  Agent agent(w, "c1");
  EXPECT_TRUE(has(because(w, run, "build"), "cluster c1 has no agent connected"));
  agent.open(0);
  EXPECT_TRUE(has(because(w, run, "build"), "cluster c1 is full (0 of 0)"));
  EXPECT_TRUE(has(because(w, run, "deploy"), "it waits for 'build' to succeed, which is queued"));
  EXPECT_TRUE(has(because(w, run), "deploy: it waits for 'build'"));
  EXPECT_EQ(w.get(home + "/runs/" + run + "/explain?job=x").status, 404);
}

TEST(Explain, FollowsAJobToItsEnd) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto run = w.post(home + "/runs", submit_of(chain())).text("/id");
  const auto key = agent.pull().at(0).key;
  agent.report(key, model::Sight::waiting, {}, "quota exceeded");
  EXPECT_TRUE(has(because(w, run, "build"), "its agent says: quota exceeded"));
  agent.report(key, model::Sight::running);
  EXPECT_TRUE(has(because(w, run, "build"), "attempt 1 is running on cluster 'c1' as build-"));
  EXPECT_TRUE(has(because(w, run, "build"), "it fails with run_timeout at "));
  agent.end(key, 7);
  EXPECT_TRUE(has(because(w, run, "build"), "attempt 1 failed: exit, exit code 7"));
  EXPECT_TRUE(has(because(w, run, "deploy"), "it needs 'build' to succeed, which ended as failed"));
  agent.end(agent.pull().at(0).key);
  EXPECT_EQ(w.get(home + "/runs/" + run).text("/state"), "succeeded");
  EXPECT_TRUE(has(because(w, run, "build"), "'rescue' handled that"));
  EXPECT_TRUE(has(because(w, run, "rescue"), "attempt 1 succeeded"));
}

TEST(Explain, SaysWhatARunStoppedFor) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto run = w.post(home + "/runs", submit_of(chain())).text("/id");
  agent.report(agent.pull().at(0).key, model::Sight::running);
  w.post(home + "/runs/" + run + "/cancel");
  const auto text = because(w, run);
  EXPECT_TRUE(has(text, "somebody asked it to stop")) << text;
  EXPECT_TRUE(has(text, "build: it was asked to stop because its run was asked to stop")) << text;
  EXPECT_TRUE(has(because(w, run, "deploy"), "it was canceled because its run was asked to stop"));
}

TEST(Explain, SaysUntilWhenAJobBacksOff) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto run =
      w.post(home + "/runs",
             submit_of(R"({"kind":"Pipeline","jobs":{"a":{"image":"x","retry":{"attempts":2}}}})"))
          .text("/id");
  agent.end(agent.pull().at(0).key, 1);
  const auto text = because(w, run, "a");
  EXPECT_TRUE(has(text, "attempt 1 failed: exit, exit code 1")) << text;
  EXPECT_TRUE(has(text, "before attempt 2")) << text;
}

}  // namespace
}  // namespace api::testing
