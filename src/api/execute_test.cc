#include <regex>

#include "api/testing.h"
#include "base/uuid.h"
#include "control/loops.h"

namespace api::testing {
namespace {

std::string request(const std::string& image, const std::string& tag,
                    const std::string& more = "") {
  return R"({"image":")" + image + R"(","tag":")" + tag + "\"" + more + "}";
}

/// Where to ask for what was executed.
std::string execute(World& w, const std::string& body) {
  const auto reply = w.post("/execute", body);
  EXPECT_EQ(reply.status, 200) << reply.body;
  return reply.text("/callbackUrl");
}

std::string status(World& w, const std::string& url) { return w.get(url).text("/Status"); }

/// The path of the same run among runs.
std::string run_of(const std::string& url) {
  return home + "/runs/" + base::ulid_of(*base::parse_uuid(url.substr(url.rfind('/') + 1)));
}

TEST(Execute, AnswersInTheOriginalsShapes) {
  World w;
  const auto made = w.post("/execute", request("team/app", "1.0.0", R"(,"timeout":600000)"),
                           {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.headers.get("Content-Type"), "application/json");
  std::smatch found;
  const std::regex shape(R"re(\{"callbackUrl":"(/execution/([0-9a-f]{8}-[0-9a-f]{4}-)re"
                         R"re(4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}))"\})re");
  ASSERT_TRUE(std::regex_match(made.body, found, shape)) << made.body;
  const auto shown = w.get(found[1].str());
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(shown.body, R"({"Image":"team/app","Tag":"1.0.0","Name":")" + found[2].str() +
                            R"(","Status":"Acknowledged","Timeout":600000})");
  const auto health = w.get("/healthcheck", {{"Authorization", ""}});
  EXPECT_EQ(std::to_string(health.status) + health.body, "200");
}

TEST(Execute, IsARunOfOneJobWithTheImagesOwnProgram) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto url = execute(w, request("host:5000/x", "1"));
  const auto run = w.get(run_of(url));
  EXPECT_EQ(run.text("/origin"), "execute");
  EXPECT_EQ(run.text("/jobsTotal"), "1");
  const auto work = agent.pull();
  ASSERT_EQ(work.size(), 1u);
  ASSERT_TRUE(work[0].work);
  EXPECT_EQ(work[0].work->image, "host:5000/x:1");
  EXPECT_TRUE(work[0].work->command.empty());
  EXPECT_TRUE(work[0].work->args.empty());
  EXPECT_EQ(work[0].work->pod.get().image_pull_policy, model::PullPolicy::IfNotPresent);
  EXPECT_EQ(work[0].work->run_timeout, w.scene.plans.limits().run_default);
}

TEST(Execute, ShowsEveryImageAsItWasGiven) {
  World w;
  const std::string digest(64, 'a');
  const std::pair<std::string, std::string> images[] = {{"busybox", "1"},
                                                        {"localhost/x", "latest"},
                                                        {"host:5000/a/b-c", "V_1.0-rc"},
                                                        {"[::1]:5000/x", "1"},
                                                        {"reg.example.com/a", "_"},
                                                        {"busybox@sha256", digest},
                                                        {"host:1/x@sha256", digest},
                                                        {"x", std::string(128, '1')}};
  for (const auto& [image, tag] : images) {
    const auto shown = w.get(execute(w, request(image, tag)));
    EXPECT_EQ(shown.text("/Image"), image);
    EXPECT_EQ(shown.text("/Tag"), tag);
    EXPECT_EQ(shown.text("/Timeout"), "0");
  }
}

