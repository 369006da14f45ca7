"""Workers that fail when they are told to (tests/tools/faults/README.md): a bin folder of their own, and their orders."""

import os
import shutil
import struct
import tempfile
import uuid
from pathlib import Path

CALLS = "openat pread pwrite write fsync fdatasync renameat linkat unlinkat mkdirat ftruncate fallocate send".split()


class Faults:
    """A bin folder in which the workers take orders; `build` stands in for the build folder."""

    def __init__(self, build, folder):
        self.real = build / "bin"
        self.build = folder / "faulty"
        self.folder = folder
        bin = self.build / "bin"
        bin.mkdir(parents=True)
        # sluiced finds its children beside itself: it must be a file of its own
        shutil.copy2(self.real / "sluiced", bin / "sluiced")
        shutil.copy2(self.real / "fault-launcher", bin / "sluice-worker")
        (bin / "sluice-subscriber").symlink_to(self.real / "sluice-subscriber")
        self.order()

    def order(self, pipeline=None, program="sluice-worker", **values):
        """Orders for one pipeline's workers from their next start on; for all that have none of their own: None."""
        file = self.build / "bin" / ("sluice-worker.orders" + (f".{pipeline}" if pipeline else ""))
        lines = {"PROGRAM": self.real / program, **values}
        temporary = file.with_suffix(".tmp")
        temporary.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        temporary.rename(file)

    def order_subscribers(self, **values):
        """Orders for all subscribers from their next start on."""
        program = self.build / "bin" / "sluice-subscriber"
        program.unlink()
        shutil.copy2(self.real / "fault-launcher", program)
        lines = {"PROGRAM": self.real / program.name, **values}
        program.with_suffix(".orders").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    def order_no_memory(self, pipeline, at=0):
        """The at-th allocation (0: none, they are counted) of one pipeline's workers fails."""
        self._counter(pipeline).write_bytes(bytes(4096))
        self.order(pipeline, LD_PRELOAD=self.real / "memory-shim.so", MEMORY_COUNTER=self._counter(pipeline), MEMORY_AT=at)

    def order_refusals(self, times):
        """The next so many workers refuse their configuration; those behind them run."""
        marks = Path(tempfile.mkdtemp(dir=self.folder))
        script = marks / "refuse"
        lines = ["#!/bin/sh"]
        lines += [f"mkdir {marks}/{number} 2>/dev/null && exit 2" for number in range(times)]
        script.write_text("\n".join([*lines, f"exec {self.real}/sluice-worker", ""]))
        script.chmod(0o700)
        self.order(program=script)

    def order_fault(self, pipeline, store, action="", at=0, kinds=CALLS, program="sluice-worker", **values):
        """The at-th of these calls (0: none, they are counted) of one pipeline's workers: kill-before, eio …"""
        self._counter(pipeline).write_bytes(bytes(4096))
        self.order(
            pipeline,
            program,
            LD_PRELOAD=self.real / "fault-shim.so",
            ASAN_OPTIONS="verify_asan_link_order=0",
            FAULTS_COUNTER=self._counter(pipeline),
            FAULTS_STORE=store,
            FAULTS_KINDS=",".join(kinds),
            FAULTS_AT=at,
            FAULTS_ACTION=action,
            **values,
        )

    def _counter(self, pipeline):
        return self.folder / f"calls-{pipeline}"

    def calls(self, pipeline):
        """How many calls of those kinds its workers have made."""
        return struct.unpack("QQ", self._counter(pipeline).read_bytes()[:16])[0]

    def fired(self, pipeline):
        """When the ordered one came, as time.time(); 0: it has not."""
        return struct.unpack("QQ", self._counter(pipeline).read_bytes()[:16])[1] / 1000


class PowerLoss:
    """What a power loss leaves of a pipeline's spool when nothing had reached the disk by itself."""

    def __init__(self, folder, pipeline):
        self.kept = folder / f"durable-{pipeline}"
        self.kept.mkdir()
        self.boot_id = folder / f"boot-id-{pipeline}"
        self.reboot()

    def orders(self):
        return {"FAULTS_DURABLE": self.kept, "FAULTS_BOOT_ID": self.boot_id}

    def reboot(self):
        self.boot_id.write_text(f"{uuid.uuid4()}\n")

    def strike(self, spool):
        """Its workers have ended: the folder becomes what was durable, and the machine starts again."""
        listing = self.kept / "names"
        names = [line.split(" ", 1) for line in listing.read_text().splitlines()] if listing.exists() else []
        shutil.rmtree(spool)
        spool.mkdir(mode=0o700)
        for inode, name in names:
            data = self.kept / f"{inode}.data"
            (spool / name).write_bytes(data.read_bytes() if data.exists() else b"")
        for path in self.kept.iterdir():
            path.unlink()
        self._keep_all(spool)
        self.reboot()

    def _keep_all(self, spool):
        """All that is there after a power loss is on the disk."""
        lines = []
        for path in spool.iterdir():
            inode = path.stat().st_ino
            shutil.copy(path, self.kept / f"{inode}.data")
            os.link(path, self.kept / f"{inode}.link")
            lines.append(f"{inode} {path.name}\n")
        (self.kept / "names").write_text("".join(lines))


def spool_of(data_dir, pipeline):
    (folder,) = (Path(data_dir) / "spool").glob(f"{pipeline}-????????")
    return folder
