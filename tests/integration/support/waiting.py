"""Waiting for events: lines of a pipe, changes of a folder. Nothing here sleeps; every wait has a deadline."""

import contextlib
import ctypes
import os
import re
import select
import threading
import time

DEADLINE_S = float(os.environ.get("TEST_DEADLINE_S", "30"))


class Lines:
    """The lines of a pipe, read by a thread as they come."""

    def __init__(self, stream, name):
        self.name = name
        self.lines = []
        self.raw = []  # the same, as bytes
        self.ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        # a server that cuts a stream with something of it unsent resets the connection: that is an end, too
        with contextlib.suppress(ConnectionResetError):
            for line in stream:
                with self._changed:
                    self.raw.append(line)
                    self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def wait(self, find, what, timeout=DEADLINE_S, start=0):
        """The first true find(line) from line `start` on."""
        end = time.monotonic() + timeout
        with self._changed:
            index = start
            while True:
                while index < len(self.lines):
                    found = find(self.lines[index])
                    if found:
                        return found
                    index += 1
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    why = "ended" if self.ended else f"said nothing of it within {timeout} s"
                    tail = "\n".join(self.lines[-25:])
                    raise AssertionError(f"{self.name} {why}: {what}\nits last lines:\n{tail}")
                self._changed.wait(left)

    def wait_for(self, pattern, timeout=DEADLINE_S, start=0):
        """The match of a regular expression in a line that is there or comes."""
        return self.wait(re.compile(pattern).search, f"no line matches {pattern!r}", timeout, start)

    def finish(self, timeout=DEADLINE_S):
        self._thread.join(timeout)

    def text(self):
        return "\n".join(self.lines)


_libc = ctypes.CDLL(None, use_errno=True)
_IN_EVENTS = 0x100 | 0x80 | 0x8  # create, moved to, closed after writing


class Folder:
    """A folder tree; waits by inotify until something in it is as wanted."""

    def __init__(self, path):
        self.path = str(path)
        self._fd = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        self._watched = set()

    def close(self):
        os.close(self._fd)

    def _watch(self):
        """Watches folders that are new; whether there were any."""
        new = False
        for folder, _, _ in os.walk(self.path):
            if folder not in self._watched:
                _libc.inotify_add_watch(self._fd, folder.encode(), _IN_EVENTS)
                self._watched.add(folder)
                new = True
        return new

    def wait(self, find, what, timeout=DEADLINE_S):
        """The first true find(), called again whenever something in the tree has changed."""
        end = time.monotonic() + timeout
        while True:
            new = self._watch()
            found = find()
            if found:
                return found
            if new:
                continue
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                raise AssertionError(f"{self.path}: not within {timeout} s: {what}")
            os.read(self._fd, 65536)

