"""OCI image archives from files of this machine; nothing is pulled from anywhere.

python3 images.py OUT makes busybox.tar and pause.tar there.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile

from state import Trouble

BUSYBOX = pathlib.Path("/bin/busybox")
BUSYBOX_TAGS = ["1", "1.36", "latest"]
PASSWD = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"
LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclasses.dataclass
class Image:
    """A root file system and what runs in it. A name in full: docker.io/library/busybox."""
    name: str
    tags: list
    entrypoint: list
    files: dict  # path in the image: a file here, or the text of a link
    user: str = ""

    def layer(self):
        """The files as a tar archive, the same bytes for the same files."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for folder, mode in (("tmp", 0o1777), ("proc", 0o755), ("sys", 0o755), ("dev", 0o755),
                                 ("etc", 0o755)):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, mode
                tar.addfile(entry)
            add(tar, "etc/passwd", PASSWD.encode(), 0o644)
            for path, content in sorted(self.files.items()):
                if isinstance(content, pathlib.Path):
                    add(tar, path, content.read_bytes(), 0o755)
                    continue
                entry = tarfile.TarInfo(path)
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                tar.addfile(entry)
        return out.getvalue()

    def write(self, archive):
        """Writes the archive; it appears whole."""
        blobs = {}

        def blob(kind, content):
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            blobs[digest] = content
            return {"mediaType": kind, "digest": digest, "size": len(content)}
        layer = blob(LAYER, self.layer())
        config = blob(CONFIG, json.dumps({
            "architecture": "amd64", "os": "linux",
            "config": {"Entrypoint": self.entrypoint, "Env": ["PATH=/bin"], "User": self.user},
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}).encode())
        manifest = blob(MANIFEST, json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config,
            "layers": [layer]}).encode())
        index = {"schemaVersion": 2, "manifests": [{**manifest, "annotations": {
            "io.containerd.image.name": f"{self.name}:{tag}",
            "org.opencontainers.image.ref.name": tag}} for tag in self.tags]}
        new = archive.with_suffix(".new")
        with tarfile.open(new, "w") as tar:
            add(tar, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
            add(tar, "index.json", json.dumps(index).encode())
            for digest, content in blobs.items():
                add(tar, f"blobs/{digest.replace(':', '/')}", content)
        new.rename(archive)


def add(tar, path, content, mode=0o644):
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))


def shell_files():
    """busybox and the names it answers to."""
    if not BUSYBOX.exists():
        raise Trouble(f"no {BUSYBOX}: tests/cluster/setup installs it")
    names = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True,
                           check=True).stdout.split()
    return {"bin/busybox": BUSYBOX, **{f"bin/{name}": "busybox" for name in names
                                       if name != "busybox"}}


def basic(out):
    """Writes busybox and pause where they are not there yet; the archives."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = [Image("docker.io/library/busybox", BUSYBOX_TAGS, [], shell_files()),
              Image("localhost/pause", ["1"], ["/bin/sleep", "2147483647"], shell_files())]
    made = []
    for image in wanted:
        archive = out / f"{image.name.rpartition('/')[2]}.tar"
        if not archive.exists():
            image.write(archive)
        made.append(archive)
    return made


def fairlead(binary, out):
    """Writes fairlead:test from a binary and the libraries it needs; the archive.

    Its name has the binary's hash: another build is another archive, and only the last one is kept.
    """
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()[:16]
    archive = out / f"fairlead-{digest}.tar"
    if archive.exists():
        return archive
    needed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    libraries = {pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", needed)}
    files = {**shell_files(), "bin/fairlead": binary.resolve(),
             **{str(path).lstrip("/"): path for path in libraries}}
    Image("docker.io/library/fairlead", ["test"], ["/bin/fairlead"], files, "65532").write(archive)
    for old in out.glob("fairlead-*.tar"):
        if old != archive:
            with contextlib.suppress(FileNotFoundError):
                old.unlink()
    return archive


if __name__ == "__main__":
    basic(pathlib.Path(sys.argv[1]))
