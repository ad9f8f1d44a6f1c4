"""The library as a LangChain retriever, for chains of others.

>>> retriever = JianzhengRetriever.open("…/library", k=5)
>>> [document.metadata["ref"] for document in retriever.invoke("城管收走了摊子要给收据吗")]
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from knowledge.search import Hit, open_search
from knowledge.store import Library


class JianzhengRetriever(BaseRetriever):
    """Finds provisions and list rows in force on ``day`` (default: the day of the call), best first.

    Each document's text is the provision's own words; ``metadata`` carries ``ref``, ``title``, ``article``, ``level``, ``region``, ``effective``,
    ``ended``, ``document``, ``sha256``, ``kind``, ``locator``, ``score`` and ``why``, and nothing else.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Any = Field(exclude=True, repr=False)  # a ``Search``
    k: int = Field(default=10, ge=1, le=1000)
    regions: tuple[str, ...] | None = None
    day: date | None = None
    all_versions: bool = False

    @classmethod
    def open(cls, library: str | Path, **options: Any) -> JianzhengRetriever:
        """Opens a library for reading; ``options`` are the fields above."""
        return cls(search=open_search(Library.open(library)), **options)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.search.search(query, self.k, regions=self.regions, day=self.day, all_versions=self.all_versions)
        return [as_document(hit) for hit in hits]


def as_document(hit: Hit) -> Document:
    """A hit as LangChain passes it on."""
    item = hit.record
    return Document(
        page_content=item.text,
        metadata={
            "ref": item.ref,
            "title": item.title,
            "article": item.label,
            "level": item.level,
            "region": item.region,
            "effective": item.effective,
            "ended": item.ended,
            "document": item.document,
            "sha256": item.sha256,
            "kind": item.kind,
            "locator": json.loads(item.locator) if item.locator else None,
            "score": hit.score,
            "why": list(hit.why),
        },
    )
