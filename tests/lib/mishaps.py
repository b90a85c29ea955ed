"""What befalls servers and agents at random, drawn from a seed: what the suites of it share."""

import collections
import threading


class Mishaps:
    """Kills what a world has, and starts it again after a while.

    A world has a `server` and `agents` by their names. The times are the longest that each is away,
    in seconds.
    """

    SERVER_AWAY, AGENT_AWAY, BOTH_AWAY = 1.0, 1.5, 1.0

    def __init__(self, world, rng, checks):
        self.world, self.rng, self.checks = world, rng, checks
        self.done = collections.Counter()
        self._wait = threading.Event()  # never set: its timeout is a pause

    def kill_server(self):
        self.world.server.kill()
        self._pause(0.0, self.SERVER_AWAY)
        self.world.server.start()

    def kill_agent(self):
        for each in self.world.agents.values():
            each.kill()
        self._pause(0.0, self.AGENT_AWAY)
        self._keep_one_agent()

    def kill_both(self):
        killed = [self.world.server, *self.world.agents.values()]
        self.rng.shuffle(killed)
        for each in killed:
            each.kill()
        self._pause(0.0, self.BOTH_AWAY)
        self.world.server.start()
        self._keep_one_agent()

    def _keep_one_agent(self):
        name = self.rng.choice(sorted(self.world.agents))
        if not any(each.alive() for each in self.world.agents.values()):
            self.world.agents[name].start()

    def _pause(self, least, most):
        self._wait.wait(self.rng.uniform(least, most))
