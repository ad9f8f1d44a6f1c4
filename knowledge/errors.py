"""One exception tree, and the problem codes a report may carry.

Every message is Chinese and says what, where, what is allowed, what to do (of-core's ladder: clear, concise, actionable).
"""

from __future__ import annotations


class JianzhengError(Exception):
    """Root of every error this project raises on purpose; ``str(error)`` is a Chinese sentence for the user."""


class RejectedFile(JianzhengError):
    """A file that is refused whole 拒收; the library stays as it was."""


class NotFound(JianzhengError):
    """A reference that names nothing in the library."""


class Ambiguous(JianzhengError):
    """A reference or name that fits several things; ``candidates`` lists them."""

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class LibraryLocked(JianzhengError):
    """Another process is writing to the library."""


class LibraryDamaged(JianzhengError):
    """The store does not open or fails its integrity check."""


class BadRule(JianzhengError):
    """Rule, policy or lexicon data that does not validate."""


class BadSetting(JianzhengError):
    """A setting whose value is not allowed."""


# code → (title, what it means and what to do). Tests check that every code used is listed here.
PROBLEMS: dict[str, tuple[str, str]] = {
    "LAW_EMPTY": ("法规没有正文", "文件只有标题和题注。请核对来源文件，换成完整文本后重新入库。"),
    "LAW_NO_TITLE": ("法规没有标题", "没有认出标题，已用文件名代替。请在文件第一行写明标题后重新入库。"),
    "LAW_UNDATED": ("法规没有日期", "文件名和题注都没有日期，时间效力按未知处理。请在文件名后加（YYYY-MM-DD）或补充题注。"),
    "LAW_MISSING_ARTICLE": ("缺条", "条号不连续，缺少的条没有可引用的文本。请与公布文本核对。"),
    "LAW_REPEATED_ARTICLE": ("重条", "同一条号出现两次，两处都已收录。请与公布文本核对。"),
    "LAW_INLINE_ARTICLE": ("连排的条", "条号没有另起一行，已按条号拆开。请与公布文本核对。"),
    "LAW_FIRST_ARTICLE": ("不从第一条开始", "正文第一个条号不是第一条；如不是分编文件，前面的条号可能缺失。请与公布文本核对。"),
}
