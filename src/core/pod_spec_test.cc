#include "core/pod_spec.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/naming.h"
#include "core/pod_merge.h"

namespace core {
namespace {

using namespace std::chrono_literals;
using model::Allowance;

base::Value json(std::string_view text) { return boost::json::parse(text); }
std::string text(const base::Value& value) { return boost::json::serialize(value); }

PodContext context(std::vector<Allowance> allow = {}) {
  return {.installation = "inst",
          .cluster = "east",
          .namespace_ = "jobs",
          .policy = {std::move(allow)}};
}

model::Assignment assignment() {
  model::Assignment a;
  a.key = {*model::RunId::parse("01arz3ndektsv4rrffq69g5fav"), 3, 2};
  a.name = "build-abc";
  a.work = model::Work();
  a.work.edit().project = "default";
  a.work.edit().job = "build";
  a.work.edit().image = "busybox";
  a.work.edit().run_timeout = 10s + 1us;
  a.work.edit().grace = 30s;
  return a;
}

base::Value& at(base::Value& value, std::string_view pointer) {
  boost::system::error_code error;
  static base::Value none;
  auto* found = value.find_pointer(pointer, error);
  return found ? *found : none;
}

/// The text of a part of an object; `null` when it is not there.
std::string part(base::Value value, std::string_view pointer) { return text(at(value, pointer)); }

constexpr std::string_view main_security = "/spec/containers/0/securityContext";

TEST(PodSpec, OfAPlainJobIsThis) {
  auto a = assignment();
  a.work.edit().command = {"true"};
  a.revision = 7;
  auto pod = pod_of(context(), a);
  const auto hash = at(pod, "/metadata/annotations/fairlead.dev~1spec-hash");
  ++a.revision;
  auto again = pod_of(context(), a);
  EXPECT_EQ(at(again, "/metadata/annotations/fairlead.dev~1spec-hash"), hash) << "offered again";
  EXPECT_EQ(hash.get_string().size(), 64u);
  at(pod, "/metadata/annotations").get_object().erase("fairlead.dev/spec-hash");
  EXPECT_EQ(pod, json(R"({
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {
      "name": "build-abc", "namespace": "jobs", "annotations": {"fairlead.dev/revision": "7"},
      "labels": {
        "app.kubernetes.io/managed-by": "fairlead", "fairlead.dev/installation": "inst",
        "fairlead.dev/cluster": "east", "fairlead.dev/project": "default",
        "fairlead.dev/run": "01arz3ndektsv4rrffq69g5fav", "fairlead.dev/job": "build",
        "fairlead.dev/index": "3", "fairlead.dev/attempt": "2",
        "fairlead.dev/assignment": "build-abc"}},
    "spec": {
      "restartPolicy": "Never", "activeDeadlineSeconds": 41, "terminationGracePeriodSeconds": 30,
      "enableServiceLinks": false, "automountServiceAccountToken": false,
      "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
      "containers": [{
        "name": "main", "image": "busybox", "command": ["true"],
        "env": [
          {"name": "FAIRLEAD_RUN", "value": "01arz3ndektsv4rrffq69g5fav"},
          {"name": "FAIRLEAD_JOB", "value": "build"}, {"name": "FAIRLEAD_ATTEMPT", "value": "2"},
          {"name": "FAIRLEAD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}],
        "securityContext": {
          "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
          "runAsUser": 65532, "runAsNonRoot": true}}]}})"));
}

TEST(PodSpec, ExpandsNothingInScriptsAndParameters) {
  auto a = assignment();
  a.work.edit().script = true;
  a.work.edit().command = {"sh", "-c", "echo $$ $(date) $X"};
  a.work.edit().env = {{"P", "$(SECRET) $", model::EnvSource{"p"}}, {"Q", "$(P)", {}}};
  auto pod = pod_of(context(), a);
  EXPECT_EQ(part(pod, "/spec/containers/0/command"), R"(["sh","-c","echo $$$$ $$(date) $$X"])");
  EXPECT_EQ(part(pod, "/spec/containers/0/env/4"), R"({"name":"P","value":"$$(SECRET) $$"})");
  EXPECT_EQ(part(pod, "/spec/containers/0/env/5/value"), "\"$(P)\"")
      << "what the author wrote means what it means in a Pod";
  a.work.edit().script = false;
  EXPECT_EQ(part(pod_of(context(), a), "/spec/containers/0/command/2"), R"("echo $$ $(date) $X")");
}

TEST(PodSpec, PutsTheJobsFieldsOverTheTemplate) {
  auto a = assignment();
  auto& pod = a.work.edit().pod.edit();
  pod.pod_template = json(R"({
    "metadata": {"labels": {"team": "a"}, "annotations": {"x": "y"}},
    "spec": {
      "nodeSelector": {"disk": "ssd", "zone": "a"}, "hostname": "h", "enableServiceLinks": true,
      "tolerations": [{"key": "a", "operator": "Exists"}],
      "imagePullSecrets": [{"name": "s"}],
      "volumes": [{"name": "t", "emptyDir": {}}],
      "initContainers": [{"name": "prepare", "image": "p"}],
      "containers": [
        {"name": "proxy", "image": "q"},
        {"name": "main", "image": "ignored", "tty": true, "command": ["kept"],
         "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
         "volumeMounts": [{"name": "t", "mountPath": "/t"}, {"name": "t", "mountPath": "/u"}],
         "resources": {"limits": {"cpu": 1, "memory": "1Gi"}},
         "securityContext": {"readOnlyRootFilesystem": true, "runAsUser": 7}}]}})");
  pod.node_selector = {{"zone", "b"}};
  pod.tolerations = {{.key = "b", .operator_ = model::TolerationOperator::Exists}};
  pod.image_pull_secrets = {{"s"}, {"u"}};
  pod.volumes = json(R"([{"name": "v", "emptyDir": {}}])");
  pod.volume_mounts = {{"v", "/t"}};
  pod.security_context = json(R"({"runAsUser": 8})");
  a.work.edit().env = {{"B", "3", {}}, {"C", "4", {}}};
  a.work.edit().resources.limits = {{"cpu", "2"}};
  const auto made = pod_of(context(), a);
  EXPECT_EQ(part(made, "/metadata/labels/team"), R"("a")");
  EXPECT_EQ(part(made, "/metadata/annotations/x"), R"("y")");
  EXPECT_EQ(part(made, "/spec/nodeSelector"), R"({"disk":"ssd","zone":"b"})");
  EXPECT_EQ(part(made, "/spec/hostname"), R"("h")");
  EXPECT_EQ(part(made, "/spec/enableServiceLinks"), "true");
  EXPECT_EQ(part(made, "/spec/tolerations"),
            R"([{"key":"a","operator":"Exists"},{"key":"b","operator":"Exists"}])");
  EXPECT_EQ(part(made, "/spec/imagePullSecrets"), R"([{"name":"s"},{"name":"u"}])");
  EXPECT_EQ(part(made, "/spec/volumes/1/name"), R"("v")");
  EXPECT_EQ(part(made, "/spec/containers/0/name"), R"("main")") << "the main container is first";
  EXPECT_EQ(part(made, "/spec/containers/1/name"), R"("proxy")");
  EXPECT_EQ(part(made, "/spec/containers/0/image"), R"("busybox")");
  EXPECT_EQ(part(made, "/spec/containers/0/command"), R"(["kept"])");
  EXPECT_EQ(part(made, "/spec/containers/0/env/4"), R"({"name":"A","value":"1"})");
  EXPECT_EQ(part(made, "/spec/containers/0/env/5"), R"({"name":"B","value":"3"})");
  EXPECT_EQ(part(made, "/spec/containers/0/env/6"), R"({"name":"C","value":"4"})");
  EXPECT_EQ(part(made, "/spec/containers/0/volumeMounts"),
            R"([{"name":"v","mountPath":"/t"},{"name":"t","mountPath":"/u"}])");
  EXPECT_EQ(part(made, "/spec/containers/0/resources/limits"), R"({"cpu":"2","memory":"1Gi"})");
  EXPECT_EQ(part(made, "/spec/containers/0/securityContext/runAsUser"), "8");
  EXPECT_EQ(part(made, "/spec/containers/0/securityContext/readOnlyRootFilesystem"), "true");
  for (const auto* other : {"/spec/containers/1", "/spec/initContainers/0"})
    EXPECT_EQ(part(made, std::string(other) + "/securityContext/capabilities/drop"), R"(["ALL"])")
        << "every container is hardened";
}

TEST(PodSpec, NobodySaysWhatIsOurs) {
  auto a = assignment();
  // As if the checks had let it through.
  a.work.edit().pod.edit().pod_template = json(R"({
    "metadata": {"name": "n", "labels": {"fairlead.dev/run": "r"}, "finalizers": ["f"],
                 "ownerReferences": [{}]},
    "spec": {"restartPolicy": "Always", "activeDeadlineSeconds": 9,
             "terminationGracePeriodSeconds": 9}})");
  const auto pod = pod_of(context(), a);
  EXPECT_EQ(part(pod, "/metadata/name"), R"("build-abc")");
  EXPECT_EQ(part(pod, "/metadata/labels/fairlead.dev~1run"), R"("01arz3ndektsv4rrffq69g5fav")");
  EXPECT_EQ(part(pod, "/metadata/finalizers"), "null");
  EXPECT_EQ(part(pod, "/metadata/ownerReferences"), "null");
  EXPECT_EQ(part(pod, "/spec/restartPolicy"), R"("Never")");
  EXPECT_EQ(part(pod, "/spec/activeDeadlineSeconds"), "41");
  EXPECT_EQ(part(pod, "/spec/terminationGracePeriodSeconds"), "30");
}

TEST(PodSpec, RunsAsNobodyUnlessSomebodyChose) {
  const auto security = [](std::string_view own, std::string_view of_pod,
                           std::vector<Allowance> allow = {}) {
    auto a = assignment();
    if (!own.empty()) a.work.edit().pod.edit().security_context = json(own);
    if (!of_pod.empty())
      a.work.edit().pod.edit().pod_template =
          base::Object{{"spec", base::Object{{"securityContext", json(of_pod)}}}};
    auto pod = pod_of(context(std::move(allow)), a);
    auto found = at(pod, main_security);
    found.get_object().erase("allowPrivilegeEscalation");
    return found;
  };
  const auto dropping = [](std::string_view rest) {
    auto all = json(rest);
    all.get_object()["capabilities"] = json(R"({"drop": ["ALL"]})");
    return all;
  };
  EXPECT_EQ(security("", ""), dropping(R"({"runAsUser": 65532, "runAsNonRoot": true})"));
  EXPECT_EQ(security(R"({"runAsUser": 5})", ""),
            dropping(R"({"runAsUser": 5, "runAsNonRoot": true})"));
  EXPECT_EQ(security("", R"({"runAsUser": 5})"), dropping(R"({"runAsNonRoot": true})"));
  EXPECT_EQ(security(R"({"runAsNonRoot": true})", ""), dropping(R"({"runAsNonRoot": true})"))
      << "the image's own user, which the kubelet checks";
  EXPECT_EQ(security(R"({"capabilities": {"add": ["NET_BIND_SERVICE"]}})", ""),
            json(R"({"capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
                     "runAsUser": 65532, "runAsNonRoot": true})"));
  EXPECT_EQ(security("", "", {Allowance::root}), json("{}"))
      << "the image's user, with what it expects";
  EXPECT_EQ(security(R"({"runAsUser": 0})", "", {Allowance::root}), json(R"({"runAsUser": 0})"));
  EXPECT_EQ(security(R"({"runAsUser": 5})", "", {Allowance::root}),
            dropping(R"({"runAsUser": 5, "runAsNonRoot": true})"));
}

TEST(PodSpec, AsksForNothingThatTheApiServerRefuses) {
  const auto escalation = [](std::string_view own) {
    auto a = assignment();
    a.work.edit().pod.edit().security_context = json(own);
    return part(pod_of(context(), a), std::string(main_security) + "/allowPrivilegeEscalation");
  };
  EXPECT_EQ(escalation("{}"), "false");
  EXPECT_EQ(escalation(R"({"privileged": true})"), "null");
  EXPECT_EQ(escalation(R"({"capabilities": {"add": ["SYS_ADMIN"]}})"), "null");
  EXPECT_EQ(escalation(R"({"capabilities": {"add": ["NET_ADMIN"]}})"), "false");
}

TEST(PodSpec, MountsATokenOnlyOfAServiceAccountThatWasNamed) {
  auto a = assignment();
  a.work.edit().pod.edit().service_account_name = "builder";
  const auto pod = pod_of(context({Allowance::service_accounts}), a);
  EXPECT_EQ(part(pod, "/spec/serviceAccountName"), R"("builder")");
  EXPECT_EQ(part(pod, "/spec/automountServiceAccountToken"), "null");
}

TEST(PodSpec, CarriesAPayloadInAnAnnotationOrInASecret) {
  auto a = assignment();
  a.work.edit().payload = base::Blob{"hällo"};
  const auto pod = pod_of(context(), a);
  EXPECT_FALSE(secret_of(context(), a, "u"));
  EXPECT_EQ(part(pod, "/metadata/annotations/fairlead.dev~1payload"), "\"hällo\"");
  EXPECT_EQ(
      part(pod, "/spec/volumes/0"),
      R"({"name":"fairlead-payload","downwardAPI":{"items":[{"path":"payload","fieldRef":)"
      R"({"fieldPath":"metadata.annotations['fairlead.dev/payload']"}}],"defaultMode":292}})");
  EXPECT_EQ(part(pod, "/spec/containers/0/volumeMounts"),
            R"([{"name":"fairlead-payload","mountPath":"/var/run/fairlead","readOnly":true}])");
  EXPECT_EQ(part(pod, "/spec/containers/0/env/4"),
            R"({"name":"FAIRLEAD_PAYLOAD","value":"/var/run/fairlead/payload"})");

  const auto in_secret = [&](auto change) {
    auto b = a;
    change(b.work.edit());
    const auto made = pod_of(context(), b);
    EXPECT_EQ(part(made, "/metadata/annotations/fairlead.dev~1payload"), "null");
    EXPECT_EQ(part(made, "/spec/volumes/0/secret"),
              R"({"secretName":"build-abc","items":[{"key":"payload","path":"payload"}],)"
              R"("defaultMode":292})");
    return secret_of(context(), b, "u").value_or(nullptr);
  };
  EXPECT_EQ(part(in_secret([](auto& work) { work.payload->bytes = "\xff"; }), "/data/payload"),
            R"("/w==")");
  in_secret([](auto& work) { work.payload->bytes = std::string((64 << 10) + 1, 'x'); });
  auto secret = in_secret([](auto& work) { work.payload_secret = true; });
  EXPECT_EQ(part(secret, "/metadata/ownerReferences"),
            R"([{"apiVersion":"v1","kind":"Pod","name":"build-abc","uid":"u"}])");
  EXPECT_EQ(part(secret, "/metadata/labels/fairlead.dev~1attempt"), R"("2")");
  EXPECT_EQ(part(secret, "/metadata/name") + part(secret, "/kind"), R"("build-abc""Secret")");
}

TEST(PodSpec, LeavesOnTheObjectWhatALaterAgentMustKnow) {
  auto a = assignment();
  a.work.edit().keep_pods = "5m";
  a.work.edit().keep_logs = "never";
  a.work.edit().pod.edit().protect = true;
  for (const auto& made : {pod_of(context(), a), job_of(context(), a)}) {
    EXPECT_EQ(part(made, "/metadata/annotations/fairlead.dev~1keep-pods"), R"("5m")");
    EXPECT_EQ(part(made, "/metadata/annotations/fairlead.dev~1keep-logs"), R"("never")");
    EXPECT_EQ(part(made, "/metadata/finalizers"), R"(["fairlead.dev/protect"])");
  }
}

TEST(PodSpec, OfAJobIsTheTemplateOfItsPods) {
  auto a = assignment();
  auto& settings = a.work.edit().pod.edit();
  settings.workload = model::Workload::job;
  settings.completions = 5;
  settings.parallelism = 2;
  settings.completion_mode = model::CompletionMode::Indexed;
  settings.pod_template = json(R"({"metadata": {"labels": {"team": "a"}}})");
  a.work.edit().payload = base::Blob{"p"};
  auto job = object_of(context(), a);
  EXPECT_EQ(part(job, "/kind") + part(job, "/apiVersion"), R"("Job""batch/v1")");
  auto spec = at(job, "/spec").get_object();
  const auto pods = std::exchange(spec["template"], nullptr);
  EXPECT_EQ(text(spec),
            R"({"backoffLimit":0,"podReplacementPolicy":"Failed","activeDeadlineSeconds":41,)"
            R"("completions":5,"parallelism":2,"completionMode":"Indexed","template":null})");
  EXPECT_EQ(part(pods, "/metadata/labels/fairlead.dev~1assignment"), R"("build-abc")");
  EXPECT_EQ(part(pods, "/metadata/labels/team"), R"("a")");
  EXPECT_EQ(part(pods, "/metadata/annotations/fairlead.dev~1payload"), R"("p")");
  EXPECT_EQ(part(job, "/metadata/annotations/fairlead.dev~1payload"), "null");
  EXPECT_EQ(part(pods, "/metadata/name"), "null");
  EXPECT_EQ(part(pods, "/spec/activeDeadlineSeconds"), "null") << "the Job's deadline is for all";
  EXPECT_EQ(part(pods, "/spec/restartPolicy"), R"("Never")");
  settings.workload.reset();
  EXPECT_EQ(part(object_of(context(), a), "/kind"), R"("Pod")");
}

/// As an informer keeps them.
model::Marks marks_of(base::Value object) {
  model::Marks marks;
  for (const auto& [name, value] : object.get_object())
    if (const std::string_view key = name; key.starts_with(our_prefix))
      marks.emplace(key.substr(our_prefix.size()), std::string(value.get_string()));
  return marks;
}

TEST(Adoption, TakesWhatAgreesInEverything) {
  const auto a = assignment();
  auto pod = pod_of(context(), a);
  const auto labels = marks_of(at(pod, "/metadata/labels"));
  const auto annotations = marks_of(at(pod, "/metadata/annotations"));
  EXPECT_EQ(name_taken(context(), a, labels, annotations), std::nullopt);
  EXPECT_EQ(key_of(context(), labels), a.key);
  auto later = a;
  later.work = {};
  EXPECT_EQ(name_taken(context(), later, labels, {}), std::nullopt) << "no work, nothing to hash";

  for (const auto& [key, value] : labels) {
    auto other = labels;
    other[key] += "x";
    EXPECT_TRUE(name_taken(context(), a, other, annotations)) << key;
    other.erase(key);
    EXPECT_TRUE(name_taken(context(), a, other, annotations)) << key;
  }
  EXPECT_EQ(name_taken(context(), a, labels, {}),
            "name taken: an object named build-abc is there already and is not ours: it has no "
            "annotation fairlead.dev/spec-hash");
  auto changed = a;
  changed.work.edit().image = "other";
  EXPECT_EQ(name_taken(context(), changed, labels, annotations),
            "name taken: an object named build-abc is there already and is not ours: its "
            "annotation fairlead.dev/spec-hash differs");
  auto elsewhere = context();
  elsewhere.installation = "other";
  EXPECT_EQ(key_of(elsewhere, labels), std::nullopt);
  EXPECT_EQ(name_taken(context(), a, {}, {}),
            "name taken: an object named build-abc is there already and is not ours: its labels "
            "are not those of this attempt");
}

TEST(Adoption, LabelValuesAreCutToWhatLabelsMayHold) {
  EXPECT_EQ(label_value("a.b_c-D"), "a.b_c-D");
  EXPECT_EQ(label_value("-a b/c-"), "a-b-c");
  EXPECT_EQ(label_value(std::string(80, 'a')), std::string(63, 'a'));
  EXPECT_EQ(label_value(std::string(62, 'a') + "--b"), std::string(62, 'a'));
  EXPECT_EQ(label_value("…"), "");
}

}  // namespace
}  // namespace core
