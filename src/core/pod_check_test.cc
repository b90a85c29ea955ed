#include "core/pod_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "core/toy_run.h"
#include "core/work.h"

namespace core {
namespace {

using Job = model::JobSpec;
using Spec = model::PipelineSpec;
using Pod = model::PodSettings;

/// Changes a good pipeline and gives the pointers of its faults, joined by spaces.
template <class F>
std::string broken(const F& change, const PipelineLimits& limits = {}) {
  auto pointers = fault_pointers(change, limits);
  for (auto& pointer : pointers)
    if (pointer.find("j0") == 6) pointer.erase(0, 8);
  return fmt::format("{}", fmt::join(pointers, " "));
}

template <class F>
std::string pod(const F& change, const PipelineLimits& limits = {}) {
  return broken([&](Spec&, Job& job) { change(job.pod.edit()); }, limits);
}

base::Value json(std::string_view text) { return boost::json::parse(text); }

TEST(PodCheck, OnlyAJobOfKubernetesHasCompletions) {
  using enum model::CompletionMode;
  EXPECT_EQ(pod([](Pod& p) { p.completions = 2; }), "/completions");
  EXPECT_EQ(pod([](Pod& p) { p.parallelism = 2, p.completion_mode = NonIndexed; }),
            "/parallelism /completionMode");
  const auto job = [](auto change) {
    return pod([&](Pod& p) {
      p.workload = model::Workload::job;
      change(p);
    });
  };
  EXPECT_EQ(job([](Pod& p) { p.completions = 5, p.parallelism = 2, p.completion_mode = Indexed; }),
            "");
  EXPECT_EQ(job([](Pod& p) { p.completions = 0, p.parallelism = 0; }), "/completions /parallelism");
  EXPECT_EQ(job([](Pod& p) { p.completions = 100'001, p.parallelism = 10'001; }),
            "/completions /parallelism");
  EXPECT_EQ(job([](Pod& p) { p.completion_mode = Indexed; }), "/completionMode");
}

TEST(PodCheck, AVolumeHasANameOfItsOwnAndOneKind) {
  const auto with = [](std::string_view volumes) {
    return pod([&](Pod& p) { p.volumes = json(volumes); });
  };
  EXPECT_EQ(with(R"([{"name": "a", "emptyDir": {}}, {"name": "b", "configMap": {"name": "c"}}])"),
            "");
  EXPECT_EQ(with(R"([{"name": "a"}])"), "/volumes/0");
  EXPECT_EQ(with(R"([{"name": "a", "emptyDir": {}, "configMap": {}}])"), "/volumes/0");
  EXPECT_EQ(with(R"([{"emptyDir": {}}])"), "/volumes/0/name");
  EXPECT_EQ(with(R"([{"name": "A", "emptyDir": {}}])"), "/volumes/0/name");
  EXPECT_EQ(with(R"([{"name": "fairlead-x", "emptyDir": {}}])"), "/volumes/0/name");
  EXPECT_EQ(with(R"([{"name": "a", "emptyDir": {}}, {"name": "a", "emptyDir": {}}])"),
            "/volumes/1/name");
  EXPECT_EQ(with(R"([{"name": "a", "nfs": {}}])"), "/volumes/0/nfs");
  EXPECT_EQ(with(R"([{"name": "a", "emptyDir": {"size": 1}}])"), "/volumes/0/emptyDir/size");
  EXPECT_EQ(with(R"([{"name": 1, "emptyDir": []}])"),
            "/volumes/0/name /volumes/0/emptyDir /volumes/0/name");
  EXPECT_EQ(with(R"({})"), "/volumes");
  EXPECT_EQ(with(R"([7])"), "/volumes/0");
  EXPECT_EQ(pod(
                [](Pod& p) {
                  p.volumes =
                      json(R"([{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}])");
                },
                {.volumes_max = 1}),
            "/volumes");
}

TEST(PodCheck, AMountNamesAVolumeAndAPathOfItsOwn) {
  const auto with = [](std::vector<model::VolumeMount> mounts) {
    return pod([&](Pod& p) {
      p.volumes = json(R"([{"name": "v", "emptyDir": {}}])");
      p.pod_template = json(R"({"spec": {"volumes": [{"name": "t", "emptyDir": {}}]}})");
      p.volume_mounts = std::move(mounts);
    });
  };
  EXPECT_EQ(with({{"v", "/a"}, {"t", "/b"}, {"v", "/c", "x/y"}}), "");
  EXPECT_EQ(with({{"w", "/a"}}), "/volumeMounts/0/name");
  EXPECT_EQ(with({{"v", "/a"}, {"t", "/a"}}), "/volumeMounts/1/mountPath");
  EXPECT_EQ(with({{"v", "a"}}), "/volumeMounts/0/mountPath");
  EXPECT_EQ(with({{"v", ""}}), "/volumeMounts/0/mountPath");
  EXPECT_EQ(with({{"v", "/a:b"}}), "/volumeMounts/0/mountPath");
  EXPECT_EQ(with({{"v", "/var/run/fairlead"}}), "/volumeMounts/0/mountPath");
  EXPECT_EQ(with({{"v", "/a", "../b"}}), "/volumeMounts/0/subPath");
  EXPECT_EQ(with({{"v", "/a", "b/.."}}), "/volumeMounts/0/subPath");
  EXPECT_EQ(with({{"v", "/a", "/b"}}), "/volumeMounts/0/subPath");
  EXPECT_EQ(with({{"v", "/a", "b..c/..d"}}), "");
  EXPECT_EQ(with({{"v", "/a", "", "$(A)/../b"}}), "/volumeMounts/0/subPathExpr");
  EXPECT_EQ(with({{"v", "/a", "b", "c"}}), "/volumeMounts/0");
}

TEST(PodCheck, ATemplatesVolumeIsNotOneOfTheJobs) {
  EXPECT_EQ(pod([](Pod& p) {
              p.volumes = json(R"([{"name": "v", "emptyDir": {}}])");
              p.pod_template = json(R"({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}})");
            }),
            "/volumes/0/name");
}

TEST(PodCheck, TolerationsAreWrittenAsKubernetesTakesThem) {
  using enum model::TolerationOperator;
  using enum model::TaintEffect;
  const auto with = [](model::Toleration t) { return pod([&](Pod& p) { p.tolerations = {t}; }); };
  EXPECT_EQ(with({.key = "a/b", .value = "x", .effect = NoSchedule}), "");
  EXPECT_EQ(with({.operator_ = Exists}), "");
  EXPECT_EQ(with({.key = "a", .effect = NoExecute, .toleration_seconds = 5}), "");
  EXPECT_EQ(with({}), "/tolerations/0");
  EXPECT_EQ(with({.key = "a b"}), "/tolerations/0/key");
  EXPECT_EQ(with({.key = "a", .operator_ = Exists, .value = "x"}), "/tolerations/0/value");
  EXPECT_EQ(with({.key = "a", .toleration_seconds = 5}), "/tolerations/0/tolerationSeconds");
}

TEST(PodCheck, ReferencesHaveGoodNames) {
  EXPECT_EQ(pod([](Pod& p) { p.service_account_name = "A"; }), "/serviceAccountName");
  EXPECT_EQ(pod([](Pod& p) { p.priority_class_name = "a_b"; }), "/priorityClassName");
  EXPECT_EQ(pod([](Pod& p) { p.image_pull_secrets = {{"ok.x"}, {""}}; }),
            "/imagePullSecrets/1/name");
  EXPECT_EQ(pod([](Pod& p) { p.working_dir = "a"; }), "/workingDir");
  EXPECT_EQ(pod([](Pod& p) { p.node_selector = {{"a b", "c"}}; }), "/nodeSelector/a b");
  EXPECT_EQ(pod([](Pod& p) { p.env_from = {{.prefix = "P_", .secret_ref = {{"s"}}}}; }), "");
  EXPECT_EQ(pod([](Pod& p) { p.env_from = {{.prefix = "P"}}; }), "/envFrom/0");
  EXPECT_EQ(pod([](Pod& p) { p.env_from = {{.secret_ref = {{"s"}}, .config_map_ref = {{"c"}}}}; }),
            "/envFrom/0");
  EXPECT_EQ(pod([](Pod& p) { p.env_from = {{.prefix = "1", .config_map_ref = {{"_"}}}}; }),
            "/envFrom/0/prefix /envFrom/0/configMapRef/name");
  EXPECT_EQ(pod([](Pod& p) { p.env_from = {{.prefix = "FAIRLEAD_", .secret_ref = {{"s"}}}}; }),
            "/envFrom/0/prefix");
}

TEST(PodCheck, AVariableComesFromOnePlace) {
  const auto with = [](model::EnvSource from) {
    return broken([&](Spec&, Job& job) { job.env = {{"A", {}, from}}; });
  };
  EXPECT_EQ(with({.secret_key_ref = model::KeyRef{"s", "k.x_y"}}), "");
  EXPECT_EQ(with({.config_map_key_ref = model::KeyRef{"c", "k"}}), "");
  EXPECT_EQ(with({.field_ref = model::FieldRef{"metadata.name"}}), "");
  EXPECT_EQ(with({}), "/env/0/valueFrom");
  EXPECT_EQ(with({.secret_key_ref = model::KeyRef{"s", "k"},
                  .field_ref = model::FieldRef{"metadata.name"}}),
            "/env/0/valueFrom");
  EXPECT_EQ(with({.secret_key_ref = model::KeyRef{"S", "k/x"}}),
            "/env/0/valueFrom/secretKeyRef/name /env/0/valueFrom/secretKeyRef/key");
  EXPECT_EQ(with({.field_ref = model::FieldRef{""}}), "/env/0/valueFrom/fieldRef/fieldPath");
}

TEST(PodCheck, ATemplateMayOnlySayWhatIsListed) {
  const auto with = [](std::string_view text) {
    return pod([&](Pod& p) { p.pod_template = json(text); });
  };
  EXPECT_EQ(with(R"({"metadata": {"labels": {"a": "b"}}, "spec": {"dnsPolicy": "None"}})"), "");
  EXPECT_EQ(with(R"([])"), "/podTemplate");
  EXPECT_EQ(with(R"({"kind": "Pod"})"), "/podTemplate/kind");
  EXPECT_EQ(with(R"({"metadata": {"labels": {"a": 1, "b ": ""}}})"),
            "/podTemplate/metadata/labels/a /podTemplate/metadata/labels/b ");
  EXPECT_EQ(with(R"({"metadata": {"annotations": {"a/b/c": "", "d": 1}, "labels": []}})"),
            "/podTemplate/metadata/annotations/a~1b~1c /podTemplate/metadata/annotations/d "
            "/podTemplate/metadata/labels");
  EXPECT_EQ(with(R"({"spec": {"dnsPolicy": 1, "nodename": "x", "hostname": null}})"),
            "/podTemplate/spec/dnsPolicy /podTemplate/spec/nodename /podTemplate/spec/hostname");
  EXPECT_EQ(with(R"({"spec": {"containers": [{"name": "a"}, {"name": "b", "image": "i"},
                              {"name": "b", "image": "i"}, {"image": "i"}, {"name": "main"}]}})"),
            "/podTemplate/spec/containers/0/image /podTemplate/spec/containers/2/name "
            "/podTemplate/spec/containers/3/name");
  EXPECT_EQ(with(R"({"spec": {"initContainers": [{"name": "main", "image": "i"}]}})"),
            "/podTemplate/spec/initContainers/0/name");
  EXPECT_EQ(with(R"({"spec": {"containers": [[]], "initContainers": {}}})"),
            "/podTemplate/spec/containers/0 /podTemplate/spec/initContainers");
  EXPECT_EQ(pod([&](Pod& p) { p.pod_template = json(R"({"spec": {"hostname": "abcdefgh"}})"); },
                {.template_bytes_max = 20}),
            "/podTemplate");
}

