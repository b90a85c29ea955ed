"""A cluster from nothing to ready, and back."""

import concurrent.futures
import contextlib
import fcntl
import os
import shutil

import identity
import images
import machine
import parts
import state
from kube import Credentials, Kube, Refused
from state import REAL_NODE, Trouble

READY_SECONDS = 90


def admin(cluster):
    """A client that may do everything."""
    pki = cluster.folder / "pki"
    return Kube(Credentials(cluster.url, pki / "ca.crt", pki / "admin.crt", pki / "admin.key"))


@contextlib.contextmanager
def locked(folder):
    """One `up` or `down` of a cluster at a time: the folder, still there, locked."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if os.path.exists(folder) and os.path.samestat(os.fstat(held), os.stat(folder)):
                yield
                return
        finally:
            os.close(held)


def up(wanted):
    """Brings it up unless it is; the cluster as it is. What is left of a broken one goes first."""
    with locked(wanted.folder):
        if wanted.facts.exists():
            found = state.load(wanted.folder.parent, wanted.name)
            if found.up() and machine.alive(found):
                return found
            machine.release(found)
            for left in wanted.folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        try:
            bring_up(wanted)
        except Trouble as trouble:
            words = parts.last_words(wanted)
            machine.release(wanted)
            raise Trouble(f"cluster {wanted.name}: {trouble}\n{words}") from None
        except BaseException:
            machine.release(wanted)
            raise
        return wanted


def bring_up(cluster):
    cluster.save()
    machine.claim(cluster)
    identity.make(cluster)
    parts.files(cluster)
    # The controller-manager gives up when the API server does not answer within seconds.
    clients = ("controller-manager", "scheduler", "simnode", "kubelet")
    started = [part for part in parts.of(cluster) if part not in clients]
    with concurrent.futures.ThreadPoolExecutor(len(started)) as pool:
        list(pool.map(lambda part: parts.start(cluster, part), started))
        filled = pool.submit(fill_registry, cluster)
        loaded = pool.submit(load_images, cluster)
        machine.wait_for("the API server", admin(cluster).ready, READY_SECONDS)
        for part in ("controller-manager", "scheduler"):
            parts.start(cluster, part)
        if cluster.simulated:
            parts.start(cluster, "simnode")
        loaded.result()
        if cluster.real:
            machine.make_cgroups(cluster.link)
            parts.start(cluster, "kubelet")
        filled.result()
    machine.wait_for("the nodes", lambda: not missing_nodes(cluster), READY_SECONDS)
    machine.wait_for("the default service account", lambda: service_account(cluster), 30)
    (cluster.folder / "up").touch()


def load_images(cluster):
    """Gives containerd its images."""
    if not cluster.real:
        return
    for archive in cluster.images:
        done = parts.containers(cluster, "images", "import", archive)
        if done.returncode != 0:
            raise Trouble(f"ctr images import {archive}: {done.stdout}")


def fill_registry(cluster):
    """Gives the registry what pods pull in tests."""
    if not cluster.real:
        return
    machine.wait_for("the registry", lambda: registry_answers(cluster), 20)
    busybox = next(each for each in cluster.images if each.endswith("/busybox.tar"))
    for repository in ("library/busybox", "busybox"):  # what docker.io calls it, and a plain name
        for tag in images.BUSYBOX_TAGS:
            done = machine.inside(cluster, "skopeo", "copy", "--dest-tls-verify=false",
                                  f"oci-archive:{busybox}:{tag}",
                                  f"docker://{parts.REGISTRY}/{repository}:{tag}")
            if done.returncode != 0:
                raise Trouble(f"skopeo copy {busybox}: {done.stdout}")


def registry_answers(cluster):
    return machine.inside(cluster, "busybox", "wget", "-q", "-O", "-",
                          f"http://{parts.REGISTRY}/v2/").returncode == 0


def missing_nodes(cluster):
    """The nodes that are not ready yet."""
    wanted = {REAL_NODE} if cluster.real else set()
    if cluster.simulated:
        wanted |= {f"sim-{i}" for i in range(cluster.simulated_nodes)}
    ready = {node["metadata"]["name"] for node in admin(cluster).list("nodes")
             for condition in node.get("status", {}).get("conditions", [])
             if condition["type"] == "Ready" and condition["status"] == "True"}
    return wanted - ready


def service_account(cluster):
    try:
        return admin(cluster).get("serviceaccounts", "default")
    except Refused:
        return None


def down(cluster):
    """Ends it; nothing is left."""
    with locked(cluster.folder):
        machine.release(cluster)
        shutil.rmtree(cluster.folder)
