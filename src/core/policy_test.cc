#include "core/policy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/describe/enumerators.hpp>
#include <boost/json/parse.hpp>
#include <boost/mp11/algorithm.hpp>
#include <regex>
#include <sstream>

#include "model/names.h"

namespace core {
namespace {

using model::Allowance;

std::vector<Allowance> all_allowances() {
  std::vector<Allowance> all;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Allowance>>(
      [&](auto d) { all.push_back(d.value); });
  return all;
}

base::Value pod_with(base::Object spec) { return base::Object{{"spec", std::move(spec)}}; }

/// A job that asks for this, at the place that the word names.
model::JobSpec job_with(const std::string& where, const std::string& text) {
  const auto json = boost::json::parse(text);
  model::JobSpec job{.image = "i"};
  auto& pod = job.pod.edit();
  if (where == "template") pod.pod_template = json;
  if (where == "metadata") pod.pod_template = base::Object{{"metadata", json}};
  if (where == "spec") pod.pod_template = pod_with(json.get_object());
  if (where == "own") pod.security_context = json;
  if (where == "volume") {
    auto volume = json.get_object();
    volume["name"] = "v";
    pod.volumes = base::Array{base::Value(volume)};
  }
  auto container = json.is_object() ? json.get_object() : base::Object();
  if (where == "main") {
    container["name"] = "main";
    pod.pod_template = pod_with({{"containers", base::Array{base::Value(container)}}});
  }
  if (where == "init" || where == "extra") {
    container["name"] = "x";
    container["image"] = "i";
    const auto* list = where == "init" ? "initContainers" : "containers";
    pod.pod_template = pod_with({{list, base::Array{base::Value(container)}}});
  }
  return job;
}

std::string pointers(const base::Faults& faults) {
  std::string all;
  for (const auto& f : faults) all += (all.empty() ? "" : " ") + f.pointer;
  return all;
}

/// What it takes to be allowed this: `fine`, or the places with the one allowance that suffices, or
/// `never`.
std::string verdict(const model::JobSpec& job) {
  const auto refused = check_policy(job, {});
  if (refused.empty()) return "fine";
  const auto all = all_allowances();
  for (const auto one : all) {
    auto others = all;
    std::erase(others, one);
    if (!check_policy(job, {{one}}).empty()) continue;
    EXPECT_EQ(check_policy(job, {others}), refused) << "something else allows it too";
    return fmt::format("{} {}", pointers(refused), model::word(one));
  }
  EXPECT_FALSE(check_policy(job, {all}).empty()) << "it takes more than one allowance";
  return pointers(refused) + " never";
}

/// Answers each question `place json`, on the line after it. `@` is the template's spec, `%` its
/// metadata.
std::string judged(std::string_view script) {
  std::istringstream in{std::string(script)};
  std::string out, question;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  -> ")) {
      const auto space = question.find(' ');
      const auto job = job_with(question.substr(0, space), question.substr(space));
      line = "  -> " + std::regex_replace(verdict(job), std::regex("/podTemplate/spec"), "@");
      line = std::regex_replace(line, std::regex("/podTemplate/metadata"), "%");
      question.clear();
    } else {
      question += line;
    }
    out += line + "\n";
  }
  return out;
}

