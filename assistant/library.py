"""Opens the library for a verb or a page and wraps it as the decision sees it."""

from __future__ import annotations

from threading import Thread

from assistant.cli_common import State
from assistant.world import World
from knowledge.examples import example_model


def open_for_reading(state: State) -> World:
    """The library of the settings with the shipped corpora in it (they are read in on the first start).

    Raises:
        LibraryDamaged: the store does not open.
    """
    Thread(target=example_model, daemon=True).start()  # beside the opening: a new process answers sooner
    return World(state.open_ready())
