"""The gate between a caller and an API server: rules that break what goes through it."""

import json
import subprocess
import urllib.parse
import urllib.request

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: gate
clusters:
- name: gate
  cluster:
    server: {url}
{authority}users:
- name: caller
  user: {credentials}
contexts:
- name: gate
  context:
    cluster: gate
    user: caller
"""


def ask(url, verb="GET", body=None):
    """One request to a control port; the JSON of its answer, None if that is empty."""
    request = urllib.request.Request(url, method=verb,
                                     data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Rules:
    """A gate's control port. The fields of a rule are those of kubenode/gate/rule.go."""

    def __init__(self, control):
        self.control = control

    def rule(self, action, **fields):
        """Adds a rule, for example rule("answer", what="create pods", status=504, when="after",
        times=1); its name."""
        return ask(f"{self.control}/rules", "POST", {"action": action, **fields})["name"]

    def fired(self, name):
        """How often a rule had a request."""
        return next((each["fired"] for each in ask(f"{self.control}/rules")
                     if each["name"] == name), 0)

    def clear(self, name=""):
        """Takes a rule away, or all; what a `drop` still holds is reset."""
        query = f"?{urllib.parse.urlencode({'name': name})}" if name else ""
        ask(f"{self.control}/rules{query}", "DELETE")

    def log(self):
        """Every request that a rule had, with what the other side had answered."""
        return ask(f"{self.control}/log")

    def counts(self):
        """How many requests came, by their kind: {"create pods": 3, "watch pods": 1}."""
        return ask(f"{self.control}/counts")

    def count_anew(self):
        ask(f"{self.control}/counts", "DELETE")


class Gate(Rules):
    """A gate before a cluster's API server, as a process of this test.

    Callers that bring no Authorization are the admin. With `tls` it serves HTTPS.
    """

    def __init__(self, scratch, cluster, tls=False, listen="127.0.0.1:0", name="gate"):
        self.certificate = scratch / f"{cluster.name}-{name}.crt" if tls else None
        words = [cluster.binary, "gate", "--kubeconfig", cluster.kubeconfig, "--listen", listen]
        if tls:
            words += ["--certificate", self.certificate]
        with open(scratch / f"{cluster.name}-{name}.log", "ab") as log:
            self.child = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=log, text=True, env=scratch.environment(), start_new_session=True)
        said = self.child.stdout.readline()
        if not said:
            raise OSError(f"the gate ended with {self.child.wait()}, see {log.name}")
        where = json.loads(said)
        self.url = where["url"]
        super().__init__(where["control"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def write_kubeconfig(self, path, token=""):
        """A kubeconfig whose server is the gate; its path."""
        authority = f"    certificate-authority: {self.certificate}\n" if self.certificate else ""
        path.write_text(KUBECONFIG.format(
            url=self.url, authority=authority,
            credentials=f"{{token: {token}}}" if token else "{}"))
        return path
