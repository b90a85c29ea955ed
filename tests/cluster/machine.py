"""A cluster's namespaces, link and cgroups on this machine, and how they end.

An init holds mount, network and pid namespaces; when it dies, everything in them does, the link
included. Only cgroups are removed by hand.
"""

import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import time

from state import Trouble

LOCK = "/tmp/fairlead-cluster.lock"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
NUMBERS = range(1, 200)
# Both trees are the cluster's own: what a kubelet, containerd or CNI leaves there goes with it.
INIT = """mount --make-rshared /
for d in /run /var/log /var/lib/cni; do mkdir -p $d; mount -t tmpfs none $d; done
mkdir -p /run/netns
trap : TERM; while :; do sleep 1000000 & wait $!; done"""


def shell(*words, check=True):
    """Runs a command; what it said, or Trouble with it."""
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if check and done.returncode != 0:
        raise Trouble(f"{' '.join(map(str, words))}: {done.stdout.strip()}")
    return done.stdout


def wait_for(what, holds, seconds):
    """Polls until `holds()`; Trouble at the deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise Trouble(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def require():
    """Trouble that says what this machine lacks, if it cannot hold a cluster."""
    if os.geteuid() != 0:
        raise Trouble("a test cluster needs root, for namespaces, mounts and cgroups")
    if not any((CGROUPS / name).exists() for name in ("memory", "cgroup.controllers")):
        raise Trouble(f"no cgroups in {CGROUPS}: the kubelet cannot hold containers without")
    if not os.access("/proc/sys/net/ipv4/ip_forward", os.R_OK):
        raise Trouble("/proc/sys is not mounted: a cluster's network needs it")


@contextlib.contextmanager
def alone():
    """Numbers, and the route they share, are given and taken by one command at a time."""
    with open(LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def claim(cluster):
    """Gives the cluster a number, its namespaces and its link. The link is the claim."""
    keeper = subprocess.Popen(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
         "bash", "-c", INIT, "cluster", str(cluster.folder)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    pid_file = cluster.folder / "init.pid"

    def born():
        pid_file.write_text(shell("pgrep", "-P", keeper.pid, check=False))
        return pid_file.read_text().strip()
    wait_for("the namespaces", born, 5)
    wait_for("the mounts", lambda: inside(cluster, "test", "-d", "/run/netns").returncode == 0, 5)
    with alone():
        cluster.number = next(n for n in NUMBERS if not pathlib.Path(f"/sys/class/net/fl-c{n}")
                              .exists())
        remove_cgroups(cluster.link)  # of one that was killed and never taken down
        shell("ip", "link", "add", cluster.link, "type", "veth", "peer", "name", "eth0",
              "netns", init_pid(cluster))
        cluster.link_index = link_index(cluster.link)
        # A cluster that is cut off must not be looked for by the default route.
        shell("ip", "route", "replace", "unreachable", "10.199.0.0/16")
    cluster.save()
    mend(cluster)
    # The last line is kubernetes.default without kube-proxy.
    done = inside(cluster, "sh", "-ec", f"""ip link set lo up
ip addr add {cluster.node_ip}/24 dev eth0; ip link set eth0 up
ip route add default via {cluster.host_ip}
sysctl -qw net.ipv4.ip_forward=1
iptables -t nat -A PREROUTING -d 10.96.0.1 -p tcp --dport 443 -j DNAT --to {cluster.node_ip}:6443
""")
    if done.returncode != 0:
        raise Trouble(f"cluster {cluster.name}: its network: {done.stdout.strip()}")


def link_index(link):
    """The kernel's number of a link, which no later link gets; 0 if there is none."""
    try:
        return int(pathlib.Path("/sys/class/net", link, "ifindex").read_text())
    except OSError:  # EINVAL of one that is just going
        return 0


def cut(cluster):
    """Takes the link away: a partition between this machine and the cluster."""
    shell("ip", "link", "set", cluster.link, "down")


def mend(cluster):
    """Gives the link back, or for the first time."""
    if f"{cluster.host_ip}/" not in shell("ip", "-4", "addr", "show", "dev", cluster.link):
        shell("ip", "addr", "add", f"{cluster.host_ip}/24", "dev", cluster.link)
    shell("ip", "link", "set", cluster.link, "up")


def init_pid(cluster):
    return int((cluster.folder / "init.pid").read_text())


def alive(cluster):
    """Whether its init lives; a pid that now is somebody else's does not count."""
    try:
        words = pathlib.Path("/proc", str(init_pid(cluster)), "cmdline").read_bytes()
    except (OSError, ValueError):
        return False
    return os.fsencode(str(cluster.folder)) in words.split(b"\0")


def entering(cluster):
    """The words before a command that make it run inside."""
    return ["nsenter", "-t", str(init_pid(cluster)), "-m", "-n", "-p", "--"]


def inside(cluster, *words, **more):
    """Runs a command inside to its end."""
    return subprocess.run([*entering(cluster), *map(str, words)], text=True, check=False,
                          **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                             "stderr": subprocess.STDOUT, **more})


def hierarchies():
    """The roots of cgroups: one for each controller of v1, a single one of v2."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in CGROUPS.iterdir() if path.is_dir() and not path.is_symlink()]


def make_cgroups(name):
    """The kubelet wants its root to exist in every hierarchy, with processors and memory in it."""
    for root in hierarchies():
        if (root / "cgroup.subtree_control").exists() and root == CGROUPS:
            wanted = (root / "cgroup.controllers").read_text().split()
            (root / "cgroup.subtree_control").write_text(" ".join(f"+{each}" for each in wanted))
        (root / name).mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (root / setting).exists():
                (root / name / setting).write_text((root / setting).read_text())


def remove_cgroups(name):
    """Removes them once the last process in them is gone, which the kernel may do a bit later."""
    def gone():
        for root in hierarchies():
            for path, _, _ in os.walk(root / name, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)
        return not any((root / name).exists() for root in hierarchies())
    wait_for(f"the end of the cgroups {name}", gone, 10)


def release(cluster):
    """Ends everything that `claim` began, whatever is left of it."""
    if alive(cluster):
        init = pathlib.Path("/proc", str(init_pid(cluster)))
        os.kill(init_pid(cluster), signal.SIGKILL)
        wait_for(f"the end of cluster {cluster.name}", lambda: not init.exists(), 10)
    with alone():
        # If its init died long ago, another cluster may have its number by now.
        if cluster.number and link_index(cluster.link) in (0, cluster.link_index):
            shell("ip", "link", "del", cluster.link, check=False)
            remove_cgroups(cluster.link)
        if not list(pathlib.Path("/sys/class/net").glob("fl-c*")):
            shell("ip", "route", "del", "unreachable", "10.199.0.0/16", check=False)
