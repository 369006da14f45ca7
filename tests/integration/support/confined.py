"""Runs a command below the system call filter of a unit: python confined.py UNIT COMMAND [ARGUMENT…].

What systemd makes of SystemCallFilter= and MemoryDenyWriteExecute=, by libseccomp and without systemd running: the sets
are those that `systemd-analyze syscall-filter` prints."""

import ctypes
import os
import re
import subprocess
import sys

ALLOW, ERRNO_EPERM = 0x7FFF0000, 0x00050000 | 1
MASKED_EQ = 7
PROT_WRITE_EXEC, PROT_EXEC = 0x6, 0x4


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("mask", ctypes.c_uint64), ("value", ctypes.c_uint64)]


def calls_of(name):
    """The system calls of a set ("@default") or the one of this name."""
    if not name.startswith("@"):
        return {name}
    printed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    members = [line.strip() for line in printed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls_of(member) for member in members))


def allowed_by(unit):
    """As systemd does: the first line is a list of what is allowed, ~ takes away from it."""
    allowed = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = set().union(*(calls_of(name) for name in line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed | calls_of("@default")


def confine(unit):
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ERRNO_EPERM))

    def allow(name, *compare):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # else this architecture has none of the name
            failed = seccomp.seccomp_rule_add(context, ALLOW, number, ctypes.c_uint(len(compare)), *compare)
            assert failed == 0, name

    allowed = allowed_by(unit)
    if "MemoryDenyWriteExecute=yes" in unit:
        # memory that is written and memory that is executed are two
        for bits in (0, 0x2, 0x4):
            allow("mmap", Compare(2, MASKED_EQ, PROT_WRITE_EXEC, bits))
        for name in ("mprotect", "pkey_mprotect"):
            allow(name, Compare(2, MASKED_EQ, PROT_EXEC, 0))
        allowed -= {"mmap", "mprotect", "pkey_mprotect", "shmat"}
    for name in sorted(allowed):
        allow(name)
    assert seccomp.seccomp_load(context) == 0


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        confine(file.read())
    os.execv(sys.argv[2], sys.argv[2:])