TEST(Policy, ForbidsEveryEscalationOfThePod) {
  constexpr auto script = R"(
spec {"hostNetwork": true}
  -> @/hostNetwork host_namespaces
spec {"hostPID": true}
  -> @/hostPID host_namespaces
spec {"hostIPC": true}
  -> @/hostIPC host_namespaces
spec {"hostNetwork": false, "hostUsers": false}
  -> fine
spec {"shareProcessNamespace": true}
  -> fine
spec {"serviceAccountName": "admin"}
  -> @/serviceAccountName service_accounts
spec {"serviceAccount": "admin"}
  -> @/serviceAccount never
spec {"automountServiceAccountToken": true}
  -> @/automountServiceAccountToken service_accounts
spec {"automountServiceAccountToken": false}
  -> fine
spec {"priorityClassName": "p"}
  -> @/priorityClassName priority_classes
spec {"priority": 1000000}
  -> @/priority never
spec {"preemptionPolicy": "Never"}
  -> @/preemptionPolicy priority_classes
spec {"runtimeClassName": "kata"}
  -> @/runtimeClassName runtime_classes
spec {"schedulerName": "other"}
  -> @/schedulerName never
spec {"schedulingGates": [{"name": "a/b"}]}
  -> @/schedulingGates never
spec {"readinessGates": []}
  -> @/readinessGates never
spec {"nodeName": "n1"}
  -> @/nodeName never
spec {"restartPolicy": "Always"}
  -> @/restartPolicy never
spec {"activeDeadlineSeconds": 1}
  -> @/activeDeadlineSeconds never
spec {"terminationGracePeriodSeconds": 0}
  -> @/terminationGracePeriodSeconds never
spec {"ephemeralContainers": []}
  -> @/ephemeralContainers never
spec {"overhead": {}}
  -> @/overhead never
spec {"resourceClaims": []}
  -> @/resourceClaims never
spec {"tolerations": [{"operator": "Exists"}]}
  -> @/tolerations tolerations
spec {"imagePullSecrets": [{"name": "s"}]}
  -> @/imagePullSecrets/0/name secrets
spec {"nodeSelector": {"disk": "ssd"}, "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a"]}]}
  -> fine
spec {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": 
  [{"topologyKey": "k", "namespaces": ["kube-system"]}]}}}
  -> @/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/namespaces never
spec {"aFieldOfALaterKubernetes": true}
  -> @/aFieldOfALaterKubernetes never
)";
  EXPECT_EQ(judged(script), script);
}

TEST(Policy, ForbidsEveryEscalationOfTheSecurityContext) {
  constexpr auto script = R"(
spec {"securityContext": {"runAsUser": 0}}
  -> @/securityContext/runAsUser root
spec {"securityContext": {"runAsNonRoot": false}}
  -> @/securityContext/runAsNonRoot root
spec {"securityContext": {"runAsUser": 1000, "runAsNonRoot": true,
  "fsGroup": 0, "supplementalGroups": [0]}}
  -> fine
spec {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}
  -> @/securityContext/sysctls/0/name privileged
spec {"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}}
  -> fine
spec {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}
  -> @/securityContext/seccompProfile/type privileged
spec {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}
  -> fine
spec {"securityContext": {"windowsOptions": {"hostProcess": true}}}
  -> @/securityContext/windowsOptions never
own {"privileged": true}
  -> /securityContext/privileged privileged
own {"allowPrivilegeEscalation": true}
  -> /securityContext/allowPrivilegeEscalation privileged
own {"capabilities": {"add": ["NET_BIND_SERVICE"]}}
  -> fine
own {"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}}
  -> /securityContext/capabilities/add capabilities
own {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true, "runAsGroup": 0}
  -> fine
own {"runAsUser": 0}
  -> /securityContext/runAsUser root
own {"runAsUser": 0.0}
  -> /securityContext/runAsUser never
own {"runAsUser": "0"}
  -> /securityContext/runAsUser never
own {"runAsUser": null}
  -> /securityContext/runAsUser never
own {"allowPrivilegeEscalation": null}
  -> /securityContext/allowPrivilegeEscalation never
own {"runAsNonRoot": false}
  -> /securityContext/runAsNonRoot root
own {"procMount": "Unmasked"}
  -> /securityContext/procMount privileged
own {"seccompProfile": {"type": "Unconfined"}}
  -> /securityContext/seccompProfile/type privileged
own {"appArmorProfile": {"type": "Unconfined"}}
  -> /securityContext/appArmorProfile/type privileged
own {"seLinuxOptions": {"type": "spc_t"}}
  -> /securityContext/seLinuxOptions/type privileged
own {"seLinuxOptions": {"type": "container_t", "level": "s0:c1"}}
  -> fine
own {"seLinuxOptions": {"user": "system_u"}}
  -> /securityContext/seLinuxOptions/user privileged
own {"windowsOptions": {}}
  -> /securityContext/windowsOptions never
own []
  -> /securityContext never
main {"securityContext": {"privileged": true}}
  -> @/containers/0/securityContext/privileged privileged
init {"securityContext": {"capabilities": {"add": ["ALL"]}}}
  -> @/initContainers/0/securityContext/capabilities/add capabilities
extra {"securityContext": {"runAsUser": 0}}
  -> @/containers/0/securityContext/runAsUser root
)";
  EXPECT_EQ(judged(script), script);
}

TEST(Policy, ForbidsEveryEscalationByAVolume) {
  constexpr auto script = R"(
volume {"hostPath": {"path": "/"}}
  -> /volumes/0/hostPath host_path
volume {"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}
  -> fine
volume {"configMap": {"name": "c"}}
  -> fine
volume {"secret": {"secretName": "s"}}
  -> /volumes/0/secret/secretName secrets
volume {"persistentVolumeClaim": {"claimName": "c"}}
  -> /volumes/0/persistentVolumeClaim/claimName claims
volume {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}]}}
  -> fine
