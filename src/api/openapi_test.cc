#include <algorithm>
#include <set>

#include "api/route.h"
#include "api/testing.h"
#include "base/metrics.h"

namespace api::testing {
namespace {

base::Value document() {
  auto tree = json::parse(openapi_json());
  EXPECT_TRUE(tree);
  return *tree;
}

/// Every `$ref` below a value.
void collect_refs(const base::Value& value, std::set<std::string>& refs) {
  if (const auto* list = value.if_array())
    for (const auto& item : *list) collect_refs(item, refs);
  if (const auto* object = value.if_object())
    for (const auto& [key, member] : *object) {
      if (key == "$ref" && member.is_string()) refs.insert(std::string(member.get_string()));
      collect_refs(member, refs);
    }
}

TEST(OpenApi, HasEveryRouteWithItsPlaces) {
  const auto all = document();
  std::set<std::string> names;
  for (const auto& route : routes()) {
    std::string verb(http::to_string(route.verb));
    for (auto& c : verb) c = char(c | 0x20);
    const auto& operation = all.at("paths").at(route.path).at(verb);
    EXPECT_EQ(operation.at("operationId").as_string(), route.name);
    EXPECT_TRUE(names.insert(std::string(route.name)).second) << route.name;
    EXPECT_EQ(operation.as_object().contains("requestBody"), route.body != nullptr);
    std::size_t places = 0;
    if (const auto* parameters = operation.as_object().if_contains("parameters"))
      for (const auto& p : parameters->as_array()) places += p.at("in") == "path";
    EXPECT_EQ(places, std::size_t(std::ranges::count(route.path, '{'))) << route.path;
  }
}

TEST(OpenApi, RefersOnlyToWhatItHas) {
  const auto all = document();
  EXPECT_EQ(all.at("openapi"), "3.1.0");
  std::set<std::string> refs;
  collect_refs(all, refs);
  EXPECT_GT(refs.size(), 20u);
  for (const auto& ref : refs) {
    boost::system::error_code none;
    EXPECT_NE(all.find_pointer(ref.substr(1), none), nullptr) << ref;
  }
}

TEST(OpenApi, IsServed) {
  World w;
  const auto reply = w.get("/openapi.json");
  EXPECT_EQ(reply.body, openapi_json());
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/json");
}

TEST(Probes, NeedNoToken) {
  World w;
  const http::Headers nobody = {{"Authorization", ""}};
  EXPECT_EQ(w.get("/healthz", nobody).body, "ok\n");
  EXPECT_EQ(w.get("/readyz", nobody).body, "ready\n");
  EXPECT_EQ(w.get("/readyz", nobody).status, 200);
}

TEST(Probes, SayWhenTheStoreDoesNotAnswerInTime) {
  World w({.ready_time = base::Micros(0)});
  const auto reply = w.get("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.text("/code"), "not_ready");
}

TEST(Probes, MeasureQueueAndClusters) {
  World w;
  Agent agent(w, "c1");
  w.post(home + "/runs", submit_of(pipeline("p")));
  const auto reply = w.get("/metrics");
  EXPECT_EQ(reply.headers.get("Content-Type"), base::metrics::content_type);
  EXPECT_NE(reply.body.find("fairlead_queued_jobs 1"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("fairlead_clusters_ready 0"), std::string::npos);
}

}  // namespace
}  // namespace api::testing
