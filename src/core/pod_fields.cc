#include "core/pod_fields.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "model/names.h"

namespace core {
namespace {

// A kind, then its fields: name, type, and when it needs which allowance. A type with a capital is
// another kind, in brackets a list of them. Names and types are those of Pod v1 core in the
// Kubernetes API reference v1.34 (k8s.io/api v0.34, core/v1/types.go). What is harmless follows the
// levels baseline and restricted of the Pod Security Standards of that version.
//
// Left out on purpose, besides what only we set (restartPolicy, nodeName, activeDeadlineSeconds,
// terminationGracePeriodSeconds): ephemeralContainers, schedulerName, schedulingGates,
// readinessGates, priority, overhead, resourceClaims, volumeDevices, restartPolicyRules,
// windowsOptions, every other kind of volume; `host` of probes and hooks, to which the kubelet
// would send requests from the node; `namespaces` of affinities, which tell what others run.
constexpr std::string_view table = R"(
PodSpec
  containers                    [Container]
  initContainers                [InitContainer]
  volumes                       [Volume]
  nodeSelector                  text_map
  affinity                      Affinity
  topologySpreadConstraints     [Spread]
  tolerations                   [Toleration]     given tolerations
  serviceAccountName            text             given service_accounts
  automountServiceAccountToken  flag             on service_accounts
  imagePullSecrets              [PullSecret]
  securityContext               PodSecurity
  priorityClassName             text             given priority_classes
  preemptionPolicy              text             given priority_classes
  runtimeClassName              text             given runtime_classes
  hostNetwork                   flag             on host_namespaces
  hostPID                       flag             on host_namespaces
  hostIPC                       flag             on host_namespaces
  hostUsers                     flag
  shareProcessNamespace         flag
  hostname                      text
  subdomain                     text
  setHostnameAsFQDN             flag
  hostAliases                   [HostAlias]
  dnsPolicy                     text
  dnsConfig                     DnsConfig
  enableServiceLinks            flag
  os                            Os

Container
  name                          text
  image                         text
  imagePullPolicy               text
  command                       texts
  args                          texts
  workingDir                    text
  env                           [EnvVar]
  envFrom                       [EnvFrom]
  ports                         [Port]
  resources                     Resources
  volumeMounts                  [Mount]
  livenessProbe                 Probe
  readinessProbe                Probe
  startupProbe                  Probe
  lifecycle                     Lifecycle
  securityContext               Security
  terminationMessagePath        text
  terminationMessagePolicy      text
  stdin                         flag
  stdinOnce                     flag
  tty                           flag
InitContainer
  like Container
  restartPolicy                 text

PodSecurity
  runAsUser                     whole            zero root
  runAsGroup                    whole
  runAsNonRoot                  flag             off root
  supplementalGroups            wholes
  supplementalGroupsPolicy      text
  fsGroup                       whole
  fsGroupChangePolicy           text
  sysctls                       [Sysctl]
  seccompProfile                Profile
  appArmorProfile               Profile
  seLinuxOptions                SeLinux
  seLinuxChangePolicy           text
Security
  privileged                    flag             on privileged
  allowPrivilegeEscalation      flag             on privileged
  capabilities                  Capabilities
  runAsUser                     whole            zero root
  runAsGroup                    whole
  runAsNonRoot                  flag             off root
  readOnlyRootFilesystem        flag
  procMount                     text             unlisted privileged Default
  seccompProfile                Profile
  appArmorProfile               Profile
  seLinuxOptions                SeLinux
Capabilities
  add                           texts            unlisted capabilities NET_BIND_SERVICE
  drop                          texts
Profile
  type                          text             unlisted privileged RuntimeDefault Localhost
  localhostProfile              text
SeLinux
  type                          text             unlisted privileged container_t container_init_t
                                                 container_kvm_t container_engine_t
  level                         text
  user                          text             unlisted privileged
  role                          text             unlisted privileged
Sysctl
  name                          text             unlisted privileged kernel.shm_rmid_forced
                                                 net.ipv4.ip_local_port_range
                                                 net.ipv4.ip_local_reserved_ports
                                                 net.ipv4.ip_unprivileged_port_start
                                                 net.ipv4.ping_group_range
                                                 net.ipv4.tcp_fin_timeout
                                                 net.ipv4.tcp_keepalive_intvl
                                                 net.ipv4.tcp_keepalive_probes
                                                 net.ipv4.tcp_keepalive_time
                                                 net.ipv4.tcp_rmem
                                                 net.ipv4.tcp_syncookies
                                                 net.ipv4.tcp_wmem
  value                         text

EnvVar
  name                          text
  value                         text
  valueFrom                     EnvSource
EnvSource
  fieldRef                      FieldRef
  resourceFieldRef              ResourceRef
  configMapKeyRef               MapKey
  secretKeyRef                  SecretKey
FieldRef
  apiVersion                    text
  fieldPath                     text
ResourceRef
  containerName                 text
  resource                      text
  divisor                       quantity
MapKey
  name                          text
  key                           text
  optional                      flag
SecretKey
  name                          text             given secrets
  key                           text
  optional                      flag
EnvFrom
  prefix                        text
  configMapRef                  MapRef
  secretRef                     SecretRef
MapRef
  name                          text
  optional                      flag
SecretRef
  name                          text             given secrets
  optional                      flag
PullSecret
  name                          text             given secrets

Volume
  name                          text
  emptyDir                      EmptyDir
  configMap                     MapVolume
  secret                        SecretVolume
  persistentVolumeClaim         Claim
  projected                     Projected
  downwardAPI                   DownwardVolume
  hostPath                      HostPath         given host_path
EmptyDir
  medium                        text
  sizeLimit                     quantity
SecretVolume
  secretName                    text             given secrets
  items                         [Item]
  defaultMode                   whole
  optional                      flag
Claim
  claimName                     text             given claims
  readOnly                      flag
Projected
  sources                       [Projection]
  defaultMode                   whole
Projection
  configMap                     MapProjection
  secret                        SecretProjection
  downwardAPI                   Downward
  serviceAccountToken           Token            given service_accounts
MapProjection
  name                          text
  items                         [Item]
  optional                      flag
MapVolume
  like MapProjection
  defaultMode                   whole
SecretProjection
  name                          text             given secrets
  items                         [Item]
  optional                      flag
Token
  audience                      text
  expirationSeconds             whole
  path                          text
Downward
  items                         [DownwardItem]
DownwardVolume
  items                         [DownwardItem]
  defaultMode                   whole
DownwardItem
  path                          text
  fieldRef                      FieldRef
  resourceFieldRef              ResourceRef
  mode                          whole
Item
  key                           text
  path                          text
  mode                          whole
HostPath
  path                          text
  type                          text
Mount
  name                          text
  mountPath                     text
  subPath                       text
  subPathExpr                   text
  readOnly                      flag
  recursiveReadOnly             text
  mountPropagation              text             unlisted privileged None HostToContainer

Port
  name                          text
  containerPort                 whole
  protocol                      text
  hostPort                      whole            given host_namespaces
  hostIP                        text             given host_namespaces
Resources
  limits                        quantities
  requests                      quantities
Probe
  exec                          Exec
  httpGet                       HttpGet
  tcpSocket                     TcpSocket
  grpc                          Grpc
  initialDelaySeconds           whole
  timeoutSeconds                whole
  periodSeconds                 whole
  successThreshold              whole
  failureThreshold              whole
Lifecycle
  postStart                     Hook
  preStop                       Hook
Hook
  exec                          Exec
  httpGet                       HttpGet
  tcpSocket                     TcpSocket
  sleep                         Sleep
Exec
  command                       texts
HttpGet
  path                          text
  port                          port
  scheme                        text
  httpHeaders                   [NameValue]
TcpSocket
  port                          port
Grpc
  port                          whole
  service                       text
Sleep
  seconds                       whole
NameValue
  name                          text
  value                         text

Toleration
  key                           text
  operator                      text
  value                         text
  effect                        text
  tolerationSeconds             whole
Affinity
  nodeAffinity                  NodeAffinity
  podAffinity                   PodAffinity
  podAntiAffinity               PodAffinity
NodeAffinity
  requiredDuringSchedulingIgnoredDuringExecution   NodeTerms
  preferredDuringSchedulingIgnoredDuringExecution  [PreferredNode]
NodeTerms
  nodeSelectorTerms             [NodeTerm]
NodeTerm
  matchExpressions              [Requirement]
  matchFields                   [Requirement]
PreferredNode
  weight                        whole
  preference                    NodeTerm
PodAffinity
  requiredDuringSchedulingIgnoredDuringExecution   [PodTerm]
  preferredDuringSchedulingIgnoredDuringExecution  [PreferredPod]
PodTerm
  labelSelector                 Selector
  topologyKey                   text
  matchLabelKeys                texts
  mismatchLabelKeys             texts
PreferredPod
  weight                        whole
  podAffinityTerm               PodTerm
Selector
  matchLabels                   text_map
  matchExpressions              [Requirement]
Requirement
  key                           text
  operator                      text
  values                        texts
Spread
  maxSkew                       whole
  minDomains                    whole
  topologyKey                   text
  whenUnsatisfiable             text
  labelSelector                 Selector
  matchLabelKeys                texts
  nodeAffinityPolicy            text
  nodeTaintsPolicy              text
HostAlias
  ip                            text
  hostnames                     texts
DnsConfig
  nameservers                   texts
  searches                      texts
  options                       [NameValue]
Os
  name                          text
)";

using Shapes = std::map<std::string_view, FieldShape>;
using Words = std::vector<std::string_view>;

[[noreturn]] void broken(std::string_view what, std::string_view word) {
  throw std::logic_error(fmt::format("the table of Pod fields: {} '{}'", what, word));
}

template <class E>
E named(std::string_view word, std::initializer_list<std::pair<std::string_view, E>> names) {
  for (const auto& [name, value] : names)
    if (name == word) return value;
  broken("no such word", word);
}

FieldType type_of(std::string_view word) {
  using enum FieldType;
  return named<FieldType>(word, {{"text", text},
                                 {"whole", whole},
                                 {"flag", flag},
                                 {"quantity", quantity},
                                 {"port", port},
                                 {"texts", texts},
                                 {"wholes", wholes},
                                 {"text_map", text_map},
                                 {"quantities", quantities}});
}

Words words_of(std::string_view line) {
  Words words;
  for (auto from = line.find_first_not_of(' '); from != line.npos;) {
    const auto to = std::min(line.find(' ', from), line.size());
    words.push_back(line.substr(from, to - from));
    from = line.find_first_not_of(' ', to);
  }
  return words;
}

PodField read_field(const Words& words, Shapes& shapes) {
  PodField field{.name = words.at(0)};
  auto type = words.at(1);
  const bool list = type.front() == '[';
  if (list) type = type.substr(1, type.size() - 2);
  if (type.front() >= 'A' && type.front() <= 'Z') {
    field.type = list ? FieldType::objects : FieldType::object;
    field.shape = &shapes[type];
  } else {
    field.type = type_of(type);
  }
  if (words.size() < 3) return field;
  field.when = named<When>(words[2], {{"given", When::given},
                                      {"on", When::on},
                                      {"off", When::off},
                                      {"zero", When::zero},
                                      {"unlisted", When::unlisted}});
  if (!model::read_word(words.at(3), field.needs)) broken("no such allowance", words[3]);
  field.harmless.assign(words.begin() + 4, words.end());
  return field;
}

Shapes read_table() {
  Shapes shapes;
  FieldShape* kind = nullptr;
  for (auto rest = table; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (line.front() != ' ') {
      kind = &shapes[words[0]];
    } else if (line.starts_with("   ")) {
      auto& harmless = kind->fields.back().harmless;
      harmless.insert(harmless.end(), words.begin(), words.end());
    } else if (words[0] == "like") {
      // References into the map stay good while it grows.
      kind->fields = shapes.at(words.at(1)).fields;
    } else {
      kind->fields.push_back(read_field(words, shapes));
    }
  }
  for (const auto& [name, shape] : shapes)
    if (shape.fields.empty()) broken("nothing is said of", name);
  return shapes;
}

}  // namespace

const FieldShape& field_shape(std::string_view kind) {
  static const auto shapes = read_table();
  const auto found = shapes.find(kind);
  if (found == shapes.end()) broken("no such kind", kind);
  return found->second;
}

}  // namespace core