TEST(PodCheck, SettingsOfClustersHaveBounds) {
  using namespace std::chrono;
  const auto with = [](model::ClusterSettings settings) {
    return broken([&](Spec& spec, Job& job) { spec.cluster = job.cluster = settings; });
  };
  for (const auto* good : {"", "never", "onFailure", "5m", "720h"})
    EXPECT_EQ(with({.keep_pods = good}), "") << good;
  for (const auto* bad : {"always", "onfailure", "-1s", "721h", "5"})
    EXPECT_EQ(with({.keep_pods = bad}), "/keepPods /keepPods") << bad;
  for (const auto* good : {"", "always", "never"}) EXPECT_EQ(with({.keep_logs = good}), "") << good;
  for (const auto* bad : {"5m", "Always", "onFailure"})
    EXPECT_EQ(with({.keep_logs = bad}), "/keepLogs /keepLogs") << bad;
  EXPECT_EQ(with({.on_unreachable = {{minutes(1), model::Then::fail}}}), "");
  EXPECT_EQ(with({.on_unreachable = {{seconds(59), model::Then::retry}}}),
            "/onUnreachable/after /onUnreachable/after");
  EXPECT_EQ(with({.on_unreachable = {{hours(721), model::Then::retry}}}),
            "/onUnreachable/after /onUnreachable/after");
  EXPECT_EQ(with({.placement = {{{"east", "west-1"}, {{"zone", "eu"}}}}}), "");
  EXPECT_EQ(with({.placement = {{{"East"}, {{"z z", "eu"}}}}}),
            "/placement/clusters/0 /placement/labels/z z "
            "/placement/clusters/0 /placement/labels/z z");
}

