"""A command on a terminal of its own: a pty, and the screen that its output makes."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from programs import FAIRLEAD

WORDS = re.compile(rb"\x1b\[(\??)(\d*(?:;\d+)*)([A-Za-z])")


class OnTerminal:
    """Runs a client command on a pty of `rows` x `columns`, and reads along."""

    def __init__(self, scratch, *words, rows=24, columns=100, cwd=None, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.columns = columns
        self.child = subprocess.Popen(
            [FAIRLEAD, *map(str, words)], stdin=slave, stdout=slave, stderr=slave,
            cwd=cwd or scratch.path, env=scratch.environment(TERM="xterm", **env),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.output = b""

    def read(self, seconds, holds=lambda output: False):
        """Reads until `holds(output)`, the end, or time is up; true if it held."""
        deadline = time.monotonic() + seconds
        while not holds(self.output):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                return False
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                return holds(self.output)
            if not piece:
                return holds(self.output)
            self.output += piece
        return True

    def interrupt(self):
        """Ctrl-C, as a person presses it."""
        os.write(self.master, b"\x03")

    def end(self, seconds=20):
        """Reads to the end: the exit code, or None when it had to be killed."""
        self.read(seconds)
        try:
            return self.child.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
            return None
        finally:
            os.close(self.master)

    def screen(self):
        """The lines on the screen, and whether the cursor can be seen."""
        lines, row, column, visible, at = [""], 0, 0, True, 0
        while at < len(self.output):
            found = WORDS.match(self.output, at)
            if found:
                private, number, word = found.groups()
                if private and number == b"25":
                    visible = word == b"h"
                elif word == b"A":
                    row = max(0, row - int(number or 1))
                elif word == b"J":
                    lines[row:] = [lines[row][:column]]
                elif word == b"K":
                    lines[row] = lines[row][:column]
                at = found.end()
                continue
            end = at + 1
            while end < len(self.output) and self.output[end] & 0xC0 == 0x80:
                end += 1
            character = self.output[at:end].decode(errors="replace")
            at = end
            if character == "\n":
                row += 1
                if row == len(lines):
                    lines.append("")
            elif character == "\r":
                column = 0
            else:
                line = lines[row].ljust(column)
                lines[row] = line[:column] + character + line[column + 1:]
                column += 1
        return [line.rstrip() for line in lines], visible