TEST(Execute, SaysItsWordForEveryState) {
  World w;
  const auto good = execute(w, request("busybox", "1"));
  const auto bad = execute(w, request("busybox", "2"));
  EXPECT_EQ(status(w, good), "Acknowledged");
  Agent agent(w, "c1");
  agent.open();
  w.finish(control::dispatch_once(w.scene));
  EXPECT_EQ(status(w, good), "InProgress");
  const auto work = agent.pull();
  ASSERT_EQ(work.size(), 2u);
  agent.report(work[0].key, model::Sight::running);
  EXPECT_EQ(status(w, good), "InProgress");
  agent.end(work[0].key);
  EXPECT_EQ(status(w, good), "Succeeded");
  agent.end(work[1].key, 1);
  EXPECT_EQ(status(w, bad), "Failed");

  const auto canceled = execute(w, request("busybox", "1"));
  const auto running = agent.pull();
  ASSERT_EQ(running.size(), 1u);
  agent.report(running[0].key, model::Sight::running);
  w.post(run_of(canceled) + "/cancel");
  EXPECT_EQ(status(w, canceled), "InProgress") << "it is stopping";
  agent.report(running[0].key, model::Sight::ended,
               model::Outcome{.state = model::AttemptState::failed, .class_ = model::Class::exit});
  EXPECT_EQ(w.get(run_of(canceled)).text("/state"), "canceled");
  EXPECT_EQ(status(w, canceled), "Failed");
}

TEST(Execute, NeverGoesBack) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto url = execute(w, request("busybox", "1"));
  const auto work = agent.pull();
  ASSERT_EQ(work.size(), 1u);
  agent.report(work[0].key, model::Sight::running);
  agent.report(
      work[0].key, model::Sight::ended,
      model::Outcome{.state = model::AttemptState::failed, .class_ = model::Class::evicted});
  EXPECT_EQ(w.get(run_of(url) + "/jobs/main").text("/state"), "backing_off");
  EXPECT_EQ(status(w, url), "InProgress");
}

TEST(Execute, FailsWhatHasNotEndedWithinItsTimeout) {
  World w;
  const auto late = execute(w, request("busybox", "1", R"(,"timeout":1)"));
  const auto patient = execute(w, request("busybox", "1", R"(,"timeout":0)"));
  EXPECT_EQ(w.get(late).text("/Timeout"), "1");
  const auto until = w.soon();
  while (status(w, late) != "Failed" && w.clock.mono() < until)
    w.finish(control::timers_once(w.scene));
  EXPECT_EQ(w.get(run_of(late)).text("/reason"), "its timeout came");
  EXPECT_EQ(status(w, late), "Failed");
  EXPECT_EQ(status(w, patient), "Acknowledged");
}

TEST(Execute, TakesATimeoutLongerThanTheUsualOne) {
  World w;
  Agent agent(w, "c1");
  agent.open();
  const auto max = w.scene.plans.limits().run_max;
  ASSERT_GT(max, w.scene.plans.limits().run_default);
  const auto given = std::to_string(max / std::chrono::milliseconds(1));
  EXPECT_EQ(w.get(execute(w, request("busybox", "1", ",\"timeout\":" + given))).text("/Timeout"),
            given);
  const auto work = agent.pull();
  ASSERT_EQ(work.size(), 1u);
  EXPECT_EQ(work[0].work->run_timeout, max);
}

/// The pointers of a refusal.
std::string places(const Reply& reply) {
  std::string all;
  for (std::size_t i = 0; i < reply.count("/errors"); ++i)
    all += (i ? " " : "") + reply.text("/errors/" + std::to_string(i) + "/pointer");
  return all;
}

/// The pointers of what a bad request is told, once it is known to be told as it should.
std::string refused(World& w, const std::string& body) {
  const auto reply = w.post("/execute", body);
  EXPECT_EQ(reply.status, 400) << body << " " << reply.body;
  EXPECT_EQ(reply.text("/code"), "invalid_execution") << body;
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(reply.at("/status"), 400);
  EXPECT_LT(reply.body.size(), 2000u);
  EXPECT_EQ(w.get(home + "/runs").count("/items"), 0u) << "it runs: " << body;
  return places(reply);
}

