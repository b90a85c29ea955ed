#include "kube/request.h"

#include <gtest/gtest.h>

#include "json/parse.h"
#include "kube/status.h"

namespace kube {
namespace {

using namespace std::chrono_literals;

/// A request as one line: verb, target and, if it has one, its body.
std::string line(const Request& r) {
  auto out = std::string(http::to_string(r.verb)) + " " + target_of(r);
  if (!r.content_type.empty()) out += " " + r.content_type + " " + r.body;
  return out;
}

TEST(Request, NamesEveryResourceByItsPath) {
  EXPECT_EQ(line(list({pods("work")})), "GET /api/v1/namespaces/work/pods");
  EXPECT_EQ(line(list({jobs("work")})), "GET /apis/batch/v1/namespaces/work/jobs");
  EXPECT_EQ(line(list({events("work")})), "GET /api/v1/namespaces/work/events");
  EXPECT_EQ(line(get({secrets("work"), "s"})), "GET /api/v1/namespaces/work/secrets/s");
  EXPECT_EQ(line(list({nodes()})), "GET /api/v1/nodes");
  EXPECT_EQ(line(version()), "GET /version");
}

TEST(Request, NoNameCanLeaveItsSegment) {
  EXPECT_EQ(line(get({{"a/b?", "x/..", "../n"}, "../../secrets/s?x=1#y%"})),
            "GET /apis/a/b%3F/namespaces/..%2Fn/x%2F../..%2F..%2Fsecrets%2Fs%3Fx%3D1%23y%25");
}

TEST(Request, ListsInPagesAndBySelectors) {
  EXPECT_EQ(line(list({pods("w"), "fairlead.dev/cluster=a,x!=b", "spec.nodeName=n"},
                      {.limit = 500, .continue_token = "a+/=", .resource_version = "7"})),
            "GET /api/v1/namespaces/w/pods?labelSelector=fairlead.dev%2Fcluster%3Da%2Cx%21%3Db"
            "&fieldSelector=spec.nodeName%3Dn&limit=500&continue=a%2B%2F%3D&resourceVersion=7");
}

TEST(Request, WatchesFromAVersionOn) {
  EXPECT_EQ(line(watch({pods("w"), "a=b"}, {.resource_version = "12", .time = 290'500ms})),
            "GET /api/v1/namespaces/w/pods?labelSelector=a%3Db&watch=true&resourceVersion=12"
            "&allowWatchBookmarks=true&timeoutSeconds=291");
}

TEST(Request, CreatesPatchesAndDeletes) {
  EXPECT_EQ(line(create(pods("w"), R"({"a":1})")),
            R"(POST /api/v1/namespaces/w/pods application/json {"a":1})");
  EXPECT_EQ(line(merge_patch({pods("w"), "p"}, R"({"a":null})")),
            R"(PATCH /api/v1/namespaces/w/pods/p application/merge-patch+json {"a":null})");
  EXPECT_EQ(line(merge_patch_status({jobs("w"), "j"}, "{}")),
            "PATCH /apis/batch/v1/namespaces/w/jobs/j/status application/merge-patch+json {}");
  EXPECT_EQ(line(remove({pods("w"), "p"})),
            R"(DELETE /api/v1/namespaces/w/pods/p application/json )"
            R"({"apiVersion":"v1","kind":"DeleteOptions"})");
  EXPECT_EQ(
      line(remove({jobs("w"), "j"}, {.uid = "u", .grace_seconds = 0, .propagation = "Background"})),
      R"(DELETE /apis/batch/v1/namespaces/w/jobs/j application/json )"
      R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"},)"
      R"("gracePeriodSeconds":0,"propagationPolicy":"Background"})");
}

TEST(Request, AsksForAPartOfALog) {
  EXPECT_EQ(line(pod_log({pods("w"), "p"})), "GET /api/v1/namespaces/w/pods/p/log");
  EXPECT_EQ(
      line(pod_log({pods("w"), "p"}, {.container = "main",
                                      .follow = true,
                                      .timestamps = true,
                                      .previous = true,
                                      .since = base::parse_time("2026-01-02T03:04:05Z").value(),
                                      .limit_bytes = 1024})),
      "GET /api/v1/namespaces/w/pods/p/log?container=main&follow=true&timestamps=true"
      "&previous=true&sinceTime=2026-01-02T03%3A04%3A05.000000Z&limitBytes=1024");
}

TEST(Request, AsksForARight) {
  EXPECT_EQ(line(access_review({"get", pods("w"), "log"})),
            R"(POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews application/json )"
            R"({"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",)"
            R"("spec":{"resourceAttributes":{"namespace":"w","verb":"get","group":"",)"
            R"("resource":"pods","subresource":"log"}}})");
}

TEST(Status, IsReadWithItsCauses) {
  const Response refused{422, R"({"kind":"Status","apiVersion":"v1","status":"Failure",
    "message":"Pod \"p\" is invalid","reason":"Invalid","code":422,
    "details":{"name":"p","kind":"Pod","retryAfterSeconds":3,
      "causes":[{"reason":"FieldValueInvalid","message":"no","field":"spec.x"}, 7]}})"};
  EXPECT_EQ(
      status_of(refused),
      (Status{
          422, "Invalid", "Pod \"p\" is invalid", {{"FieldValueInvalid", "no", "spec.x"}}, 3s}));
  EXPECT_EQ(describe(status_of(refused)), "422 Invalid: Pod \"p\" is invalid");
}

TEST(Status, AnAnswerInOtherWordsHasItsCodeAndItsStart) {
  EXPECT_EQ(parse_status(R"({"kind":"Pod"})"), std::nullopt);
  EXPECT_EQ(parse_status("<html>"), std::nullopt);
  EXPECT_EQ(describe(status_of({503, "upstream is down", 2s})), "503: upstream is down");
  EXPECT_EQ(status_of({503, "upstream is down", 2s}).retry_after, 2s);
  EXPECT_EQ(describe(status_of({502, ""})), "502");
}

}  // namespace
}  // namespace kube
