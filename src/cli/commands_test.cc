#include "cli/files.h"
#include "cli/runs.h"
#include "cli/testing.h"

namespace {

using namespace cli;
using namespace cli::testing;

const std::string base_path = "/api/v1/projects/default";

/// Stores pipelines; those named `bad` it refuses.
http::Response store(http::Request& request) {
  if (request.body.find("\"name\":\"bad\"") != std::string::npos)
    return http::problem(422, "invalid_pipeline", "2 places are wrong",
                         {{"/jobs/build/image", "is required"}, {"/jobs/b", "there is a cycle"}});
  if (request.body.find("\"name\":\"old\"") != std::string::npos)
    return http::respond(200, "application/json",
                         R"({"name":"old","version":3,"change":"unchanged","news":1})");
  return http::respond(201, "application/json", R"({"name":"new","version":1,"change":"created"})");
}

TEST(Apply, SendsEveryDocumentAndSaysWhatItCameTo) {
  const Folder folder;
  folder.write("all/b.yaml", "kind: Pipeline\nname: old\n---\nkind: Pipeline\nname: new\n");
  folder.write("all/a.json", R"({"kind": "Pipeline", "name": "new"})");
  folder.write("all/readme.md", "not one");
  const ApiServer server({{"POST " + base_path + "/pipelines", store}});
  const auto applied = call(server, {"apply", "-f", (folder.path() / "all").string()});
  EXPECT_EQ(applied.code, 0) << applied.err;
  EXPECT_EQ(applied.out,
            "pipeline/new created (version 1)\n"
            "pipeline/old unchanged\n"
            "pipeline/new created (version 1)\n");
}

TEST(Apply, ShowsEveryFaultWithItsPlaceAndGoesOn) {
  const Folder folder;
  const auto file = folder.write("p.yaml", "name: old\n---\nname: bad\n---\nname: new\n");
  const ApiServer server({{"POST " + base_path + "/pipelines", store}});
  const auto applied = call(server, {"apply", "-f", file});
  EXPECT_EQ(applied.code, 2);
  EXPECT_EQ(applied.out, "pipeline/old unchanged\npipeline/new created (version 1)\n");
  EXPECT_EQ(applied.err, "error: " + file + ":2: 2 places are wrong\n  " + file +
                             ":2:/jobs/build/image: is required\n  " + file +
                             ":2:/jobs/b: there is a cycle\n");
}

TEST(Apply, SendsNothingWhenAFileCannotBeRead) {
  const Folder folder;
  const auto good = folder.write("good.yaml", "name: new\n");
  const auto broken = folder.write("broken.yaml", "a: [1\n");
  const auto empty = folder.write("empty.yaml", "# nothing\n");
  const ApiServer server({{"POST " + base_path + "/pipelines", store}});
  const auto applied = call(server, {"apply", "-f", good, broken, empty, "/nowhere.yaml"});
  EXPECT_EQ(applied.code, 2);
  EXPECT_EQ(applied.out, "");
  EXPECT_EQ(applied.err, "error: 3 files cannot be read; nothing was sent\n  " + broken +
                             ":2:1: did not find expected ',' or ']'\n  " + empty +
                             ": holds no document\n  /nowhere.yaml: No such file or directory\n");
  EXPECT_TRUE(server.asked().empty());
}

TEST(Run, SendsWhatWasGivenAndPrintsTheId) {
  const Folder folder;
  const auto payload = folder.write("body.json", "{\"a\": 1}");
  const auto run = text_of(run_view(model::RunState::queued));
  const ApiServer server({{"POST " + base_path + "/runs", says(run, 201)}});
  const auto outcome = call(server, {"run", "deploy@3", "--param", "times=3", "--label", "team=x=y",
                                     "--payload", payload, "--idempotency-key", "k1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, run_id + "\n");
  EXPECT_EQ(server.asked().at(0),
            "POST " + base_path +
                "/runs {\"pipeline\":\"deploy\",\"version\":3,\"params\":{\"times\":\"3\"},"
                "\"labels\":{\"team\":\"x=y\"},\"payload\":\"{\\\"a\\\": 1}\",\"payloadType\":"
                "\"application/json\"}");
  const auto tree = call(server, {"run", "deploy", "-o", "yaml"});
  EXPECT_NE(tree.out.find("pipeline: fallback\n"), tree.out.npos) << tree.out;
}

TEST(Run, SendsBytesThatAreNoTextAsBase64) {
  const Folder folder;
  RunOptions options;
  options.file = folder.write("p.json", R"({"kind": "Pipeline", "jobs": {}})");
  options.payload = folder.write("x.bin", std::string("\xff\0\x01", 3));
  const auto request = make_request(options);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->payload_base64, "/wAB");
  EXPECT_EQ(request->payload_type, "application/octet-stream");
  EXPECT_FALSE(request->payload);
  EXPECT_TRUE(request->spec.is_object());
}

TEST(Run, RefusesWhatCannotBeMeant) {
  const Folder folder;
  const auto refusal = [](const RunOptions& options) {
    return make_request(options).error().message;
  };
  EXPECT_EQ(refusal({.name = "x", .params = {"a"}}), "--param a: write it as --param key=value");
  EXPECT_EQ(refusal({.name = "x", .params = {"a=1", "a=2"}}), "--param a is given twice");
  EXPECT_EQ(refusal({.name = "x@two"}), "'two' is not a version; write it as x@3");
  const auto two = folder.write("two.yaml", "a: 1\n---\nb: 2\n");
  EXPECT_EQ(refusal({.file = two}), two + " holds 2 documents; a run needs one");
}

TEST(Run, ShowsARefusalWithItsFaults) {
  const ApiServer server({{"POST " + base_path + "/runs", store}});
  const Folder folder;
  const auto refused = call(server, {"run", "-f", folder.write("p.yaml", "name: bad")});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "error: 2 places are wrong\n  /jobs/build/image: is required\n  /jobs/b: there is a "
            "cycle\n");
}

TEST(Errors, TellHowToGiveATokenAndNeverShowOne) {
  const ApiServer server({});
  const auto refused = call(server, {"get", "runs", "--token", "wrong"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err,
            "error: a token is needed; give its token with FAIRLEAD_TOKEN or --token\n");
}

TEST(Errors, AreUnderstoodEvenWhenTheyAreNoProblems) {
  const ApiServer server(
      {{"GET /api/v1/clusters", says("<html>", 502)}, {"GET /api/v1/agents", says("<html>")}});
  EXPECT_EQ(call(server, {"get", "clusters"}).err, "error: the server answered 502\n");
  const auto agents = call(server, {"get", "agents"});
  EXPECT_EQ(agents.code, 1);
  EXPECT_NE(agents.err.find("is not JSON; is this a Fairlead server?"), agents.err.npos);
}

TEST(Explain, SaysWhyInSentences) {
  const ApiServer server(
      {{"GET " + base_path + "/runs/" + run_id + "/explain?job=build",
        says(R"({"run":"r","job":"build","state":"queued","because":["a.","b."]})")}});
  const auto told = call(server, {"explain", run_id, "build"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_EQ(told.out, "job build of run r is queued\n  a.\n  b.\n");
}

TEST(CreateAgent, PrintsTheKeyAloneOnStandardOutput) {
  const ApiServer server(
      {{"POST /api/v1/agents", says(R"({"agent":{"id":"1","name":"a","cluster":"c",)"
                                    R"("created":"2026-11-21T12:00:00Z"},"key":"flk_1"})",
                                    201)}});
  const auto made = call(server, {"create", "agent", "--name", "a", "--cluster-name", "c"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, "flk_1\n");
  EXPECT_NE(made.err.find("fairlead agent --server " + server.url()), made.err.npos);
  EXPECT_EQ(server.asked().at(0), "POST /api/v1/agents {\"name\":\"a\",\"cluster\":\"c\"}");
}

TEST(Get, FollowsPagesUpToTheLimit) {
  const auto run = text_of(run_view(model::RunState::running));
  const auto two = "\"items\":[" + run + "," + run + "]";
  const auto path = "GET " + base_path + "/runs";
  const ApiServer server(
      {{path + "?state=failed&label=a%3Db&limit=3", says("{" + two + R"(,"next":"c 2"})")},
       {path + "?state=failed&label=a%3Db&limit=1&cursor=c%202",
        says("{\"items\":[" + run + "],\"next\":\"c3\"}")}});
  const auto got = call(
      server, {"get", "runs", "--state", "failed", "--label", "a=b", "--limit", "3", "-o", "json"});
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_EQ(got.out.find("{\n  \"items\": ["), 0u) << got.out;
  EXPECT_EQ(server.asked().size(), 2u);
}

TEST(Get, ShowsARunWithItsJobs) {
  auto run = run_view(model::RunState::failed);
  run.finished = noon + 2s;
  run.jobs_total = 1;
  const auto path = "GET " + base_path + "/runs/" + run_id;
  const ApiServer server(
      {{path, says(text_of(run))},
       {path + "/jobs",
        says("{\"items\":[" + text_of(job(0, "build", model::JobState::failed, 1)) + "]}")}});
  const auto got = call(server, {"get", "run", run_id});
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_NE(got.out.find("state     failed\n"), got.out.npos);
  EXPECT_NE(got.out.find("took      2.0s\n"), got.out.npos);
  EXPECT_NE(got.out.find("build  failed  1  "), got.out.npos) << got.out;
}

TEST(Get, ShowsTheAttemptsOfAJob) {
  model::AttemptView attempt;
  attempt.attempt = 2;
  attempt.cluster = "local";
  attempt.state = model::AttemptState::failed;
  attempt.class_ = model::Class::exit;
  attempt.exit_code = 7;
  attempt.assigned = attempt.started.emplace(noon);
  attempt.ended = noon + 1s;
  attempt.log_bytes = 2048;
  // This list has no pages, and a strict server refuses what it does not know.
  const ApiServer server({{"GET " + base_path + "/runs/" + run_id + "/jobs/build/attempts",
                           says("{\"items\":[" + text_of(attempt) + "]}")}});
  const auto got = call(server, {"get", "job", run_id, "build"});
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_NE(got.out.find("2        failed  local    1.0s  "), got.out.npos) << got.out;
  EXPECT_TRUE(got.out.ends_with("2.0 KiB  exit 7\n")) << got.out;
  EXPECT_EQ(server.asked().at(0).find('?'), std::string::npos);
}

TEST(Get, SaysWhenThereIsNothing) {
  const ApiServer server({{"GET /api/v1/clusters", says(R"({"items":[]})")}});
  const auto got = call(server, {"get", "clusters"});
  EXPECT_EQ(got.code, 0);
  EXPECT_EQ(got.out, "");
  EXPECT_EQ(got.err, "no clusters found\n");
  EXPECT_EQ(call(server, {"get", "clusters", "-o", "json"}).out, "{\n  \"items\": []\n}\n");
}

}  // namespace
