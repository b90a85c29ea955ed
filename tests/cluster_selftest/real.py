"""The real node: pods are processes, and the kubelet says what became of them."""

import pathlib

from checks import until
from cluster import phase, pod, state
from kube import Refused


def ended(cluster, name, seconds=40.0):
    """The Pod once it has ended."""
    return until(f"{name} ends", lambda: (lambda view: view if phase(view) in
                                          ("Succeeded", "Failed") else None)(
        cluster.kube.get("pods", name)), seconds, 0.1)


def pods_run(checks, _, cluster):
    cluster.kube.create(pod("hello", "echo hello; sleep 0.5; echo bye", image="busybox"))
    cluster.kube.create(pod("seven", 'printf \'{"sum": 7}\' >/dev/termination-log; exit 7'))
    cluster.kube.create(pod("hungry", "sleep 0.2; tail /dev/zero", containers=[{
        "name": "main", "image": "busybox:1", "command": ["sh", "-c", "sleep 0.2; tail /dev/zero"],
        "resources": {"limits": {"memory": "20Mi"}}}]))
    checks.equal("a pod succeeds", phase(ended(cluster, "hello")), "Succeeded")
    checks.equal("its log", cluster.kube.log("hello"), b"hello\nbye\n")
    word, content = state(ended(cluster, "seven"))
    checks.equal("an exit code", (word, content.get("exitCode"), content.get("reason")),
                 ("terminated", 7, "Error"))
    checks.equal("a termination message", content.get("message"), '{"sum": 7}')
    word, content = state(ended(cluster, "hungry"))
    checks.equal("out of memory", (word, content.get("reason")), ("terminated", "OOMKilled"))
    creates = cluster.audit.writes("create", "pods", user="admin")
    checks.equal("the audit log has each create once", sorted(
        each["objectRef"].get("name", "") for each in creates), ["hello", "hungry", "seven"])
    patches = cluster.audit.writes("patch", "pods/status", "hello", user="system:node:real")
    checks.that("and what the kubelet wrote", 2 <= len(patches) <= 4, patches)
    for name in ("hello", "seven", "hungry"):
        cluster.kube.delete("pods", name)


def pods_reach_the_api_server_and_us(checks, _, cluster):
    """A pod finds the API server as in any cluster, and this machine at the link's address."""
    cluster.kube.create(pod("reach", f"""ls /var/run/secrets/kubernetes.io/serviceaccount
busybox nc -w 3 $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT </dev/null && echo api
ping -c 1 -w 3 {cluster.host_ip} >/dev/null && echo host"""))
    ended(cluster, "reach")
    checks.equal("what it reached", cluster.kube.log("reach").decode().split(),
                 ["ca.crt", "namespace", "token", "api", "host"])
    cluster.kube.delete("pods", "reach")


def our_binary_is_an_image(checks, _, cluster):
    binary = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "fairlead"
    if not binary.exists():
        checks.note("build/fairlead is not there: fairlead:test is not tested")
        return
    manifest = pod("ours", image="fairlead:test")
    manifest["spec"]["containers"][0]["args"] = ["--help"]
    manifest["spec"]["securityContext"] = {"runAsNonRoot": True}
    cluster.kube.create(manifest)
    checks.equal("fairlead --help in a pod", phase(ended(cluster, "ours")), "Succeeded")
    checks.that("what it says", b"fairlead" in cluster.kube.log("ours"), cluster.kube.log("ours"))
    cluster.kube.delete("pods", "ours")


def service_accounts_may_what_their_role_says(checks, _, cluster):
    kube = cluster.kube
    kube.create({"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "reader"}})
    kube.create({"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1",
                 "metadata": {"name": "reader"}, "rules": [
                     {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]})
    kube.create({"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1",
                 "metadata": {"name": "reader"},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                             "name": "reader"},
                 "subjects": [{"kind": "ServiceAccount", "name": "reader",
                               "namespace": "default"}]})
    reader = cluster.caller("reader")
    checks.equal("it lists pods", isinstance(reader.list("pods"), list), True)
    try:
        reader.create(pod("forbidden", "true"))
        checks.that("it creates none", False)
    except Refused as refused:
        checks.equal("it creates none", refused.status, 403)
    text = cluster.kubeconfig_of("reader").read_text()
    checks.that("its kubeconfig has a token and no key", "token:" in text and
                "client-key-data" not in text, text)


def pulls_fail_and_recover(checks, _, cluster):
    """A registry that is away, or in trouble, and then is not."""
    def why(name):
        return state(cluster.kube.get("pods", name))[1]
    cluster.registry.answer(503)
    cluster.kube.create(pod("pulls", "echo pulled", image="127.0.0.1:5000/busybox:1.36"))
    until("the pull fails", lambda: why("pulls").get("reason") in ("ErrImagePull",
                                                                   "ImagePullBackOff"), 30)
    checks.that("the registry's 503 is in the message", "503" in why("pulls").get("message", ""),
                why("pulls"))
    cluster.registry.mend()
    cluster.kube.create(pod("refused", image="127.0.0.1:5999/x:1"))
    cluster.kube.create(pod("misnamed", image="a/B:1"))
    checks.equal("the pull succeeds later", phase(ended(cluster, "pulls", 60)), "Succeeded")
    until("a closed port", lambda: "connection refused" in why("refused").get("message", ""), 30)
    until("an invalid name", lambda: why("misnamed").get("reason") == "InvalidImageName", 30)
    checks.that("its message", "couldn't parse image name" in why("misnamed")["message"],
                why("misnamed"))
    for name in ("pulls", "refused", "misnamed"):
        cluster.kube.delete("pods", name)


TESTS = (pods_run, pods_reach_the_api_server_and_us, our_binary_is_an_image,
         service_accounts_may_what_their_role_says, pulls_fail_and_recover)
