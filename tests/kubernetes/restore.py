"""An older database is put back while newer work runs."""

import shutil

from api import pipeline
from checks import until
from reasons import played
from worlds import once, real

MOUNT = "/signs"
UNKNOWN = 5  # so few that their number alone is no reason to leave them


def older_database(checks, world):
    """What the restored database does not know is not swept away; what it knows is adopted."""
    signs = world.scratch / "signs"
    signs.mkdir()
    old = world.api().submit(pipeline({f"old-{i}": waiting(signs) for i in range(3)}))
    world.wait_begun(old)
    world.server.stop()
    kept = world.scratch / "kept"
    shutil.copytree(world.server.data, kept)
    world.server.start()
    new = world.api().submit(pipeline({f"new-{i}": played(duration="forever", run="600s")
                                       for i in range(UNKNOWN)}))
    world.wait_begun(new)
    names = {world.attempt(new, f"new-{i}")["name"] for i in range(UNKNOWN)}
    world.server.stop()
    shutil.rmtree(world.server.data)
    shutil.copytree(kept, world.server.data)
    world.server.start()
    until("the server is told", lambda: world.view()["pruneHeld"] == UNKNOWN, 60)
    (signs / "go").touch()
    once(checks, world, old)
    until("what ended is removed", lambda: len(world.pods()) == UNKNOWN, 60, 0.2)
    left = {each["metadata"]["name"] for each in world.pods()
            if "deletionTimestamp" not in each["metadata"]}
    checks.none("a Pod of the work that was forgotten is gone", sorted(names - left))
    deleted, made = world.writes("delete"), world.creates()
    checks.none("a Pod of the work that was forgotten was deleted",
                [name for name in names if deleted[name]])
    checks.none("a Pod was created twice", [name for name in made if made[name] > 1])
    once(checks, world, world.api().submit(pipeline({"later": played()})))
    world.server.stop()
    world.server.start()
    once(checks, world, world.api().submit(pipeline({"restarted": played()})))
    checks.equal("a later session leaves them, too", len(world.pods()), UNKNOWN)
    world.api().post("/api/v1/agents/embedded/confirm-prune")
    until("what was confirmed is gone", lambda: not world.pods(), 60, 0.2)


def waiting(signs):
    """A job that runs until there is a file `go` in this folder."""
    return real(f"until [ -e {MOUNT}/go ]; do sleep 0.2; done",
                volumes=[{"name": "signs", "hostPath": {"path": str(signs)}}],
                volumeMounts=[{"name": "signs", "mountPath": MOUNT}])
