"""Test clusters for Python tests: up and down, clients, faults, and the audit log as the judge."""

import collections
import contextlib
import json
import pathlib
import re
import subprocess

from checks import until
from gate import Gate, Rules, ask
from kube import Credentials, Kube

COMMAND = pathlib.Path(__file__).resolve().parent.parent / "cluster" / "cluster"
UP_SECONDS, READY_SECONDS = 840, 60
SIM = "sim.fairlead.dev/"
REQUESTS = re.compile(r"^apiserver_request_total\{(.*)\} (\S+)$", re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def command(folder, verb, *words, seconds=120):
    """Runs tests/cluster/VERB on the clusters of a folder; what it printed."""
    done = subprocess.run([COMMAND, verb, "--dir", folder, *map(str, words)], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=seconds, check=False)
    if done.returncode != 0:
        raise OSError(f"tests/cluster/{verb} {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def clusters(scratch, *flags):
    """Clusters that live as long as the block; `flags` are those of tests/cluster/up.

    They are in the scratch folder: its janitor takes them down however the test ends.
    """
    folder = scratch / "clusters"
    try:
        said = command(folder, "up", *flags, seconds=UP_SECONDS)
        yield [Cluster(folder, line.split()[0]) for line in said.splitlines()]
    finally:
        command(folder, "down")


class Cluster:
    """One cluster that is up."""

    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.place = self.folder / name
        facts = json.loads((self.place / "cluster.json").read_text())
        self.number, self.binary = facts["number"], facts["binary"]
        self.host_ip, self.node_ip = f"10.199.{self.number}.1", f"10.199.{self.number}.2"
        pki = self.place / "pki"
        self.credentials = Credentials(f"https://{self.node_ip}:6443", str(pki / "ca.crt"),
                                       str(pki / "admin.crt"), str(pki / "admin.key"))
        self.kube = Kube(self.credentials)
        self.audit = Audit(self.place / "audit.log")
        self.registry = Registry(self)

    @classmethod
    @contextlib.contextmanager
    def up(cls, scratch, *flags):
        """A single cluster that lives as long as the block."""
        with clusters(scratch, *flags) as made:
            yield made[0]

    @property
    def kubeconfig(self):
        """The path of the admin's."""
        return self.place / "admin.kubeconfig"

    def kubeconfig_of(self, account, namespace="default"):
        """The path of a kubeconfig with a fresh token of a service account."""
        said = command(self.folder, "kubeconfig", self.name, "--service-account",
                       f"{namespace}/{account}")
        return pathlib.Path(said.strip())

    def caller(self, account, namespace="default"):
        """A client that is a service account."""
        return Kube(Credentials(self.credentials.url, self.credentials.authority,
                                token=self.kube.token(account, namespace)))

    def gate(self, scratch, **options):
        """A gate before its API server, for a `with`."""
        return Gate(scratch, self, **options)

    # ---- faults

    def stop(self, *parts, pause=False):
        """Kills parts as a crash would, or lets them hang."""
        command(self.folder, "stop", self.name, *parts, *(["--pause"] if pause else []))

    def start(self, *parts):
        """Starts them, or lets them go on; `--flag …` and the like are for them, too."""
        command(self.folder, "start", self.name, *parts)

    def restart(self, part):
        """A crash and a new start; an API server is ready when this returns."""
        self.stop(part)
        self.start(part)
        if part in ("apiserver", "etcd"):
            self.wait_ready()

    def wait_ready(self, seconds=READY_SECONDS):
        until("the API server is ready", self.kube.ready, seconds)

    def cut(self):
        """Takes the network between this machine and the cluster away."""
        command(self.folder, "cut", self.name)

    def mend(self):
        """Gives it back."""
        command(self.folder, "mend", self.name)

    def node(self, name, verb):
        """A simulated node: freeze, thaw, or vanish with its Node object."""
        ask(f"http://{self.node_ip}:10351/nodes/{name}/{verb}", "POST")

    def simulated(self):
        """What the simulated nodes have done: {"pods": …, "writes": …}."""
        return ask(f"http://{self.node_ip}:10351/stats")

    def inside(self, *words):
        """Runs a command inside its namespaces; what it printed."""
        return command(self.folder, "exec", self.name, *words)

    # ---- what was done

    def requests(self, **labels):
        """How many requests the API server has answered, by apiserver_request_total."""
        return sum(count for found, count in self.metrics()
                   if all(found.get(name) == value for name, value in labels.items()))

    def metrics(self):
        """(labels, count) of each series of apiserver_request_total."""
        text = self.kube.call("GET", "metrics").body.decode()
        return [(dict(LABEL.findall(labels)), int(float(count)))
                for labels, count in REQUESTS.findall(text)]


class Registry:
    """The registry of images, as its cluster's real node sees it: 127.0.0.1:5000, or docker.io."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.rules = Rules(f"http://{cluster.node_ip}:5002")

    def down(self):
        """Nothing answers at its port."""
        self.cluster.stop("registry-gate")

    def up(self):
        self.cluster.start("registry-gate")

    def answer(self, status):
        """It answers everything with this status until `mend`."""
        self.rules.rule("answer", status=status)

    def mend(self):
        self.rules.clear()


class Audit:
    """The log of every write that an API server has seen, and what it answered."""

    def __init__(self, path):
        self.path = path

    def entries(self):
        """All of it, in order."""
        found = []
        with open(self.path, encoding="utf-8") as log:
            for line in log:
                if line.endswith("\n"):  # the last one may be being written
                    found.append(json.loads(line))
        return found

    def writes(self, verb=None, resource=None, name=None, user=None, effective=True):
        """Entries that match: `resource` as "pods" or "pods/status", `user` as the start of a user
        agent or a user's name; those only that took effect unless told otherwise."""
        return [each for each in self.entries()
                if (verb is None or each["verb"] == verb)
                and (resource is None or resource_of(each) == resource)
                and (name is None or name_of(each) == name)
                and (user is None or each["user"]["username"] == user
                     or each.get("userAgent", "").startswith(user))
                and (not effective or code_of(each) < 300)]

    def totals(self):
        """How many writes took effect, by (user, verb, resource)."""
        return collections.Counter((each["user"]["username"], each["verb"], resource_of(each))
                                   for each in self.writes())


def resource_of(entry):
    """pods, or pods/status."""
    about = entry.get("objectRef", {})
    return "/".join(each for each in (about.get("resource"), about.get("subresource")) if each)


def name_of(entry):
    return entry.get("objectRef", {}).get("name", "")


def code_of(entry):
    return entry.get("responseStatus", {}).get("code", 0)


# ---- manifests


def pod(name, *script, image="busybox:1", node="real", sim=None, labels=None, **spec):
    """A Pod: a shell script on the real node, or played by `sim`: annotations without prefix."""
    container = {"name": "main", "image": image}
    if script:
        container["command"] = ["sh", "-c", *script]
    notes = {SIM + key: str(value) for key, value in (sim or {}).items()}
    return {"kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": name, "annotations": notes, "labels": labels or {}},
            "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
                     "nodeSelector": {"fairlead.dev/node": node if sim is None else "simulated"},
                     "containers": [container], **spec}}


def phase(view):
    """The phase of a Pod; "" if there is none."""
    return view["status"].get("phase", "") if view else ""


def state(view, container="main"):
    """(word, content) of a container's state: ("terminated", {"exitCode": 0, …})."""
    for kind in ("containerStatuses", "initContainerStatuses"):
        for each in view["status"].get(kind, []):
            if each["name"] == container:
                return next(iter(each["state"].items()))
    return "", {}


def condition(view, kind):
    """A condition of an object; {} if it has none of this kind."""
    return next((each for each in view["status"].get("conditions", []) if each["type"] == kind), {})
