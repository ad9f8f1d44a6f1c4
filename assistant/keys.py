"""Matching keys: what is left of a name when marks, brackets and spaces are taken away. Pure."""

from __future__ import annotations

import re

_DROP = re.compile(r"[\s《》〈〉“”\"'「」『』【】\[\]（）()，,。.；;：:、·—\-]+")


def key_of(name: str | None) -> str:
    """A name without spaces, quotation marks, brackets and punctuation, for comparing list cells with a question."""
    return _DROP.sub("", name or "")
