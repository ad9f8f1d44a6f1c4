"""Old Word and WPS files (.doc, .wps) and .rtf: converted to .docx by LibreOffice where it is installed, else refused with how to convert."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from ingest.blocks import Blocks
from ingest.read_docx import read_docx
from ingest.sandbox_limits import limits_for_program, rearm
from knowledge.errors import RejectedFile

SECONDS = 150
_HOW = "请在 Word 或 WPS 中打开，另存为 .docx 再导入。"
_ENCRYPTED = 0x0100  # fEncrypted in the flags of the file information block [MS-DOC] 2.5.2
_WORD = 0xA5EC


def read_doc(data: bytes, name: str) -> Blocks:
    """Convert and read. Macros are not run; nothing is fetched.

    Raises :class:`RejectedFile` where LibreOffice is missing, and for files that it cannot convert or that have a password.
    """
    if _has_password(data):
        raise RejectedFile(f"文件《{name}》设有打开密码。请去掉密码另存后再导入。")
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise RejectedFile(f"文件《{name}》是旧式文档（.doc、.wps 或 .rtf），本机没有安装转换部件 LibreOffice。{_HOW}")
    rearm()
    with tempfile.TemporaryDirectory(prefix="jianzheng-") as folder:
        kind = "rtf" if data.startswith(b"{\\rtf") else "doc"
        source = Path(folder) / f"source.{kind}"
        source.write_bytes(data)
        if not _convert(program, source, Path(folder)):
            raise RejectedFile(f"文件《{name}》转换超过 {SECONDS} 秒，已停止。{_HOW}")
        made = source.with_suffix(".docx")
        if not made.is_file() or made.stat().st_size == 0:
            raise RejectedFile(f"文件《{name}》转换不了，可能已损坏或格式特殊。{_HOW}")
        converted = made.read_bytes()
    return read_docx(converted, name)


def _convert(program: str, source: Path, folder: Path) -> bool:
    """Run the converter with a profile of its own; False when it took too long and was ended with all its children."""
    command = [
        program,
        "--headless",
        "--norestore",
        "--nolockcheck",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to",
        "docx:MS Word 2007 XML",
        "--outdir",
        str(folder),
        str(source),
    ]
    quiet = subprocess.DEVNULL
    environment = {k: os.environ[k] for k in ("PATH", "LANG", "LC_ALL", "TMPDIR") if k in os.environ} | {"HOME": str(folder)}
    running = subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=quiet, env=environment, start_new_session=True, preexec_fn=limits_for_program
    )
    try:
        running.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    return True


def _has_password(data: bytes) -> bool:
    """True for an encrypted Word binary file: its stream begins at a sector of 512 bytes with the file information block."""
    for at in range(512, min(len(data), 4_000_000) - 12, 512):
        if int.from_bytes(data[at : at + 2], "little") == _WORD:
            return bool(int.from_bytes(data[at + 10 : at + 12], "little") & _ENCRYPTED)
    return False
