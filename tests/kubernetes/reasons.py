"""Why an attempt did not succeed: each reason caused on the cluster, and what is told of it."""

from api import pipeline

SIMULATED = {"fairlead.dev/node": "simulated"}


def played(node=None, start="60s", run="60s", **how):
    """A job that a simulated node plays as its annotations say."""
    marks = {f"sim.fairlead.dev/{name.replace('_', '-')}": str(value)
             for name, value in how.items()}
    return {"image": "busybox:1", "run": "true", "nodeSelector": node or SIMULATED,
            "timeouts": {"start": start, "run": run},
            "podTemplate": {"metadata": {"annotations": marks}}}


NOT_FOUND = "rpc error: code = NotFound desc = failed to pull and unpack image: not found"
AWAY = "rpc error: code = Unknown desc = unexpected status code 503 Service Unavailable"

# The job, the class of its first attempt, what its message must hold.
REASONS = {
    "exit": (played(exit_code=7), "exit", ""),
    "signal": (played(signal=9), "exit", ""),
    "oom": (played(oom="true"), "oom", "memory"),
    "no-image": (played(image_pull_failure=NOT_FOUND), "image", "not found"),
    "bad-name": (played(invalid_image_name="true"), "image", "InvalidImageName"),
    "no-secret": (played(config_error='secret "s" not found'), "config", 'secret "s" not found'),
    "evicted": (played(duration="forever", evict_after="1s"), "evicted", ""),
    "preempted": (played(duration="forever", preempt_after="1s"), "preempted", ""),
    "stuck": (played(stuck="start", start="4s"), "start_timeout", ""),
    "no-mount": (played(failed_mount="no such volume", start="6s"), "start_timeout",
                 "no such volume"),
    "no-sandbox": (played(failed_sandbox="no such network", start="6s"), "start_timeout",
                   "no such network"),
    "no-node": (played(node={"zone": "moon"}, start="6s"), "start_timeout", "affinity"),
    "slow": (played(duration="forever", run="3s"), "run_timeout", ""),
}
# A registry that is away for a while, a volume that comes late: these only take longer.
PATIENCE = {
    "registry": played(image_pull_failure=AWAY, heal_after="8s"),
    "volume": played(failed_mount="not attached yet", heal_after="5s"),
}


def reasons(checks, server, _):
    """Every reason a simulated node can play, told with its class and its words."""
    api = server.api()
    run = api.submit(pipeline({name: job for name, (job, _, _) in REASONS.items()} | PATIENCE))
    api.wait_final(run, 120)
    for name, (_, wanted, words) in REASONS.items():
        first = api.attempts(run, name)[0]
        checks.equal(f"{name}: its class", first.get("class"), wanted, first)
        checks.that(f"{name}: its message", words in first["message"], first)
    checks.equal("exit: its code", api.attempts(run, "exit")[0].get("exitCode"), 7)
    checks.equal("signal: which", api.attempts(run, "signal")[0].get("signal"), 9)
    for name in PATIENCE:
        checks.equal(f"{name}: its attempts", [each["state"] for each in api.attempts(run, name)],
                     ["succeeded"])


def outputs(checks, server, _):
    """An object that a job leaves as its termination message is its result."""
    api = server.api()
    run = api.submit(pipeline({"count": played(termination_message='{"rows": 3}')}))
    checks.equal("its verdict", api.wait_final(run, 60)["state"], "succeeded")
    checks.equal("its outputs", api.attempts(run, "count")[0].get("outputs"), {"rows": 3})
