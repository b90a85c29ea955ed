"""A way between two programs that can be cut: TCP on loopback, passed on by threads."""

import select
import socket
import threading

PIECE = 1 << 16


class Relay:
    """Passes connections on to a port of loopback, for a `with`. Any thread may cut it.

    On another `host` it lets those in who reach this machine there, as Pods do.
    """

    def __init__(self, port, host="127.0.0.1"):
        self._to = port
        self._cut = threading.Event()
        self._over = threading.Event()
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._listener.close()

    def cut(self):
        """Ends every connection, and from now on each new one."""
        self._cut.set()

    def mend(self):
        self._cut.clear()

    def _accept(self):
        while not self._over.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near):
        with near:
            if self._cut.is_set():
                return
            try:
                with socket.create_connection(("127.0.0.1", self._to)) as far:
                    self._pump(near, far)
            except OSError:
                return

    def _pump(self, near, far):
        other = {near: far, far: near}
        while not (self._cut.is_set() or self._over.is_set()):
            for ready in select.select([near, far], [], [], 0.05)[0]:
                piece = ready.recv(PIECE)
                if not piece:
                    return
                other[ready].sendall(piece)
