"""Questions with the provisions that answer them, as search learns from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Questions:
    """Questions with the shelf rows that answer them. ``groups``: for each question the chapters of its answers."""

    texts: tuple[str, ...]
    answers: tuple[Rows, ...]

    def take(self, which: Sequence[int] | NDArray[np.int64]) -> Questions:
        """Some of them."""
        return Questions(tuple(self.texts[n] for n in which), tuple(self.answers[n] for n in which))

    @property
    def digest(self) -> str:
        """Hash of the questions, kept with what was trained on them."""
        return hashlib.sha256("\n".join(sorted(self.texts)).encode()).hexdigest()[:16] if self.texts else ""


NOTHING = Questions((), ())
