"""Turns the process it runs in into a server: as the right user, and bound to the life of its parent.

It runs as a script of its own (`python -I -S exec_as.py ... -- command`) between fork and exec, so that no Python
runs in a forked copy of a larger process. The kernel is asked to send `--signal` when the parent dies, however it
dies. PostgreSQL refuses to run as root; with `--user` the process becomes that user first. If the files named by
`--reach` lie beneath folders closed to that user (a home folder of mode 0700), it keeps one capability, to pass
through folders, and nothing outside our own folder is ever made more open.
"""

import argparse
import contextlib
import ctypes
import os
import sys

UNREACHABLE = 126

_SET_DEATH_SIGNAL = 1
_SET_SECUREBITS = 28
_SET_NO_NEW_PRIVILEGES = 38
_AMBIENT = 47
_AMBIENT_RAISE = 2
# keeps capabilities through setuid, and lets access(2), which PostgreSQL asks about its own files, honour them
_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION = 0x20080522
# to read and pass through any folder; where a container withholds it, the broader one to ignore permissions
_READ_SEARCH = 2
_OVERRIDE = 1


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


class _Kernel:
    """The few calls that Python does not offer; `available` is false where the kernel is not Linux."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self.available = hasattr(self._library, "prctl") and hasattr(self._library, "capset")

    def prctl(self, option: int, *arguments: int) -> None:
        """Set an attribute of this process or raise OSError."""
        padded = (*arguments, 0, 0, 0, 0)[:4]
        if self._library.prctl(ctypes.c_int(option), *(ctypes.c_ulong(argument) for argument in padded)) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option})")

    def permitted(self) -> int:
        """Return the first 32 capabilities that this process may use, as bits."""
        sets = (_Sets * 2)()
        self._library.capget(ctypes.byref(_Header(_CAPABILITY_VERSION, 0)), sets)
        return int(sets[0].permitted)

    def hold(self, effective: int, permitted: int) -> None:
        """Set the capabilities of this process, given as bits, or raise OSError."""
        sets = (_Sets * 2)(_Sets(effective, permitted, effective))
        if self._library.capset(ctypes.byref(_Header(_CAPABILITY_VERSION, 0)), sets) != 0:
            raise OSError(ctypes.get_errno(), "capset")


def main(arguments: list[str]) -> int:
    """Become the command after `--`; return only if that cannot be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("--reach", action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(arguments)
    kernel = _Kernel()
    if given.user is not None:
        closed = _become(kernel, given.user, given.group, given.reach)
        if closed is not None:
            sys.stderr.write(f"cannot reach {closed}\n")
            return UNREACHABLE
    if kernel.available:
        # after the change of user, which would clear it
        kernel.prctl(_SET_DEATH_SIGNAL, given.signal)
        if os.getppid() != given.parent:
            return 0  # the parent died before the kernel was told
    try:
        os.execv(given.command[0], given.command)  # noqa: S606 - becoming the command is what this is for
    except OSError as error:
        sys.stderr.write(f"cannot start {given.command[0]}: {error.strerror}\n")
    return UNREACHABLE


def _become(kernel: _Kernel, user: int, group: int, needed: list[str]) -> str | None:
    """Change to the user with the least capability that reaches everything needed; return what it cannot reach."""
    if kernel.available:
        with contextlib.suppress(OSError):  # withheld by some containers: then there is no capability to keep
            kernel.prctl(_SET_SECUREBITS, _NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if not kernel.available:
        return _closed(needed)
    spare = kernel.permitted() & (1 << _READ_SEARCH | 1 << _OVERRIDE)
    for capability in (None, _READ_SEARCH, _OVERRIDE):
        bit = 0 if capability is None else 1 << capability
        if bit & spare != bit:
            continue
        kernel.hold(bit, spare)
        if _closed(needed) is None:
            kernel.hold(bit, bit)
            if capability is not None:
                kernel.prctl(_AMBIENT, _AMBIENT_RAISE, capability)
            kernel.prctl(_SET_NO_NEW_PRIVILEGES, 1)
            return None
    return _closed(needed)


def _closed(needed: list[str]) -> str | None:
    """Return the first path that this process may not enter or execute."""
    return next((path for path in needed if not os.access(path, os.R_OK | os.X_OK)), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
