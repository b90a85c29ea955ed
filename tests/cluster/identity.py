"""Certificates and kubeconfigs of a cluster: an authority, the API server, and its callers."""

import base64
import subprocess
import tempfile

from state import REAL_NODE, Trouble

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: {name}
clusters:
- name: {name}
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: {user}
  user:
{credentials}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {user}
"""


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise Trouble(f"openssl {words[0]}: {done.stderr.strip()}")


def make(cluster):
    """Everything of `pki/`, and the kubeconfigs of the admin, the nodes and the gate."""
    pki = cluster.folder / "pki"
    pki.mkdir(mode=0o700, exist_ok=True)
    openssl("req", "-x509", *CURVE, "-keyout", pki / "ca.key", "-out", pki / "ca.crt",
            "-days", "3650", "-subj", f"/CN={cluster.name}-ca")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", pki / "sa.key")
    certificate(pki, "server", "/CN=kube-apiserver",
                f"IP:127.0.0.1,IP:{cluster.node_ip},IP:10.96.0.1,DNS:localhost,"
                "DNS:kubernetes.default.svc")
    users = {"admin": "/O=system:masters/CN=admin",
             "controller-manager": "/O=system:masters/CN=system:kube-controller-manager",
             "scheduler": "/O=system:masters/CN=system:kube-scheduler",
             "simnode": "/O=system:masters/CN=simnode",
             "kubelet": f"/O=system:nodes/CN=system:node:{REAL_NODE}"}
    for user, subject in users.items():
        certificate(pki, user, subject, f"DNS:{user}")
        write(cluster, user, "\n".join(f"    client-{kind}-data: {encoded(pki / f'{user}.{end}')}"
                                       for kind, end in (("certificate", "crt"), ("key", "key"))))


def certificate(pki, name, subject, names):
    """A key and a certificate by the authority, for a server and a client alike."""
    with tempfile.NamedTemporaryFile("w", dir=pki) as extensions:
        extensions.write(f"subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\n")
        extensions.flush()
        request = pki / f"{name}.csr"
        openssl("req", *CURVE, "-keyout", pki / f"{name}.key", "-subj", subject, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", pki / "ca.crt", "-CAkey", pki / "ca.key",
                "-CAcreateserial", "-days", "3650", "-out", pki / f"{name}.crt",
                "-extfile", extensions.name)
        request.unlink()


def write(cluster, user, credentials, path=None):
    """A kubeconfig; `credentials` are the lines of its user. Its path."""
    path = path or cluster.kubeconfig(user)
    path.touch(mode=0o600)
    path.write_text(KUBECONFIG.format(
        name=cluster.name, server=cluster.url, user=user, credentials=credentials,
        authority=encoded(cluster.folder / "pki" / "ca.crt")))
    return path


def encoded(path):
    return base64.b64encode(path.read_bytes()).decode()