TEST(PodCheck, KeepingPodsIsATimeForEachEnd) {
  using namespace std::chrono;
  EXPECT_EQ(read_keep_pods("")->failed, seconds(0));
  EXPECT_EQ(read_keep_pods("onFailure")->failed, hours(24));
  EXPECT_EQ(read_keep_pods("onFailure")->succeeded, seconds(0));
  EXPECT_EQ(read_keep_pods("90s")->failed, seconds(90));
  EXPECT_EQ(read_keep_pods("90s")->succeeded, seconds(90));
  EXPECT_TRUE(read_keep_logs("").value() && read_keep_logs("always").value());
  EXPECT_FALSE(read_keep_logs("never").value());
}

TEST(Work, TakesFromThePipelineWhatTheJobDoesNotSay) {
  using namespace std::chrono;
  auto spec = numbered_jobs(2);
  spec.params.emplace_back("day", model::Param{});
  spec.params.emplace_back("none", model::Param{});
  spec.cluster.edit() = {
      .keep_pods = "onFailure", .keep_logs = "never", .placement = {{{"east"}, {}}}};
  auto& job = spec.jobs[0].second;
  job.run = "true";
  job.env = {{"A", "1", {}},
             {"DAY", {}, model::EnvSource{"day"}},
             {"NONE", {}, model::EnvSource{"none"}},
             {"S", {}, model::EnvSource{.secret_key_ref = model::KeyRef{"s", "k"}}}};
  job.cluster.edit() = {.keep_pods = "never", .keep_logs = "always"};
  job.pod.edit().protect = true;
  const auto plan = plan_of(spec);
  const auto work = work_of(*plan, 0, {{"day", 7}}, seconds(30));
  EXPECT_EQ(work.job, "j0");
  EXPECT_EQ(work.command, (std::vector<std::string>{"sh", "-c", "true"}));
  EXPECT_TRUE(work.script && work.pod->protect.value());
  ASSERT_EQ(work.env.size(), 3u) << "a parameter without a value leaves its variable unset";
  EXPECT_EQ(work.env[1].value, "7");
  EXPECT_EQ(work.env[1].value_from->param, "day");
  EXPECT_FALSE(work.env[2].value);
  EXPECT_EQ(work.keep_pods + " " + work.keep_logs, "never always");
  EXPECT_EQ(placement_of(plan->spec, plan->spec.jobs[0].second)->clusters.at(0), "east");
  const auto other = work_of(*plan, 1, {}, seconds(30));
  EXPECT_EQ(other.keep_pods + " " + other.keep_logs, "onFailure never");
  const auto bare = plan_of(numbered_jobs(1));
  EXPECT_EQ(placement_of(bare->spec, *bare->jobs[0].spec), nullptr);
}

}  // namespace
}  // namespace core
