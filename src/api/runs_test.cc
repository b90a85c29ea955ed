#include "api/testing.h"

namespace api::testing {
namespace {

TEST(Runs, AreAcceptedWithTheirSpecOrAStoredPipeline) {
  World w;
  const auto first = w.post(home + "/runs", submit_of(pipeline("p", R"(,"labels":{"a":"b"})")));
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.text("/state"), "queued");
  EXPECT_EQ(first.text("/pipeline"), "p");
  EXPECT_EQ(first.text("/jobs"), R"({"queued":1})");
  EXPECT_EQ(first.text("/labels/a"), "b");
  EXPECT_EQ(first.headers.get("Location"), home + "/runs/" + first.text("/id"));
  EXPECT_EQ(w.get(home + "/runs/" + first.text("/id")).body, first.body);

  EXPECT_EQ(w.post(home + "/pipelines", pipeline("stored")).status, 201);
  const auto second =
      w.post(home + "/runs", R"({"pipeline":"stored","labels":{"team":"x"},"payload":"hi"})");
  EXPECT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(second.text("/version"), "1");
  EXPECT_EQ(second.text("/labels/team"), "x");
}

/// The code and the pointers of a refusal.
std::string faults_of(const Reply& reply) {
  auto text = std::to_string(reply.status) + " " + reply.text("/code");
  for (std::size_t i = 0; i < reply.count("/errors"); ++i)
    text += " " + reply.text("/errors/" + std::to_string(i) + "/pointer");
  return text;
}

TEST(Runs, AreRefusedWithAPointerToEveryFault) {
  World w;
  w.post(home + "/pipelines", pipeline("p", R"(,"params":{"n":{"type":"integer"}})"));
  const auto refused = [&](const std::string& body) {
    const auto reply = w.post(home + "/runs", body);
    EXPECT_EQ(reply.headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(reply.at("/status"), reply.status);
    return faults_of(reply);
  };
  EXPECT_EQ(refused("{}"), "422 invalid_run ");
  EXPECT_EQ(refused(R"({"pipeline":"p","spec":{}})"), "422 invalid_run /spec");
  EXPECT_EQ(refused(R"({"pipeline":"nope"})"), "404 no_such_pipeline");
  EXPECT_EQ(refused(R"({"spec":{"kind":"Pipeline","jobs":{"a":{"imag":"x"}}}})"),
            "422 invalid_pipeline /spec/jobs/a/imag /spec/jobs/a");
  // What was read badly hides nothing else, and brings no fault that is not there.
  EXPECT_EQ(refused(R"({"spec":{"kind":"Pipeline","jobs":{"a":{"image":7},
                        "b":{"image":"x","dependsOn":[{"job":"a"},{"job":"c"}]}}}})"),
            "422 invalid_pipeline /spec/jobs/a/image /spec/jobs/b/dependsOn/1/job");
  EXPECT_EQ(refused(R"({"pipeline":"p","params":{"n":"x","m":1},"labels":{"-":"v"}})"),
            "422 invalid_run /labels/- /params/m /params/n");
  EXPECT_EQ(refused(R"({"pipeline":7,"nam":1})"), "422 invalid_input /pipeline /nam");
  EXPECT_EQ(refused(R"({"pipeline":"p","payload":"a","payloadBase64":"YQ=="})"),
            "422 invalid_run /payloadBase64");
  EXPECT_EQ(refused(R"({"pipeline":"p","payloadBase64":"?"})"), "422 invalid_run /payloadBase64");
  EXPECT_EQ(refused(R"({"pipeline":"p","payload":")" + std::string(300'000, 'x') + "\"}"),
            "422 invalid_run /payload");
  EXPECT_EQ(refused(R"({"spec":)" + pipeline("q") + R"(,"version":1})"),
            "422 invalid_run /version");
  EXPECT_EQ(refused("{"), "400 bad_json");
  EXPECT_EQ(refused(""), "400 bad_json");
  EXPECT_EQ(refused("[]"), "422 invalid_input ");
}

TEST(Runs, AreAnsweredAgainUnderTheirIdempotencyKey) {
  World w;
  const auto body = submit_of(pipeline("p"));
  const auto first = w.post(home + "/runs", body, {{"Idempotency-Key", "k 1"}});
  EXPECT_EQ(first.status, 201);
  EXPECT_FALSE(first.headers.has("Idempotency-Replayed"));
  const auto spaced = w.post(home + "/runs", " " + body + "\n", {{"Idempotency-Key", "k 1"}});
  EXPECT_EQ(spaced.status, 201);
  EXPECT_EQ(spaced.headers.get("Idempotency-Replayed"), "true");
  EXPECT_EQ(spaced.text("/id"), first.text("/id"));
  const auto other = w.post(home + "/runs", submit_of(pipeline("q")), {{"Idempotency-Key", "k 1"}});
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.text("/code"), "idempotency_mismatch");
  const auto third = w.post(home + "/runs", body, {{"Idempotency-Key", "k 2"}});
  EXPECT_NE(third.text("/id"), first.text("/id"));
  EXPECT_EQ(w.get(home + "/runs").count("/items"), 2u);
  for (const auto& key : {std::string(), std::string(256, 'k'), std::string("a\x7f")})
    EXPECT_EQ(w.post(home + "/runs", body, {{"Idempotency-Key", key}}).text("/code"), "bad_header");
}

