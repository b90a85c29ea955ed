"""The parts of a cluster: how each is started, stopped and known to be ready."""

import json
import os
import signal

import machine
from state import REAL_NODE, Trouble

CONTROL = ("etcd", "apiserver", "controller-manager", "scheduler")
REAL = ("containerd", "kubelet", "registry", "registry-gate")
CONTAINERD = "/run/containerd.sock"  # its /run is the cluster's own
# A pull goes through a gate to the registry, so that tests can make it fail.
REGISTRY, REGISTRY_BEHIND, REGISTRY_CONTROL = "127.0.0.1:5000", "127.0.0.1:5001", 5002
SIMNODE_API, SIMNODE_CONTROL = 10350, 10351
FAST = {
    "controller": {"controller-manager": ["--kube-api-qps=1000", "--kube-api-burst=2000",
                                          "--concurrent-job-syncs=50"]},
    "scheduler": {"scheduler": ["--kube-api-qps=5000", "--kube-api-burst=10000"]},
}


def of(cluster):
    """The parts that it has, in the order in which they start."""
    return [*CONTROL, *(REAL if cluster.real else ()),
            *(("simnode",) if cluster.simulated else ())]


def command(cluster, part):
    """The words that start a part."""
    if part not in of(cluster):
        raise Trouble(f"cluster {cluster.name} has no part {part}; it has {', '.join(of(cluster))}")
    maker = {**COMMANDS, "controller-manager": controller_manager,
             "registry-gate": registry_gate}[part]
    return [*map(str, maker(cluster)), *cluster.flags.get(part, [])]


def etcd(cluster):
    return [cluster.binary, "etcd", "--data-dir", cluster.folder / "etcd", "--unsafe-no-fsync",
            "--log-level", "error", "--listen-client-urls", "http://127.0.0.1:2379",
            "--advertise-client-urls", "http://127.0.0.1:2379",
            "--listen-peer-urls", "http://127.0.0.1:2380"]


def apiserver(cluster):
    pki = cluster.folder / "pki"
    return [cluster.binary, "apiserver", "--etcd-servers", "http://127.0.0.1:2379",
            "--secure-port", "6443", "--bind-address", "0.0.0.0",
            "--advertise-address", cluster.node_ip, "--endpoint-reconciler-type", "none",
            "--tls-cert-file", pki / "server.crt", "--tls-private-key-file", pki / "server.key",
            "--client-ca-file", pki / "ca.crt", "--service-account-key-file", pki / "sa.key",
            "--service-account-signing-key-file", pki / "sa.key",
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-cluster-ip-range", "10.96.0.0/16", "--authorization-mode", "Node,RBAC",
            "--allow-privileged", "--kubelet-client-certificate", pki / "admin.crt",
            "--kubelet-client-key", pki / "admin.key",
            "--kubelet-preferred-address-types", "InternalIP",
            "--audit-policy-file", cluster.folder / "audit.yaml",
            "--audit-log-path", cluster.folder / "audit.log", "--audit-log-maxsize", "100000"]


def controller_manager(cluster):
    pki = cluster.folder / "pki"
    return [cluster.binary, "controller-manager",
            "--kubeconfig", cluster.kubeconfig("controller-manager"), "--leader-elect=false",
            "--bind-address", "127.0.0.1", "--service-account-private-key-file", pki / "sa.key",
            "--root-ca-file", pki / "ca.crt"]


def scheduler(cluster):
    return [cluster.binary, "scheduler", "--kubeconfig", cluster.kubeconfig("scheduler"),
            "--leader-elect=false", "--bind-address", "127.0.0.1"]


def containerd(cluster):
    return ["containerd", "--config", cluster.folder / "containerd.toml"]


def kubelet(cluster):
    return [cluster.binary, "kubelet", "--kubeconfig", cluster.kubeconfig("kubelet"),
            "--config", cluster.folder / "kubelet.yaml", "--hostname-override", REAL_NODE,
            "--node-ip", cluster.node_ip, "--node-labels", "fairlead.dev/node=real",
            "--root-dir", cluster.folder / "kubelet", "--cert-dir", cluster.folder / "kubelet-pki"]


def registry(cluster):
    return ["docker-registry", "serve", cluster.folder / "registry.yaml"]


def registry_gate(cluster):
    return [cluster.binary, "gate", "--upstream", f"http://{REGISTRY_BEHIND}",
            "--listen", REGISTRY, "--control", f"{cluster.node_ip}:{REGISTRY_CONTROL}"]


def simnode(cluster):
    pki = cluster.folder / "pki"
    return [cluster.binary, "simnode", "--kubeconfig", cluster.kubeconfig("simnode"),
            "--nodes", cluster.simulated_nodes, "--pods", cluster.pods_per_node,
            "--address", cluster.node_ip, "--port", SIMNODE_API, "--client-ca", pki / "ca.crt",
            "--control", f"{cluster.node_ip}:{SIMNODE_CONTROL}"]