TEST(Execute, RefusesWithThePlaceOfEveryFault) {
  World w;
  for (const auto* body : {"null", "[]", "7"}) EXPECT_EQ(refused(w, body), "") << body;
  EXPECT_EQ(refused(w, R"({"image":"x","tga":"1"})"), "/tga ");
  EXPECT_EQ(refused(w, R"({"image":7,"tag":null,"timeout":"60"})"), "/image /tag /timeout");
  EXPECT_EQ(refused(w, request("", "", R"(,"timeout":-1)")), "/image /tag /timeout");
  for (const auto* timeout : {"-1", "1.5", "2592000001", "9223372036854775807",
                              "-9223372036854775808", "18446744073709551615"})
    EXPECT_EQ(refused(w, request("x", "1", R"(,"timeout":)" + std::string(timeout))), "/timeout");
}

TEST(Execute, RefusesWhatIsNoNameOfAnImage) {
  World w;
  const std::string tag(64, 'a');  // good as a digest, too
  for (const std::string image :
       {"x:1", "host:5000/x:1", "host:5000", "x@sha256:aa", "x:1@sha256", "@sha256", "X", "a b",
        "a//b", "/a", "a/", "-a", "a.", "https://host/x", "host:/x", "a\\u0000b", "\xc3\xa9"})
    EXPECT_EQ(refused(w, request(image, tag)), "/image") << image;
  EXPECT_EQ(refused(w, request(std::string(513, 'x'), tag)), "/image");
  const auto tagged = w.post("/execute", request("busybox:1.36", ""));
  EXPECT_EQ(places(tagged), "/image /tag");
  EXPECT_NE(tagged.text("/errors/0/detail").find("already"), std::string::npos) << tagged.body;
}

TEST(Execute, RefusesWhatIsNoTag) {
  World w;
  for (const std::string tag : {"", ".1", "-1", "a b", "a/b", "a:b", "a@b", "1\\n", "\xc3\xa9"})
    EXPECT_EQ(refused(w, request("x", tag)), "/tag") << tag;
  EXPECT_EQ(refused(w, request("x", std::string(129, '1'))), "/tag");
  for (const auto& digits : {std::string("1"), std::string(63, 'a'), std::string(64, 'A')})
    EXPECT_EQ(refused(w, request("x@sha256", digits)), "/tag") << digits;
}

TEST(Execute, RefusesWhatIsNoJsonAndWhoHasNoToken) {
  World w;
  for (const auto* body : {"", "{", "{\"image\":\"x\"", "image=x", R"({"tag":"1","tag":"2"})"}) {
    const auto reply = w.post("/execute", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.text("/code"), "bad_json") << body;
  }
  const http::Headers nobody = {{"Authorization", ""}};
  EXPECT_EQ(w.post("/execute", request("x", "1"), nobody).status, 401);
  EXPECT_EQ(w.get(execute(w, request("x", "1")), nobody).status, 401);
}

TEST(Execute, ShowsOnlyWhatWasExecuted) {
  World w;
  const auto unknown = [&](const std::string& name) {
    const auto reply = w.get("/execution/" + name);
    EXPECT_EQ(reply.status, 404) << name;
    EXPECT_EQ(reply.text("/code"), "no_such_execution");
    EXPECT_LT(reply.body.size(), 500u);
  };
  for (const auto* name : {"x", "00000000-0000-4000-8000-000000000000", "a%2Fb"}) unknown(name);
  unknown(std::string(10'000, 'x'));
  const auto run = w.post(home + "/runs", submit_of(pipeline("p"))).text("/id");
  unknown(run);
  unknown(base::format_uuid(base::uuid_of(run)));
  const auto url = execute(w, request("x", "1"));
  unknown(base::ulid_of(*base::parse_uuid(url.substr(url.rfind('/') + 1))));
  auto shouted = url.substr(url.rfind('/') + 1);
  for (auto& c : shouted) c = char(std::toupper(c));
  EXPECT_EQ(w.get("/execution/" + shouted).body, w.get(url).body);
}

}  // namespace
}  // namespace api::testing
