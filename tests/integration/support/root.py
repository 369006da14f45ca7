"""A root directory like this machine's whose changes go nowhere: an overlay, seen by the processes in it alone."""

import os
import subprocess
from pathlib import Path

import pytest

from .waiting import DEADLINE_S

# What differs from this machine: nothing of it runs, and /run and /tmp are empty. /proc is its own, and so is the network.
ENTER = """set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t tmpfs tmpfs "$1/root/tmp"
mount -t tmpfs tmpfs "$1/root/run"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
exec chroot "$1/root" /bin/sh -c "echo ready; exec cat"
"""


class Root:
    def __init__(self, folder):
        self.folder = folder
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        command = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", ENTER, "sh", folder]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.holder = subprocess.Popen([str(word) for word in command], text=True, **pipes)
        if self.holder.stdout.readline() != "ready\n":
            why = self.holder.stderr.read().strip()
            pytest.fail(f"a root of its own cannot be made here ({why}): run as root with CAP_SYS_ADMIN", pytrace=False)
        # the first process of the new ones: whoever shares its namespaces is in that root
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()
        self.enter = ["nsenter", f"--target={children[0]}", "--mount", "--pid", "--net", "--root", "--wd", "--"]
        self.path = Path(f"/proc/{children[0]}/root")

    def start(self, *command, **options):
        return subprocess.Popen([*self.enter, *map(str, command)], cwd="/", **options)

    def run(self, *command, status=0, env=None):
        """What a command printed in there; it must end with this status."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        process = self.start(*command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", **(env or {})}, **pipes)
        output = process.communicate(timeout=DEADLINE_S)[0]
        assert process.returncode == status, f"{command}: {process.returncode}\n{output}"
        return output

    def changed(self):
        """Paths below / that are there and were changed or made since it was."""
        for folder, names, files in os.walk(self.folder / "upper"):
            for name in names + files:
                path = Path(folder, name)
                if not path.is_char_device():  # one that was removed
                    yield str(path.relative_to(self.folder / "upper"))

    def close(self):
        self.holder.stdin.close()
        self.holder.wait(DEADLINE_S)
