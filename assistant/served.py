"""The library as a server of many people sees it: the same answers as ``World``, what was read once is remembered, safe between threads."""

from __future__ import annotations

from functools import cached_property

from assistant.audit_world import RememberingWorld, _Remembered
from knowledge.scan import Haystack

MOST_TERMS = 2000  # names whose places are kept


class ServedWorld(RememberingWorld):
    """For the pages and the API; ``site`` makes a new one when the library has changed."""

    @cached_property
    def haystack(self) -> Haystack:
        """All norm texts, for exhaustive scans; a term is looked for once while it is among the last ones."""
        return _Bounded(self.library)


class _Bounded(_Remembered):
    """Forgets what was found when visitors have asked for too many different words."""

    def find(self, term: str) -> list[tuple[int, int]]:
        """See ``Haystack``."""
        if len(self._found) > MOST_TERMS:
            self._found = {}
        return super().find(term)
