"""What every page shares: the library as it stands now, and where each page lives."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from assistant.access import NOBODY, Access, Person
from assistant.pages.register import Item, read_items
from assistant.world import World
from knowledge.regions import gazetteer, parse_region
from knowledge.store import Library

COOKIE = "jz_session"
log = logging.getLogger("jianzheng.pages")


@dataclass
class Site:
    """The running assistant. ``world`` is read again when another process has changed the library."""

    open_library: Callable[[], Library]
    access: Access
    open_writer: Callable[[], Library] | None = None  # None: the library cannot be changed from the pages
    pages: tuple[str, ...] = ("ask", "lists", "overview", "library")
    _world: World | None = None
    _items: tuple[World, tuple[Item, ...]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def world(self) -> World:
        """The library of this moment; the same object while nothing changed."""
        current = self._world
        if current is not None and current.library.revision() == current.revision:
            return current
        with self._lock:
            if self._world is None:
                self._world = World(self.open_library())
            elif self._world.library.revision() != self._world.revision:
                self._world = World(self._world.library)
            return self._world

    def person(self, request: Any) -> Person:
        """Who sends a request (Starlette's or Gradio's): the one door to a person's rights in every handler."""
        return self.access.who(request.cookies.get(COOKIE)) if request is not None else NOBODY

    def items(self) -> tuple[Item, ...]:
        """The rows of all lists, prepared once for one state of the library."""
        world = self.world()
        if self._items is None or self._items[0] is not world:
            self._items = (world, read_items(world))
        return self._items[1]

    def warm(self) -> None:
        """Answer once, so that the first person does not wait for the caches."""
        from assistant.decide import decide

        try:
            decide(self.world(), "办理公租房要收入证明吗")
            self.items()
        except Exception:
            log.exception("warming up failed")

    def find_regions(self, typed: str, limit: int = 12) -> list[str]:
        """Full names for what was typed; for nothing typed, the regions that have lists or norms of their own in the library."""
        typed = typed.strip()
        names = [name for name in gazetteer().by_name if typed in name] if typed else self._own_regions()
        own = set(self._own_regions())
        names.sort(key=lambda name: (name not in own, not name.endswith(typed), len(name)) if typed else (0, 0, 0))
        return names[:limit]

    def _own_regions(self) -> list[str]:
        world, table = self.world(), gazetteer().by_name
        own = {i.instrument.region for i in world.verbatim} | {row.stored.region for row in world.rows if row.stored.region}
        return ["全国", *sorted((n for n in own if n in table and n != "全国"), key=lambda n: (table[n].code[:2], len(table[n].code), n))]


def full_region(text: str | None) -> tuple[str | None, tuple[str, ...]]:
    """A region as typed → its full name; ``(None, candidates)`` when it fits several, ``(None, ())`` when none."""
    if not text or not text.strip():
        return "", ()
    found = parse_region(text.strip())
    if found is None:
        return None, ()
    name = getattr(found, "name", None)
    if name:
        return name, ()
    return None, tuple(region.name for region in getattr(found, "candidates", ()))


def path_of(page: str, lang: str) -> str:
    """The address of a page, with its closing slash: ``/`` for ask, ``/en/lists/`` for the English lists."""
    home = "/en/" if lang == "en" else "/"
    return home if page == "ask" else f"{home}{page}/"
