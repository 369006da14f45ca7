"""`sluiced serve` on a disk of its own, and the machine's power lost: what was not on the disk is not there afterwards."""

import fcntl
import os
import random
import struct
import subprocess
import time
import uuid

import pytest
from service import Service
from support.waiting import DEADLINE_S

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, which XFS has as well
NOTHING_FLUSHED = 2
PAUSE_S = 0.02  # between two looks whether a disk is free: the kernel tells nobody
# of what the kernel says of a boot, in a mount namespace of its own: after a power loss it is another one
WRAP = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"')


class Disk:
    """An ext4 in a file that can be switched off: nothing that is not on the disk reaches it any more."""

    def __init__(self, folder, megabytes):
        self.file, self.path, self.boot_id = folder / "disk.img", folder / "disk", folder / "boot-id"
        self.path.mkdir()
        with open(self.file, "wb") as file:
            file.truncate(megabytes << 20)
        self._run("mkfs.ext4", "-q", "-F", self.file)
        self.mount()

    def _run(self, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True)
        if done.returncode != 0:
            why = f"{command[0]} fails here ({done.stderr.strip()}): run as root with CAP_SYS_ADMIN and loop devices"
            pytest.fail(f"a disk that can be switched off cannot be made: {why}", pytrace=False)

    def mount(self):
        self.boot_id.write_text(f"{uuid.uuid4()}\n")
        self._run("mount", "-o", "loop", self.file, self.path)

    def switch_off(self):
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", NOTHING_FLUSHED))
        finally:
            os.close(folder)

    def close(self):
        """Returns when nobody has it any more: mounted before that, it would be the one that was switched off."""
        subprocess.run(["umount", self.path], check=True)
        end = time.monotonic() + DEADLINE_S
        while subprocess.run(["losetup", "--associated", self.file], check=True, capture_output=True).stdout:
            assert time.monotonic() < end, "the disk is still in use: the mount namespaces of killed processes do not end"
            time.sleep(PAUSE_S)


@pytest.fixture
def disk(folder, stand):
    made = Disk(folder, stand.pick(1000, 8000))
    yield made
    made.close()


def test_the_power_is_lost(stand, serve_real, disk):
    service = Service(stand, serve_real, data=disk.path / "data", wrap=(*WRAP, disk.boot_id))
    service.begin()
    service.go()
    dice = random.Random(8)
    for _ in range(stand.pick(2, 20)):
        # the kernel writes back by itself after 5 s and more
        service.let_run(dice.random() * stand.pick(2, 12))
        # what is stored by now is stored for ever
        service.history.note_contents()
        moment = time.time()
        service.kill_supervisor(all_processes=True, meanwhile=disk.switch_off)
        disk.close()
        disk.mount()
        service.next_life()
        service.recover(moment)

    service.end("power loss", {"lost_spool"})
