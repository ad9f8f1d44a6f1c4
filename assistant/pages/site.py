"""What every page shares: the library as it stands now, and where each page lives."""

from __future__ import annotations

import logging
import os
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import BoundedSemaphore, Lock
from typing import Any

from assistant.access import NOBODY, Access, Person
from assistant.answer import to_json
from assistant.decide import Result, decide
from assistant.llm import Helper
from assistant.pages.examples import Example, examples
from assistant.pages.register import Item, read_items
from assistant.question import mask
from assistant.served import ServedWorld
from assistant.world import World
from knowledge.regions import gazetteer, parse_region
from knowledge.store import Library
from knowledge.types import Role

COOKIE = "jz_session"
ANSWERS = 512  # decided answers kept: a card, its letters and its rewording ask for the same one
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
Answered = tuple[Result, dict[str, Any]]
log = logging.getLogger("jianzheng.pages")


@dataclass
class Site:
    """The running assistant. ``world`` is read again when another process has changed the library."""

    open_library: Callable[[], Library]
    access: Access
    open_writer: Callable[[], Library] | None = None  # None: the library cannot be changed from the pages
    helper: Helper | None = None  # the optional chat model
    pages: tuple[str, ...] = ("ask", "lists", "overview", "reports", "audit", "library")
    region: str = ""  # the region that the form starts with
    _library: Library | None = None
    _world: World | None = None
    _items: tuple[World, tuple[Item, ...]] | None = None
    _examples: tuple[World, tuple[Example, ...]] | None = None
    _answers: OrderedDict[tuple[Any, ...], Answered] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _deciding: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(max(2, os.cpu_count() or 2))
    )  # more would only wait for each other

    def world(self) -> World:
        """The library of this moment; the same object while nothing changed."""
        current, library = self._world, self._library
        if current is not None and library is not None and library.revision() == current.revision:
            return current
        with self._lock:
            if self._library is None:
                self._library = self.open_library()
            if self._world is None or self._library.revision() != self._world.revision:
                self._world = ServedWorld(self._library)
            return self._world

    def answer(self, question: str, region: str | None, as_of: date | None, role: Role) -> Answered:
        """The decision and its JSON; the last ``ANSWERS`` are kept in memory, their questions masked."""
        world, today = self.world(), date.today()
        key = (id(world), world.revision, mask(question), region, as_of, today, role)
        with self._lock:
            kept = self._answers.get(key)
            if kept is not None:
                self._answers.move_to_end(key)
                return kept
        with self._deciding:
            result = decide(world, question, region=region, as_of=as_of, role=role, today=today)
            answered = result, to_json(result)
        with self._lock:
            self._answers[key] = answered
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        return answered

    def person(self, request: Any) -> Person:
        """Who sends a request (Starlette's or Gradio's): the one door to a person's rights in every handler."""
        return self.access.who(request.cookies.get(COOKIE)) if request is not None else NOBODY

    def items(self) -> tuple[Item, ...]:
        """The rows of all lists, prepared once for one state of the library."""
        world = self.world()
        if self._items is None or self._items[0] is not world:
            self._items = (world, read_items(world))
        return self._items[1]

    def examples(self) -> tuple[Example, ...]:
        """Questions that this library answers."""
        world = self.world()
        if self._examples is None or self._examples[0] is not world:
            self._examples = (world, examples(world, self.region))
        return self._examples[1]

    def warm(self) -> None:
        """Answer a few questions, so that the first person does not wait for the caches."""
        try:
            self.examples()
            self.items()
        except Exception:
            log.exception("warming up failed")

    def find_regions(self, typed: str, limit: int = 12) -> list[str]:
        """Full names for what was typed; for nothing typed, the regions that have lists or norms of their own in the library."""
        typed = typed.strip()
        if typed in gazetteer().by_name:  # written out: a list over the buttons would only be in the way
            return []
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


def read_day(text: str | None) -> date | None:
    """A day as typed (2026-11-21, 2026年11月21日, 20261121); None for nothing typed.

    Raises:
        ValueError: it is no day.
    """
    if not text or not text.strip():
        return None
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups()))


def path_of(page: str, lang: str) -> str:
    """The address of a page, with its closing slash: ``/`` for ask, ``/en/lists/`` for the English lists."""
    home = "/en/" if lang == "en" else "/"
    return home if page == "ask" else f"{home}{page}/"