TEST(Runs, AreAnsweredAgainEvenWhenTheirPipelineHasChanged) {
  World w;
  w.post(home + "/pipelines", pipeline("p"));
  const auto ask = [&] {
    return w.post(home + "/runs", R"({"pipeline":"p"})", {{"Idempotency-Key", "k"}});
  };
  const auto first = ask();
  w.post(home + "/pipelines", pipeline("p", R"(,"params":{"n":{"required":true}})"));
  const auto second = ask();
  EXPECT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(second.text("/id"), first.text("/id"));
}

TEST(Runs, AreCanceledOnceAndForAll) {
  World w;
  const auto id = w.post(home + "/runs", submit_of(chain())).text("/id");
  const auto canceled = w.post(home + "/runs/" + id + "/cancel");
  EXPECT_EQ(canceled.status, 200);
  EXPECT_EQ(canceled.text("/state"), "canceled");
  EXPECT_EQ(canceled.text("/jobs"), R"({"canceled":3})");
  EXPECT_EQ(canceled.text("/reason"), "somebody asked it to stop");
  EXPECT_EQ(w.post(home + "/runs/" + id + "/cancel").body, canceled.body);
  EXPECT_EQ(w.post(home + "/runs/x/cancel").text("/code"), "no_such_run");
  EXPECT_EQ(w.get(home + "/runs/7zzzzzzzzzzzzzzzzzzzzzzzzz").status, 404);
}

TEST(Runs, AreFilteredByStateLabelTimeAndPipeline) {
  World w;
  w.post(home + "/runs", submit_of(pipeline("a", R"(,"labels":{"k":"1"})")));
  const auto b =
      w.post(home + "/runs", submit_of(pipeline("b", R"(,"labels":{"k":"2"})"))).text("/id");
  w.post(home + "/runs/" + b + "/cancel");
  const auto ids = [&](const std::string& query) {
    const auto list = w.get(home + "/runs?" + query);
    EXPECT_EQ(list.status, 200) << list.body;
    std::string found;
    for (std::size_t i = 0; i < list.count("/items"); ++i)
      found += list.text("/items/" + std::to_string(i) + "/pipeline");
    return found;
  };
  EXPECT_EQ(ids("state=queued"), "a");
  EXPECT_EQ(ids("state=canceled"), "b");
  EXPECT_EQ(ids("pipeline=b"), "b");
  EXPECT_EQ(ids("label=k%3D1"), "a");
  EXPECT_EQ(ids("label=k=3"), "");
  EXPECT_EQ(ids("label=k=2&state=queued"), "");
  EXPECT_EQ(ids("since=2001-01-01T00:00:00Z&until=2002-01-01T00:00:00Z"), "");
  EXPECT_EQ(ids("since=2001-01-01T00:00:00Z").size(), 2u);
}

/// The names of a page's items, in order.
std::vector<std::string> ids_of(const Reply& page) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < page.count("/items"); ++i)
    ids.push_back(page.text("/items/" + std::to_string(i) + "/id"));
  return ids;
}

TEST(Runs, ArePagedStablyBothWaysWhileNewOnesCome) {
  World w;
  for (int i = 0; i < 7; ++i) w.post(home + "/runs", submit_of(pipeline("p")));
  const auto before = ids_of(w.get(home + "/runs"));
  ASSERT_EQ(before.size(), 7u);
  const auto first = w.get(home + "/runs?limit=3");
  EXPECT_TRUE(first.at("/previous").is_null());
  // Into a later millisecond: ids are ordered by their time.
  w.finish(w.clock.sleep(std::chrono::milliseconds(2)));
  w.post(home + "/runs", submit_of(pipeline("p")));
  const auto second = w.get(home + "/runs?limit=3&cursor=" + first.text("/next"));
  const auto third = w.get(home + "/runs?limit=3&cursor=" + second.text("/next"));
  EXPECT_EQ(ids_of(third).size(), 1u);
  EXPECT_TRUE(third.at("/next").is_null());
  auto seen = ids_of(first);
  for (const auto& page : {second, third})
    for (const auto& id : ids_of(page)) seen.push_back(id);
  EXPECT_EQ(seen, before);

  const auto back = w.get(home + "/runs?limit=3&cursor=" + third.text("/previous"));
  EXPECT_EQ(ids_of(back), ids_of(second));
  const auto top = w.get(home + "/runs?limit=3&cursor=" + back.text("/previous"));
  EXPECT_EQ(ids_of(top), ids_of(first));
  const auto fresh = w.get(home + "/runs?limit=3&cursor=" + top.text("/previous"));
  EXPECT_EQ(ids_of(fresh).size(), 1u);
  EXPECT_TRUE(fresh.at("/previous").is_null());
  EXPECT_EQ(ids_of(w.get(home + "/runs?limit=3&cursor=" + fresh.text("/next"))), ids_of(first));
}

}  // namespace
}  // namespace api::testing
