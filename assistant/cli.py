"""The ``jianzheng`` command: thin verbs over the layers below."""

from __future__ import annotations


def main() -> None:
    """Placeholder until the verbs land in this same session."""