volume {"projected": {"sources": [{"configMap": {"name": "c"}}]}}
  -> fine
volume {"projected": {"sources": [{"secret": {"name": "s"}}]}}
  -> /volumes/0/projected/sources/0/secret/name secrets
volume {"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}
  -> /volumes/0/projected/sources/0/serviceAccountToken service_accounts
volume {"projected": {"sources": [{"clusterTrustBundle": {"path": "t"}}]}}
  -> /volumes/0/projected/sources/0/clusterTrustBundle never
volume {"nfs": {"server": "s", "path": "/"}}
  -> /volumes/0/nfs never
volume {"csi": {"driver": "d"}}
  -> /volumes/0/csi never
volume {"ephemeral": {}}
  -> /volumes/0/ephemeral never
volume {"image": {"reference": "r"}}
  -> /volumes/0/image never
volume {"gitRepo": {"repository": "r"}}
  -> /volumes/0/gitRepo never
volume {"emptyDir": {}, "hostPath": {"path": "/"}}
  -> /volumes/0 never
spec {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}
  -> @/volumes/0/hostPath host_path
spec {"volumes": [{"name": "fairlead-payload", "emptyDir": {}}]}
  -> @/volumes/0/name never
main {"volumeMounts": [{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}]}
  -> @/containers/0/volumeMounts/0/mountPropagation privileged
main {"volumeMounts": [{"name": "v", "mountPath": "/var/run/fairlead/x"}]}
  -> @/containers/0/volumeMounts/0/mountPath never
extra {"volumeMounts": [{"name": "fairlead-payload", "mountPath": "/x"}]}
  -> @/containers/0/volumeMounts/0/name never
extra {"volumeMounts": [{"name": "v", "mountPath": "/x", "subPath": "a/../../etc"}]}
  -> @/containers/0/volumeMounts/0/subPath never
main {"volumeDevices": [{"name": "v", "devicePath": "/dev/x"}]}
  -> @/containers/0/volumeDevices never
)";
  EXPECT_EQ(judged(script), script);
}

TEST(Policy, ForbidsEveryEscalationByAContainer) {
  constexpr auto script = R"(
main {"ports": [{"containerPort": 80}]}
  -> fine
main {"ports": [{"containerPort": 80, "hostPort": 80}]}
  -> @/containers/0/ports/0/hostPort host_namespaces
main {"ports": [{"containerPort": 80, "hostIP": "0.0.0.0"}]}
  -> @/containers/0/ports/0/hostIP host_namespaces
main {"livenessProbe": {"httpGet": {"port": 80, "host": "169.254.169.254"}}}
  -> @/containers/0/livenessProbe/httpGet/host never
main {"lifecycle": {"postStart": {"tcpSocket": {"port": 80, "host": "10.0.0.1"}}}}
  -> @/containers/0/lifecycle/postStart/tcpSocket/host never
main {"lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
  "readinessProbe": {"exec": {"command": ["a"]}}}
  -> fine
main {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}
  -> @/containers/0/env/0/valueFrom/secretKeyRef/name secrets
main {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "k"}}}]}
  -> fine
main {"env": [{"name": "A", "valueFrom": {"fileKeyRef": {}}}]}
  -> @/containers/0/env/0/valueFrom/fileKeyRef never
main {"env": [{"name": "FAIRLEAD_RUN", "value": "x"}]}
  -> @/containers/0/env/0/name never
main {"envFrom": [{"secretRef": {"name": "s"}}]}
  -> @/containers/0/envFrom/0/secretRef/name secrets
main {"resources": {"limits": {"cpu": 1}}}
  -> fine
main {"resources": {"claims": []}}
  -> @/containers/0/resources/claims never
main {"restartPolicy": "Always"}
  -> @/containers/0/restartPolicy never
