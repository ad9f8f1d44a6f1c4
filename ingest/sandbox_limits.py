"""Limits that a reading process sets on itself: memory, processor time, time on the clock; no network, no core files.

A process that passes a limit is ended by the kernel, whatever code it is in; the process that asked for the reading says so in words.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any, NoReturn

PROGRAM_CPU_SECONDS = 120
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # unshare(2)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may use. A step is a page of a PDF or scan, or the whole file where there are no pages."""

    step_seconds: int = 300  # on the clock; the machine may be busy
    step_cpu_seconds: int = 90
    total_seconds: int = 3600
    memory_mb: int = 4096  # address space
    file_mb: int = 600  # largest file written (conversions)


_limits: Limits | None = None
_ends_at = 0.0


def confine(limits: Limits) -> None:
    """Bind this process, for good: called once, before any reader is loaded."""
    global _limits
    _limits = limits
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for what, megabytes in ((resource.RLIMIT_AS, limits.memory_mb), (resource.RLIMIT_FSIZE, limits.file_mb)):
        _, hard = resource.getrlimit(what)
        size = megabytes * 1024 * 1024
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(what, (size, size))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    _leave_network()


def begin() -> None:
    """A new file: start its clock. Does nothing in a process that is not confined."""
    global _ends_at
    if _limits is not None:
        _ends_at = time.monotonic() + _limits.total_seconds
        rearm()


def rearm() -> None:
    """A new step: start the clock and the count of processor time anew. Does nothing in a process that is not confined."""
    if _limits is None:
        return
    left = _ends_at - time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, max(min(float(_limits.step_seconds), left), 0.001))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + _limits.step_cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def finish() -> None:
    """The file is read: stop the clock."""
    if _limits is not None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def limits_for_program() -> None:
    """For a program started from here, before it runs: processor time of its own; the other limits are inherited."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (PROGRAM_CPU_SECONDS if hard == resource.RLIM_INFINITY else min(PROGRAM_CPU_SECONDS, hard), hard)
    )


def _leave_network() -> None:
    """Into a network of its own with nothing in it, where the kernel lets us; and no sockets from Python in any case."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux
        ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER | _NEW_NETWORK)
    os.environ["no_proxy"] = "*"

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError("no network in a reading process")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        setattr(socket.socket, name, refuse)
