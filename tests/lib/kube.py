"""A client of a Kubernetes API server, with the standard library."""

import base64
import contextlib
import dataclasses
import http.client
import json
import select
import ssl
import threading
import urllib.parse

from api import AWAY, Answer

# The group of each resource, and whether it belongs to a namespace.
CORE, APPS, BATCH, RBAC = "api/v1", "apis/apps/v1", "apis/batch/v1", \
    "apis/rbac.authorization.k8s.io/v1"
NAMESPACED = {
    "pods": CORE, "secrets": CORE, "configmaps": CORE, "events": CORE, "serviceaccounts": CORE,
    "services": CORE, "resourcequotas": CORE, "limitranges": CORE, "persistentvolumeclaims": CORE,
    "deployments": APPS, "jobs": BATCH, "cronjobs": BATCH, "roles": RBAC, "rolebindings": RBAC,
    "leases": "apis/coordination.k8s.io/v1",
}
GLOBAL = {
    "nodes": CORE, "namespaces": CORE, "clusterroles": RBAC, "clusterrolebindings": RBAC,
    "priorityclasses": "apis/scheduling.k8s.io/v1",
    "selfsubjectaccessreviews": "apis/authorization.k8s.io/v1",
}
PLURALS = {"PriorityClass": "priorityclasses"}
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"


class Refused(Exception):
    """An answer that is not 2xx."""

    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer}")
        self.status = answer.status


@dataclasses.dataclass
class Credentials:
    """How to reach an API server and who calls. Paths of PEM files, or a token."""
    url: str
    authority: str
    certificate: str = ""
    key: str = ""
    token: str = ""


class Kube:
    """One caller. Each thread has a connection of its own that it keeps."""

    def __init__(self, credentials, patience=20.0):
        self.credentials, self.patience = credentials, patience
        self._context = ssl.create_default_context(cafile=credentials.authority)
        if credentials.certificate:
            self._context.load_cert_chain(credentials.certificate, credentials.key)
        self._mine = threading.local()

    def call(self, verb, path, body=None, kind="application/json", seconds=None, **query):
        """One request; throws OSError or HTTPException when the server is away."""
        sent = {"Content-Type": kind, "Accept": "application/json", **self._identity()}
        if query:
            path += f"?{urllib.parse.urlencode(query)}"
        connection = self._connection(seconds or self.patience)
        try:
            connection.request(verb, "/" + path.lstrip("/"),
                               None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                          response.read())
        except AWAY:
            connection.close()
            self._mine.connection = None
            raise

    def _identity(self):
        token = self.credentials.token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _connect(self, seconds):
        parts = urllib.parse.urlsplit(self.credentials.url)
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds,
                                           context=self._context)

    def _connection(self, seconds):
        """The thread's connection, unless its other side has closed it."""
        kept = getattr(self._mine, "connection", None)
        if kept and kept.sock and not select.select([kept.sock], [], [], 0)[0]:
            kept.sock.settimeout(seconds)
            return kept
        if kept:
            kept.close()
        self._mine.connection = self._connect(seconds)
        return self._mine.connection

    def ask(self, verb, path, body=None, **more):
        """The JSON of a 2xx answer; anything else is Refused."""
        answer = self.call(verb, path, body, **more)
        if not 200 <= answer.status < 300:
            raise Refused(f"{verb} {path}", answer)
        return answer.json()

    def get(self, resource, name, namespace="default"):
        """The object, or None if there is none."""
        path = path_of(resource, name, namespace)
        answer = self.call("GET", path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Refused(f"GET {path}", answer)
        return answer.json()

    def list(self, resource, namespace="default", **query):
        """The items, of every namespace if it is None."""
        return self.ask("GET", path_of(resource, "", namespace), **query)["items"]

    def create(self, manifest, namespace="default"):
        """Creates an object from its manifest; as it was stored."""
        resource = resource_of(manifest["kind"])
        namespace = manifest["metadata"].get("namespace", namespace)
        return self.ask("POST", path_of(resource, "", namespace), manifest)

    def patch(self, resource, name, change, namespace="default", kind=MERGE, part=""):
        """Patches an object, or a part of it such as `status`."""
        return self.ask("PATCH", path_of(resource, name, namespace, part), change, kind=kind)

    def delete(self, resource, name, namespace="default", **options):
        """Deletes an object; false if there was none."""
        path = path_of(resource, name, namespace)
        answer = self.call("DELETE", path, options or None)
        if answer.status not in (200, 202, 404):
            raise Refused(f"DELETE {path}", answer)
        return answer.status != 404

    def watch(self, resource, namespace="default", seconds=60.0, **query):
        """Yields (type, object) of what changes from now on; throws after so long a silence."""
        path = path_of(resource, "", namespace)
        version = self.ask("GET", path, limit=1)["metadata"]["resourceVersion"]
        query = urllib.parse.urlencode({"watch": "true", "resourceVersion": version, **query})
        line = self._connect(seconds)
        line.request("GET", f"/{path}?{query}", headers=self._identity())
        answer = line.getresponse()
        if answer.status != 200:
            raise Refused(f"GET {path}", Answer(answer.status, {}, answer.read()))
        return self._events(line, answer)

    @staticmethod
    def _events(line, answer):
        with contextlib.closing(line):
            for event in map(json.loads, answer):
                yield event["type"], event["object"]

    def log(self, pod, namespace="default", **query):
        """The bytes of a container's log; Refused while there is none."""
        path = path_of("pods", pod, namespace, "log")
        answer = self.call("GET", path, **query)
        if answer.status != 200:
            raise Refused(f"GET {path}", answer)
        return answer.body

    def token(self, account, namespace, seconds=3600):
        """A token of a service account."""
        path = path_of("serviceaccounts", account, namespace, "token")
        return self.ask("POST", path, {"kind": "TokenRequest",
                                       "apiVersion": "authentication.k8s.io/v1",
                                       "spec": {"expirationSeconds": seconds}})["status"]["token"]

    def ready(self):
        """Whether the API server says that it is."""
        try:
            return self.call("GET", "readyz", seconds=5).status == 200
        except AWAY:
            return False


def resource_of(kind):
    return PLURALS.get(kind, kind.lower() + "s")


def path_of(resource, name="", namespace="default", part=""):
    """Where a resource, an object or a part of it lives."""
    if resource in GLOBAL:
        path = f"{GLOBAL[resource]}/{resource}"
    elif namespace is None:
        path = f"{NAMESPACED[resource]}/{resource}"
    else:
        path = f"{NAMESPACED[resource]}/namespaces/{namespace}/{resource}"
    return "/".join(each for each in (path, urllib.parse.quote(name), part) if each)


def decoded(value):
    """A value of a Secret's `data`."""
    return base64.b64decode(value).decode()