COMMANDS = {made.__name__: made for made in (etcd, apiserver, scheduler, containerd, kubelet,
                                              registry, simnode)}


# ---- configuration files


def files(cluster):
    """Writes the files that the commands name."""
    (cluster.folder / "log").mkdir(exist_ok=True)
    rules = [{"level": "Metadata", "verbs": ["create", "update", "patch", "delete",
                                             "deletecollection"]}, {"level": "None"}]
    document(cluster, "audit.yaml", {"apiVersion": "audit.k8s.io/v1", "kind": "Policy",
                                     "omitStages": ["RequestReceived"], "rules": rules})
    if cluster.real:
        node_files(cluster)


def document(cluster, name, content):
    """JSON is YAML."""
    (cluster.folder / name).write_text(json.dumps(content, indent=1))


def node_files(cluster):
    for name in ("cni", "mirrors/docker.io"):
        (cluster.folder / name).mkdir(parents=True, exist_ok=True)
    ranges = [[{"subnet": f"10.244.{cluster.number}.0/24"}]]
    document(cluster, "cni/10-pods.conflist", {
        "cniVersion": "1.0.0", "name": "pods", "plugins": [{
            "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True,
            "ipam": {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}],
                     "dataDir": str(cluster.folder / "ipam")}}]})
    # What has no registry in its name comes from ours: nothing can be pulled from outside.
    (cluster.folder / "mirrors" / "docker.io" / "hosts.toml").write_text(
        f'server = "http://{REGISTRY}"\n[host."http://{REGISTRY}"]\n')
    # Where root has no CAP_SYS_RESOURCE, a sandbox fails without restrict_oom_score_adj.
    (cluster.folder / "containerd.toml").write_text(f"""version = 2
root = "{cluster.folder}/containerd"
state = "/run/containerd-state"
[grpc]
  address = "{CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{cluster.folder}/mirrors"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{cluster.folder}/cni"
""")
    document(cluster, "kubelet.yaml", {
        "kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{cluster.link}",
        "containerRuntimeEndpoint": f"unix://{CONTAINERD}", "failSwapOn": False,
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": False},
                           "x509": {"clientCAFile": f"{cluster.folder}/pki/ca.crt"}},
        "authorization": {"mode": "AlwaysAllow"}, "clusterDNS": ["10.96.0.10"],
        "evictionHard": {"memory.available": "100Mi"}, "nodeStatusUpdateFrequency": "5s",
        "serializeImagePulls": False, "registryPullQPS": 0, "eventRecordQPS": 0,
        "kubeAPIQPS": 200, "kubeAPIBurst": 400, "maxPods": 200,
        "imageGCHighThresholdPercent": 100})
    document(cluster, "registry.yaml", {
        "version": "0.1", "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": f"{cluster.folder}/registry"}},
        "http": {"addr": REGISTRY_BEHIND, "secret": "none"}})


# ---- running


def start(cluster, part):
    """Starts it, or lets it go on if it was paused. It goes on when this command ends."""
    words = command(cluster, part)
    if running(cluster, part):
        send(cluster, part, signal.SIGCONT)
        return
    # A child of the cluster's init: nsenter, as its parent, would stop when it is paused.
    with open(cluster.folder / "log" / f"{part}.log", "ab") as log:
        machine.inside(cluster, "sh", "-c", 'setsid "$@" & echo $! > "$0"',
                       pid_file(cluster, part), *words, stdout=log, stderr=log, cwd="/")
    if part == "containerd":  # a kubelet that does not find it gives up
        machine.wait_for("containerd", lambda: containers(cluster, "version").returncode == 0, 20)


def containers(cluster, *words):
    """Runs ctr on the cluster's containerd."""
    return machine.inside(cluster, "ctr", "-a", CONTAINERD, "-n", "k8s.io", *words)


def stop(cluster, part, pause=False):
    """SIGKILL, as a crash; or SIGSTOP, and it hangs."""
    if not running(cluster, part):
        return
    if pause:
        send(cluster, part, signal.SIGSTOP)
        return
    send(cluster, part, signal.SIGKILL)
    machine.wait_for(f"the end of {part}", lambda: not running(cluster, part), 10)
    pid_file(cluster, part).unlink()


def pid_file(cluster, part):
    return cluster.folder / f"{part}.pid"


def running(cluster, part):
    """Whether it lives. Its pid counts inside the cluster's namespace."""
    command(cluster, part)
    try:
        pid = int(pid_file(cluster, part).read_text())
    except (FileNotFoundError, ValueError):
        return False
    return machine.inside(cluster, "kill", "-0", pid).returncode == 0


def send(cluster, part, number):
    pid = pid_file(cluster, part).read_text().strip()
    machine.inside(cluster, "kill", f"-{int(number)}", pid)


def last_words(cluster):
    """The end of every log, for people."""
    said = []
    for log in sorted((cluster.folder / "log").glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-3:]
        said += [f"{log.stem}: {line}" for line in lines]
    return os.linesep.join(said)
