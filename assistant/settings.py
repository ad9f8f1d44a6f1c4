"""One frozen ``Settings`` from a TOML file and the environment, read once and passed down."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from knowledge.errors import BadSetting

PREFIX = "JIANZHENG_"
CORPORA = Path(__file__).resolve().parents[1] / "corpora"


def default_library() -> Path:
    """The user's data folder: ``$XDG_DATA_HOME/jianzheng`` or ``~/.local/share/jianzheng``."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "jianzheng"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between installations. Environment: ``JIANZHENG_`` + the name in capitals."""

    library: Path = Path()  # folder of the store and the indexes
    database_url: str | None = None  # SQLAlchemy URL in place of the folder's SQLite file
    embedding: str = "offline"  # offline | a local model folder | openai:<model>
    embedding_url: str | None = None  # OpenAI-compatible address for embedding = openai:…
    model: str | None = None  # chat model that may reword answers; none by default
    model_url: str | None = None  # OpenAI-compatible address of that model
    model_key: str | None = None
    host: str = "127.0.0.1"
    port: int = 7860
    corpora: Path | None = CORPORA  # shipped corpora brought in on first start; empty = none
    region: str | None = None  # region assumed when a question names none
    jobs: int = 0  # reading processes; 0 = by the machine


_PATHS = frozenset({"library", "corpora"})
_NUMBERS = frozenset({"port", "jobs"})
_SECRET = frozenset({"model_key"})


def load_settings(
    *, library: str | Path | None = None, file: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Defaults, then the TOML file, then the environment, then the command line.

    Args:
        library: the ``--library`` option.
        file: a TOML file; default ``$JIANZHENG_CONFIG``, else ``jianzheng.toml`` in the library's folder when there is one.
        environ: the environment; default the process's own.

    Raises:
        BadSetting: an unknown name or a value that is not allowed.
    """
    environ = os.environ if environ is None else environ
    folder = Path(library or environ.get(f"{PREFIX}LIBRARY") or default_library())
    chosen = file or environ.get(f"{PREFIX}CONFIG")
    path = Path(chosen) if chosen else folder / "jianzheng.toml"
    values = _from_file(path, required=bool(chosen))
    names = {item.name for item in fields(Settings)}
    values |= {name: environ[f"{PREFIX}{name.upper()}"] for name in names if environ.get(f"{PREFIX}{name.upper()}") is not None}
    if library or "library" not in values:
        values["library"] = str(folder)
    return _checked(values)


def _from_file(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.is_file():
        if required:
            raise BadSetting(f"设置文件 {path} 不存在。请检查路径，或去掉 JIANZHENG_CONFIG。")
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"设置文件 {path} 读不了：{error}。它应是 UTF-8 的 TOML 文件。") from error
    unknown = sorted(set(values) - {item.name for item in fields(Settings)})
    if unknown:
        allowed = "、".join(item.name for item in fields(Settings))
        raise BadSetting(f"设置文件 {path} 中有不认识的设置：{'、'.join(unknown)}。可用：{allowed}。")
    return values


def _checked(values: Mapping[str, Any]) -> Settings:
    result = Settings()
    for name, value in values.items():
        result = replace(result, **{name: _converted(name, value)})
    if not 1 <= result.port <= 65535:
        raise BadSetting(f"port 应在 1 到 65535 之间，现为 {result.port}。")
    return result


def _converted(name: str, value: Any) -> Any:
    text = str(value).strip()
    if name in _NUMBERS:
        if not text.isdecimal():
            raise BadSetting(f"设置 {name} 应是整数，现为“{text}”。")
        return int(text)
    if name in _PATHS:
        return Path(text).expanduser() if text else None
    return text or None


def shown(settings: Settings) -> dict[str, str | int | None]:
    """The settings as they may be printed: secrets only as set or not."""
    values: dict[str, str | int | None] = {}
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if item.name in _SECRET:
            value = "（已设）" if value else None
        values[item.name] = str(value) if isinstance(value, Path) else value
    return values
