"""What many tests share: a library that holds the shipped corpora and nothing else, made once per test process."""

from __future__ import annotations

import pytest

from assistant.settings import CORPORA
from ingest.corpus import ensure_corpora
from knowledge.store import Library


@pytest.fixture(scope="session")
def corpora_library(tmp_path_factory):
    """Folder of a library with corpora/ in it; open it for reading only."""
    folder = tmp_path_factory.mktemp("corpora-library")
    with Library.open(folder, writable=True) as library:
        ensure_corpora(library, CORPORA)
    return folder
