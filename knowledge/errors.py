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
PROBLEMS: dict[str, tuple[str, str]] = {}
