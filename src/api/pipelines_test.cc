#include "api/testing.h"

namespace api::testing {
namespace {

TEST(Pipelines, AreStoredInVersions) {
  World w;
  const auto first = w.post(home + "/pipelines", pipeline("p", R"(,"labels":{"a":"1"})"));
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.body, R"({"name":"p","version":1,"change":"created"})");
  EXPECT_EQ(first.headers.get("Location"), home + "/pipelines/p");
  const auto same = w.post(home + "/pipelines", pipeline("p", R"(,"labels":{"a":"1"})"));
  EXPECT_EQ(same.status, 200);
  EXPECT_EQ(same.text("/change"), "unchanged");
  const auto second = w.post(home + "/pipelines", pipeline("p"));
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.text("/change"), "updated");
  EXPECT_EQ(w.get(home + "/pipelines/p").at("/version"), 2);
  const auto old = w.get(home + "/pipelines/p?version=1");
  EXPECT_EQ(old.text("/labels/a"), "1");
  EXPECT_EQ(old.text("/spec/jobs/only/image"), "busybox");
  EXPECT_EQ(w.get(home + "/pipelines/p?version=9").text("/code"), "no_such_pipeline");
  EXPECT_EQ(w.get(home + "/pipelines/q").status, 404);
}

TEST(Pipelines, AreTakenAsYamlOneByOne) {
  World w;
  const std::string text = "kind: Pipeline\nname: yam\njobs:\n  a: {image: busybox, run: 'true'}\n";
  for (const auto* type : {"application/yaml", "text/yaml; charset=utf-8", "application/x-yaml"})
    EXPECT_LE(w.post(home + "/pipelines", text, {{"Content-Type", type}}).status, 201) << type;
  const http::Headers yaml = {{"Content-Type", "application/yaml"}};
  EXPECT_EQ(w.post(home + "/pipelines", text + "---\n" + text, yaml).text("/code"), "bad_yaml");
  EXPECT_EQ(w.post(home + "/pipelines", "", yaml).status, 400);
  const auto wrong = w.post(home + "/pipelines", "kind: Pipeline\njobs: {a: {imag: x}}\n", yaml);
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.text("/errors/0/pointer"), "/jobs/a/imag");
  EXPECT_EQ(w.post(home + "/pipelines", text, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(w.post(home + "/runs", "pipeline: y", yaml).text("/code"), "unsupported_media");
}

TEST(Pipelines, NeedAName) {
  World w;
  const auto reply =
      w.post(home + "/pipelines", R"({"kind":"Pipeline","jobs":{"a":{"image":"x"}}})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.text("/errors/0/pointer"), "/name");
}

TEST(Pipelines, ArePagedByName) {
  World w;
  for (const auto* name : {"c", "a", "e", "b", "d"}) w.post(home + "/pipelines", pipeline(name));
  const auto first = w.get(home + "/pipelines?limit=2");
  EXPECT_EQ(first.text("/items/0/name") + first.text("/items/1/name"), "ab");
  EXPECT_TRUE(first.at("/items/0/spec").is_null());
  w.post(home + "/pipelines", pipeline("aa"));
  const auto second = w.get(home + "/pipelines?limit=2&cursor=" + first.text("/next"));
  EXPECT_EQ(second.text("/items/0/name") + second.text("/items/1/name"), "cd");
  const auto back = w.get(home + "/pipelines?limit=2&cursor=" + second.text("/previous"));
  EXPECT_EQ(back.text("/items/0/name") + back.text("/items/1/name"), "aab");
}

TEST(Pipelines, ThatAreBigAreReadBesideTheLoop) {
  World w;
  std::string jobs;
  for (int i = 0; i < 2000; ++i)
    jobs += (i ? ",\"j" : "\"j") + std::to_string(i) + R"(":{"image":"busybox","run":"true"})";
  const auto spec = R"({"kind":"Pipeline","name":"big","jobs":{)" + jobs + "}}";
  EXPECT_EQ(w.post(home + "/pipelines", spec).status, 201);
  EXPECT_EQ(w.get(home + "/pipelines/big").at("/spec/jobs").as_object().size(), 2000u);
  const auto run = w.post(home + "/runs", R"({"pipeline":"big"})");
  EXPECT_EQ(run.at("/jobsTotal"), 2000) << run.body;
}

}  // namespace
}  // namespace api::testing