main {"restartPolicyRules": []}
  -> @/containers/0/restartPolicyRules never
main {"resizePolicy": []}
  -> @/containers/0/resizePolicy never
init {"restartPolicy": "Always"}
  -> fine
init {"restartPolicy": "OnFailure"}
  -> @/initContainers/0/restartPolicy never
init {"name": "x", "image": "i"}
  -> fine
)";
  EXPECT_EQ(judged(script), script);
}

TEST(Policy, LeavesUsWhatIsOursInTheMetadata) {
  constexpr auto script = R"(
metadata {"labels": {"team": "a"}, "annotations": {"example.com/note": "anything at all"}}
  -> fine
metadata {"labels": {"fairlead.dev/run": "x"}}
  -> %/labels/fairlead.dev~1run never
metadata {"labels": {"app.kubernetes.io/managed-by": "x"}}
  -> %/labels/app.kubernetes.io~1managed-by never
metadata {"labels": {"batch.kubernetes.io/controller-uid": "x"}}
  -> %/labels/batch.kubernetes.io~1controller-uid never
metadata {"annotations": {"fairlead.dev/spec-hash": "x"}}
  -> %/annotations/fairlead.dev~1spec-hash never
metadata {"annotations":
  {"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}}
  -> %/annotations/container.apparmor.security.beta.kubernetes.io~1main privileged
metadata {"annotations":
  {"container.apparmor.security.beta.kubernetes.io/main": "runtime/default"}}
  -> fine
metadata {"annotations": {"kubernetes.io/config.mirror": "x"}}
  -> %/annotations/kubernetes.io~1config.mirror privileged
metadata {"annotations": {"k8s.v1.cni.cncf.io/networks": "host"}}
  -> %/annotations/k8s.v1.cni.cncf.io~1networks privileged
metadata {"annotations": {"io.katacontainers.config.hypervisor.path": "/x"}}
  -> %/annotations/io.katacontainers.config.hypervisor.path privileged
metadata {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}}
  -> fine
metadata {"annotations": {"sidecar.istio.io/inject": "false", "mykubernetes.io/a": ""}}
  -> fine
metadata {"name": "x"}
  -> %/name never
metadata {"namespace": "kube-system"}
  -> %/namespace never
metadata {"generateName": "x"}
  -> %/generateName never
metadata {"ownerReferences": []}
  -> %/ownerReferences never
metadata {"finalizers": ["a/b"]}
  -> %/finalizers never
template {"apiVersion": "v1"}
  -> /podTemplate/apiVersion never
template {"kind": "Pod"}
  -> /podTemplate/kind never
template {"status": {}}
  -> /podTemplate/status never
template {"spec": []}
  -> @ never
template []
  -> /podTemplate never
)";
  EXPECT_EQ(judged(script), script);
}

TEST(Policy, LooksAtTheFieldsOfTheJobToo) {
  const auto with = [](auto change) {
    model::JobSpec job{.image = "i"};
    change(job);
    return verdict(job);
  };
  EXPECT_EQ(with([](auto&) {}), "fine");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().service_account_name = "a"; }),
            "/serviceAccountName service_accounts");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().priority_class_name = "a"; }),
            "/priorityClassName priority_classes");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().tolerations = {{.key = "a"}}; }),
            "/tolerations tolerations");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().image_pull_secrets = {{"a"}}; }),
            "/imagePullSecrets/0/name secrets");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().node_selector = {{"a", "b"}}; }), "fine");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().env_from = {{.secret_ref = {{"a"}}}}; }),
            "/envFrom/0/secretRef/name secrets");
  EXPECT_EQ(with([](auto& j) { j.pod.edit().env_from = {{.config_map_ref = {{"a"}}}}; }), "fine");
  const model::EnvSource secret{.secret_key_ref = model::KeyRef{"s", "k"}};
  EXPECT_EQ(with([&](auto& j) { j.env = {{"A", "1", {}}, {"B", {}, secret}}; }),
            "/env/1/valueFrom/secretKeyRef/name secrets");
}

TEST(Policy, NamesThePlaceAndWhatItTakes) {
  const auto faults = check_policy(job_with("own", R"({"privileged": true})"), {});
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].message,
            "needs 'privileged', which the policy of this project on this cluster does not allow");
}

}  // namespace
}  // namespace core
