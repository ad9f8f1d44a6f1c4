"""Embeddings behind LangChain's interface: ours, fitted on the library, or any other by setting."""

from __future__ import annotations

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from knowledge.lexical import jieba_dictionary
from knowledge.segment import Dictionary, cut, encode
from knowledge.text import simplify
from knowledge.wordvectors import WordVectors, pairs_of


class LibraryEmbeddings(Embeddings):  # type: ignore[misc]
    """``WordVectors`` behind LangChain's interface."""

    def __init__(self, model: WordVectors, dictionary: Dictionary | None = None) -> None:
        self.model = model
        self.dictionary = dictionary or jieba_dictionary()
        self._rows = model.vocabulary(self.dictionary)

    @property
    def name(self) -> str:
        """Identity of the vectors of records."""
        return self.model.name

    def _cut(self, text: str) -> NDArray[np.int64]:
        return self._rows[cut(encode(simplify(text)), self.dictionary)[1]]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of records."""
        rows = [self._cut(t) for t in texts]
        owner = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
        flat = np.concatenate([*rows, np.zeros(0, np.int64)])
        return [[float(x) for x in v] for v in self.model.records(flat, owner, len(rows))]

    def embed_query(self, text: str) -> list[float]:
        """Vector of a question."""
        asked = (self._cut(text), pairs_of(encode(simplify(text))))
        return [float(x) for x in self.model.questions([asked])[0]]
