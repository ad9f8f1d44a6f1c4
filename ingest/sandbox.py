"""Readers run in child processes with limits on time, memory and output, so that a bad file costs its own reading and nothing else.

The children are kept and used again. What comes back is unpickled with nothing but the block types allowed, so that a child taken over by a
hostile file cannot reach this process. Small plain text is read here: there is no parser to attack.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import logging
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from ingest.blocks import Blocks, Cell, Paragraph, Table
from ingest.sandbox_limits import Limits
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

log = logging.getLogger(__name__)

DIRECT_BYTES = 8 * 1024 * 1024
_DIRECT = frozenset({"md", "txt"})
_ALLOWED: dict[tuple[str, str], type] = {(c.__module__, c.__qualname__): c for c in (Blocks, Cell, Paragraph, Table, Locator, Problem)}
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START")
_MARGIN = 60  # seconds after which a child that should have ended itself is ended
_TIME = "文件《{}》读了 {} 秒仍未读完，已停止，没有入库。文件可能过于复杂或有害；请拆分，或另存一份再导入。"
_MEMORY = "读取文件《{}》的进程被系统终止（内存不足，或文件有害），没有入库。请检查该文件，或拆分后再导入。"
_CRASH = "读取文件《{}》的部件崩溃（{}），没有入库。文件可能已损坏或有害；请重新导出或另存一份再导入。"
_NOT_STARTED = "读取文件《{}》的进程没有启动（{}），没有入库。请检查系统资源后重试。"


def read_safely(data: bytes, name: str, format_: str, limits: Limits | None = None) -> Blocks:
    """Read a file of a recognised format in a child process.

    ``limits``: other than the default ones (a child of its own is started). Raises :class:`RejectedFile`: what the reader refused, or that the
    reading took too long, too much memory, or crashed.
    """
    if format_ in _DIRECT and len(data) <= DIRECT_BYTES:
        from ingest.formats import read_here

        return read_here(data, name)
    if limits is not None:
        child = _start(name, limits)
        try:
            return child.read(data, name)
        finally:
            child.end()
    return _pool.read(data, name)


class _Gone(Exception):
    """The child had ended before the job reached it."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = _ALLOWED.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name} is not a block")
        return found


class _Child:
    """One reading process, doing one file at a time."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.last = limits, False
        environment = {k: os.environ[k] for k in _KEPT_ENVIRONMENT if k in os.environ}
        environment |= {
            "PYTHONPATH": os.pathsep.join(str(Path(p).resolve()) for p in sys.path),
            "PYTHONIOENCODING": "utf-8",
            "OMP_NUM_THREADS": "2",
        }
        command = [sys.executable, "-P", "-m", "ingest.sandbox_child", json.dumps(asdict(limits))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def read(self, data: bytes, name: str) -> Blocks:
        """Raises :class:`RejectedFile`, or :class:`_Gone` when the job did not reach the child."""
        give, take = self.process.stdin, self.process.stdout
        assert give is not None and take is not None
        label = PurePath(name).name
        encoded = name.encode("utf-8", "surrogatepass")
        try:
            give.write(struct.pack("!II", len(encoded), len(data)) + encoded)
            give.write(data)
            give.flush()
        except OSError as error:
            raise _Gone from error
        deadline = time.monotonic() + self.limits.total_seconds + _MARGIN
        head = self._take(10, deadline, label)
        body = self._take(struct.unpack("!Q", head[2:])[0], deadline, label) if len(head) == 10 else b""
        if len(head) < 10:
            raise self._ended(label)
        self.last = head[1:2] == b"."
        if head[:1] == b"R":
            raise RejectedFile(body.decode("utf-8", "replace"))
        try:
            blocks = _Unpickler(io.BytesIO(body)).load()
        except Exception as error:
            self.last = True
            raise RejectedFile(_CRASH.format(label, "结果无效")) from error
        if not isinstance(blocks, Blocks):
            self.last = True
            raise RejectedFile(_CRASH.format(label, "结果无效"))
        return blocks

    def _take(self, size: int, deadline: float, label: str) -> bytes:
        """Up to ``size`` bytes; fewer when the child ends, or is ended because the deadline has passed."""
        assert self.process.stdout is not None
        handle = self.process.stdout.fileno()
        out = bytearray()
        while len(out) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                self.process.kill()
                raise RejectedFile(_TIME.format(label, self.limits.total_seconds))
            part = os.read(handle, min(size - len(out), 1 << 20))
            if not part:
                break
            out += part
        return bytes(out)

    def _ended(self, label: str) -> Exception:
        self.last = True
        try:
            code = self.process.wait(timeout=_MARGIN)
        except subprocess.TimeoutExpired:  # it hung up, but hangs while ending
            self.process.kill()
            self.process.wait()
            return _Gone()
        if code == 0:
            return _Gone()
        if code == -signal.SIGALRM:
            return RejectedFile(_TIME.format(label, self.limits.step_seconds))
        if code == -signal.SIGXCPU:
            return RejectedFile(_TIME.format(label, self.limits.step_cpu_seconds))
        if code == -signal.SIGKILL:
            return RejectedFile(_MEMORY.format(label))
        name = signal.Signals(-code).name if code < 0 else f"退出码 {code}"
        return RejectedFile(_CRASH.format(label, name))

    def end(self) -> None:
        """Close the pipes, which ends an idle child; end a busy one."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _start(name: str, limits: Limits) -> _Child:
    try:
        return _Child(limits)
    except OSError as error:
        raise RejectedFile(_NOT_STARTED.format(PurePath(name).name, error.strerror)) from error


class _Pool:
    """Idle children, most recently used first; as many at once as there are processors, at least two."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.idle: list[_Child] = []
        self.lock = threading.Lock()
        self.free = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
        self.owner = os.getpid()

    def read(self, data: bytes, name: str) -> Blocks:
        with self.free:
            while True:
                child, used = self._get(name)
                try:
                    return child.read(data, name)
                except _Gone:
                    child.last = True
                    if not used:
                        raise RejectedFile(_CRASH.format(PurePath(name).name, "未能开始")) from None
                finally:
                    self._put(child)

    def _get(self, name: str) -> tuple[_Child, bool]:
        with self.lock:
            if self.owner != os.getpid():  # forked: these children are the parent's
                self.idle, self.owner = [], os.getpid()
            while self.idle:
                child = self.idle.pop()
                if child.process.poll() is None:
                    return child, True
                child.end()
        return _start(name, self.limits), False

    def _put(self, child: _Child) -> None:
        if child.last or child.process.poll() is not None:
            child.end()
            return
        with self.lock:
            self.idle.append(child)

    def close(self) -> None:
        """End the idle children."""
        if self.owner == os.getpid():
            with self.lock:
                for child in self.idle:
                    child.end()
                self.idle = []


_pool = _Pool(Limits())
atexit.register(_pool.close)
