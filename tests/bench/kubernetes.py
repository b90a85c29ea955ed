"""What the benchmarks on Kubernetes share: a cluster, the load program, who did what meanwhile."""

import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import rig  # noqa: E402  (after the path)
from cluster import SIM, Cluster, resource_of  # noqa: E402
from programs import Server  # noqa: E402
from scratch import Scratch  # noqa: E402

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "fairlead"
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
SHORT = SECONDS < 10
PARTS = ("apiserver", "etcd", "scheduler", "controller-manager", "simnode")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def missing():
    """What this machine lacks for a cluster, in words; "" if nothing."""
    if os.geteuid() != 0:
        return "not root"
    return "" if shutil.which("go") else "no Go on PATH"


@contextlib.contextmanager
def simulated():
    """A scratch folder, and a cluster in it whose nodes only play what runs on them."""
    with Scratch() as scratch, Cluster.up(scratch, "--nodes", "simulated", "--simulated-nodes",
                                          "10", "--fast-scheduler") as cluster:
        yield scratch, cluster


@contextlib.contextmanager
def fairlead(scratch, cluster, *flags):
    """A server with its embedded agent on this cluster."""
    server = Server(scratch, "server", "--kubeconfig", cluster.kubeconfig, "--allow", "root",
                    *flags).start()
    try:
        yield server
    finally:
        server.stop()


def played(**how):
    """Annotations for a simulated node."""
    return {SIM + name.replace("_", "-"): str(value) for name, value in how.items()}


def job(annotations, **more):
    """A job of a pipeline that a simulated node plays."""
    return {"image": "busybox:1", "run": "true",
            "podTemplate": {"metadata": {"annotations": annotations}}, **more}


def asked_for(pod):
    """The spec of a Pod as it was asked for, without what the cluster put in."""
    return {field: value for field, value in pod["spec"].items()
            if field not in ("nodeName", "tolerations")}


# ---- load


def load_program():
    """The path of the load program, built unless it is there; its name says what is in it."""
    sources = sorted((HERE / "kubernetes-load").iterdir())
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:16]
    program = CACHE / f"kubernetes-load-{digest}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob("kubernetes-load-*"):
            old.unlink()
        new = program.with_suffix(f".{os.getpid()}")
        subprocess.run(["go", "build", "-trimpath", "-o", new, "."],
                       cwd=HERE / "kubernetes-load", check=True)
        new.rename(program)
    return program


def load(what, body, *flags):
    """Runs the load program; what it counted."""
    done = subprocess.run([load_program(), what, *map(str, flags)], input=json.dumps(body).encode(),
                          stdout=subprocess.PIPE, check=True, timeout=900)
    return json.loads(done.stdout)


# ---- what everybody did


@dataclasses.dataclass
class Account:
    """What was done and used up to a moment."""
    audit: int   # bytes of the audit log
    writes: int  # that the API server answered, whoever sent them
    cpu: dict    # seconds by part of the cluster, of fairlead, and of the whole machine

    @classmethod
    def of(cls, cluster, server=None):
        cpu = {**parts_cpu(cluster), "machine": machine_cpu()}
        if server:
            cpu["fairlead"] = rig.cpu_in(pathlib.Path(f"/proc/{server.pid}/stat").read_text())
        writes = sum(count for labels, count in cluster.metrics() if labels["verb"] in WRITES)
        return cls(cluster.audit.path.stat().st_size, writes, cpu)

    def since(self, before):
        """(writes of all, seconds of each) after another account."""
        return (self.writes - before.writes,
                {name: used - before.cpu.get(name, 0) for name, used in self.cpu.items()})


def parts_cpu(cluster):
    """Seconds of processor time of each part of a cluster."""
    paths = " ".join(f"/proc/$(cat {cluster.place}/{part}.pid)/stat" for part in PARTS)
    said = cluster.inside("sh", "-c", f"cat {paths}").strip().split("\n")
    return {part: rig.cpu_in(stat) for part, stat in zip(PARTS, said, strict=True)}


def machine_cpu():
    """Seconds in which a core of this machine was busy."""
    user, nice, system, _, _, *interrupts = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def audited(cluster, begin):
    """Entries of writes that took effect, from this place in the audit log on."""
    found = []
    with open(cluster.audit.path, encoding="utf-8") as log:
        log.seek(begin)
        for line in log:
            entry = json.loads(line) if line.endswith("\n") else {}
            if entry.get("responseStatus", {}).get("code", 500) < 300:
                found.append(entry)
    return found


def pods_only(entries, user):
    """Writes of one user to Pods and Jobs: no heartbeats."""
    return [each for each in entries if each["user"]["username"] == user
            and resource_of(each).split("/")[0] in ("pods", "jobs")]


def moment(text):
    """Seconds since 1970 of an audit log's time."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
