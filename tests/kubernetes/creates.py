"""A create goes wrong: the cluster is left with one Pod, and the history with one attempt."""

import base64

from api import pipeline
from checks import until
from cluster import SIM, pod
from reasons import played
from worlds import once

# No text: it comes with the Pod as a Secret.
PAYLOAD = base64.b64encode(bytes(range(256))).decode()

# What the API server seems to say to one create; `after` it took effect, or before.
ANSWERS = {
    "the answer is lost": {"action": "drop", "when": "after"},
    "it is lost": {"action": "drop"},
    "the connection breaks": {"action": "reset", "when": "after"},
    "504 after it took effect": {"action": "answer", "status": 504, "when": "after"},
    "500 after it took effect": {"action": "answer", "status": 500, "when": "after"},
    "500": {"action": "answer", "status": 500},
    "429 with Retry-After": {"action": "answer", "status": 429, "retry_after": 2},
    "409 of nothing": {"action": "answer", "status": 409},
}


def answers(checks, world):
    """Whatever a create is answered, it is repeated until it is certain, and adopted; and what goes
    with it is made."""
    runs = []
    for name, rule in ANSWERS.items():
        fired = world.gate.rule(what="create pods", times=1, **rule)
        runs.append(world.api().submit(pipeline({"one": played(start_delay="3s")}),
                                       payloadBase64=PAYLOAD))
        world.api().wait_final(runs[-1], 60)
        pod = world.attempt(runs[-1], "one")["name"]
        checks.equal(f"{name}: its Secret was made", len(world.cluster.audit.writes(
            "create", "secrets", pod)), 1)
        checks.equal(f"{name}: that happened", world.gate.fired(fired), 1)
        world.gate.clear()
    for run in runs:
        once(checks, world, run)


def killed_between(checks, world):
    """An agent dies between a create and its answer; the next one adopts what it made."""
    gate, kubeconfig = world.own_gate("killed")
    first = world.agent("killed", kubeconfig)
    until("it holds the cluster", lambda: world.holds(first), 30)
    rules = [gate.rule("drop", what="create pods", when="after", times=2),
             gate.rule("drop", what="create pods", times=2)]
    run = world.api().submit(pipeline({f"job-{i}": played(duration="1s") for i in range(4)}))
    until("two are made and two are not", lambda: len(gate.log()) == 4, 30)
    first.kill()
    checks.equal("the answers that it never got", [each["status"] for each in gate.log()
                                                   if each["when"] == "after"], [201, 201])
    checks.equal("each rule had two", [gate.fired(rule) for rule in rules], [2, 2])
    gate.clear()
    gate.count_anew()
    second = world.agent("heir", kubeconfig)
    once(checks, world, run)
    checks.equal("creates that the second one asked for", gate.counts().get("create pods"), 2)
    checks.equal("its exit code", second.stop(), 0, second.said()[-1500:])


def name_taken(checks, world):
    """Somebody else has the name: the attempt fails, and what is not ours is left alone."""
    api = world.api()
    world.gate.rule("drop", what="create pods")
    run = api.submit(pipeline({"bare": played(), "other": played()}))
    strangers = {}
    for job, marks in (("bare", {}), ("other", {"fairlead.dev/installation": "another",
                                                "fairlead.dev/cluster": world.name})):
        found = until("its name is known", lambda job=job: world.attempt(run, job), 30)
        strangers[job] = world.cluster.kube.create(
            pod(found["name"], sim={"duration": "forever"}, labels=marks), world.name)
    world.gate.clear()
    checks.equal("its verdict", api.wait_final(run, 60)["state"], "failed")
    for job, stranger in strangers.items():
        tried = api.attempts(run, job)
        checks.equal(f"{job}: its attempts", [each.get("class") for each in tried], ["config"],
                     tried)
        checks.that(f"{job}: it says why", "name taken" in tried[0]["message"], tried)
    # What it would do to strangers, it has done when later work is through.
    once(checks, world, api.submit(pipeline({"later": played()})))
    for job, stranger in strangers.items():
        name = stranger["metadata"]["name"]
        found = world.cluster.kube.get("pods", name, world.name)
        checks.that(f"{job}: it is still there, and not being deleted", found
                    and found["metadata"]["uid"] == stranger["metadata"]["uid"]
                    and "deletionTimestamp" not in found["metadata"], found)
        checks.equal(f"{job}: its marks", marks_of(found), marks_of(stranger))
        checks.equal(f"{job}: writes to it", [world.writes(verb)[name] for verb in
                                              ("create", "delete", "patch", "update")],
                     [1, 0, 0, 0])
        world.cluster.kube.delete("pods", name, world.name, gracePeriodSeconds=0)


def marks_of(found):
    """What an agent could have changed."""
    metadata = found["metadata"]
    return {"labels": metadata.get("labels"), "finalizers": metadata.get("finalizers"),
            "annotations": {key: value for key, value in metadata["annotations"].items()
                            if key.startswith(SIM)}}
