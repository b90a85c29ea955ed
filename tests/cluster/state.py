"""What is known of a cluster between two commands: its folder and a file of facts."""

import dataclasses
import json
import os
import pathlib
import tempfile

NODES = ("real", "simulated", "both", "none")
REAL_NODE = "real"


class Trouble(Exception):
    """Something that a person can mend; the text says how."""


def default_folder():
    """Where clusters keep their state unless --dir says otherwise."""
    return pathlib.Path(os.environ.get("TMPDIR") or tempfile.gettempdir()) / "fairlead-clusters"


@dataclasses.dataclass
class Cluster:
    """One cluster. `number` is the N of its network 10.199.N.0/24, unique on this machine."""
    name: str
    folder: pathlib.Path
    number: int = 0
    link_index: int = 0
    nodes: str = "real"
    simulated_nodes: int = 10
    pods_per_node: int = 1100
    binary: str = ""
    images: list = dataclasses.field(default_factory=list)
    flags: dict = dataclasses.field(default_factory=dict)

    @property
    def facts(self):
        return self.folder / "cluster.json"

    @property
    def link(self):
        """The name of the link to it, and of its cgroups."""
        return f"fl-c{self.number}"

    @property
    def host_ip(self):
        """This machine, as its pods reach it."""
        return f"10.199.{self.number}.1"

    @property
    def node_ip(self):
        return f"10.199.{self.number}.2"

    @property
    def url(self):
        return f"https://{self.node_ip}:6443"

    @property
    def real(self):
        return self.nodes in ("real", "both")

    @property
    def simulated(self):
        return self.nodes in ("simulated", "both")

    def kubeconfig(self, user="admin"):
        return self.folder / f"{user}.kubeconfig"

    def save(self):
        """At once and whole: a reader sees either nothing or all of it."""
        new = self.facts.with_suffix(".new")
        new.write_text(json.dumps({**dataclasses.asdict(self), "folder": str(self.folder)}))
        new.rename(self.facts)

    def up(self):
        """Whether `up` has finished it."""
        return (self.folder / "up").exists()


def load(folder, name):
    """The cluster of this name; Trouble if there is none."""
    place = pathlib.Path(folder) / name
    try:
        facts = json.loads((place / "cluster.json").read_text())
    except FileNotFoundError:
        there = ", ".join(each.name for each in every(folder)) or "none"
        raise Trouble(f"no cluster {name} in {folder}; there are: {there}") from None
    return Cluster(**{**facts, "folder": place})


def every(folder):
    """All clusters of a folder, by name."""
    return [load(folder, path.parent.name)
            for path in sorted(pathlib.Path(folder).glob("*/cluster.json"))]
