"""Raw sockets, for what no decent client sends."""

import select
import socket
import time


class Wire:
    """One connection. What it reads it keeps."""

    def __init__(self, port, receive_bytes=0):
        self.sock = socket.socket()
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.sock.settimeout(10)
        self.sock.connect(("127.0.0.1", port))
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        """Sends all of it; false when the peer has had enough."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def read_to_end(self, seconds=10.0):
        """Everything until the peer closes; `closed` says whether it did."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.sock.settimeout(left)
            try:
                piece = self.sock.recv(65536)
            except TimeoutError:
                return self.got, False
            except OSError:
                return self.got, True
            if not piece:
                return self.got, True
            self.got += piece
        return self.got, False

    def closed(self):
        """Whether the peer has closed, without waiting."""
        readable, _, _ = select.select([self.sock], [], [], 0)
        if not readable:
            return False
        try:
            piece = self.sock.recv(65536)
        except OSError:
            return True
        self.got += piece
        return not piece


def head(verb, target, token="", *fields):
    """The bytes of a request's head."""
    lines = [f"{verb} {target} HTTP/1.1", "Host: here"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, *fields, "", ""]).encode()


def exchange(port, data, seconds=10.0):
    """Sends bytes, says that nothing follows, and reads to the end: (status or 0, answer)."""
    with Wire(port) as wire:
        wire.send(data)
        try:
            wire.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        got, closed = wire.read_to_end(seconds)
    if not closed:
        return -1, got
    return status_of(got), got


def status_of(got):
    """The status of an answer; 0 when there was none."""
    words = got.split(b" ", 2)
    return int(words[1]) if got.startswith(b"HTTP/1.") and words[1].isdigit() else 0
