"""Files of the spool damaged at every offset, over a disk in memory: a program of its own (tests/unit/spool)."""

import os
import re
import subprocess


def test_every_offset_truncated_zeroed_and_flipped(stand):
    """Commit record, segments, objects, saved memory: never a crash or a hang, the account adds up, nothing twice."""
    program = stand.build / "bin" / "spool_test_damage"
    environment = os.environ if stand.short else {**os.environ, "SLUICE_DAMAGE": "all"}
    done = subprocess.run([program], env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    stand.table.note("damaged files", sum(map(int, re.findall(r"(\d+) damages, 0 failed", done.stdout))))
