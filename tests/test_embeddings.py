"""Another embedding by setting: an OpenAI-compatible server on the loopback, asked once per text."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant.embeddings import make_embeddings
from assistant.retriever import JianzhengRetriever
from assistant.settings import Settings
from knowledge.errors import BadSetting
from knowledge.search import open_search, refresh
from knowledge.store import Library
from tests.factories import law

DAY = date(2026, 11, 21)
SYNONYMS = (("狗", "犬"), ("房", "屋"), ("钱", "款"))  # what this "model" knows


class _Server(HTTPServer):
    texts: list[str]


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        texts = [asked] if isinstance(asked, str) else asked
        assert isinstance(self.server, _Server) and all(isinstance(t, str) for t in texts), "plain text must be sent, not token numbers"
        self.server.texts += texts
        rows = [[1.0 * any(w in t for w in pair) for pair in SYNONYMS] + [0.1] for t in texts]
        body = {"object": "list", "model": "stub", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
        raw = json.dumps(body | {"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Answer) as opened:
        opened.texts = []
        threading.Thread(target=opened.serve_forever, daemon=True).start()
        yield opened
        opened.shutdown()


def put(library: Library) -> None:
    library.put(law("清江市管理办法", {1: ["犬只须登记。"], 2: ["屋顶须修缮。"], 3: ["专款须专用。"]}, effective="2020-01-01"))


def test_another_embedding_finds_what_words_do_not(tmp_path: Path, server: _Server) -> None:
    settings = Settings(embedding="openai:stub", embedding_url=f"http://127.0.0.1:{server.server_port}/v1")
    model = make_embeddings(settings)
    assert model is not None
    with Library.open(tmp_path, writable=True) as library:
        put(library)
        refresh(library)
        search = open_search(library).embedded_by(model, settings.embedding)
        assert [hit.record.label for hit in search.search("养狗", 1, day=DAY)] == ["第一条"]
        assert len(server.texts) == 4  # three articles, one question
        refresh(library, force=True)
        again = open_search(library).embedded_by(model, settings.embedding)
        assert [hit.record.label for hit in again.search("房", 1, day=DAY)] == ["第二条"]
        assert len(server.texts) == 5  # articles known by their text are not asked for again


def test_a_dead_server_is_named(tmp_path: Path) -> None:
    settings = Settings(embedding="openai:stub", embedding_url="http://127.0.0.1:1/v1")
    model = make_embeddings(settings)
    assert model is not None
    with Library.open(tmp_path, writable=True) as library:
        put(library)
        refresh(library)
        with pytest.raises(BadSetting, match="embedding_url"):
            open_search(library).embedded_by(model, settings.embedding)


def test_settings_that_cannot_work_say_what_is_allowed() -> None:
    assert make_embeddings(Settings()) is None
    with pytest.raises(BadSetting, match="embedding_url"):
        make_embeddings(Settings(embedding="openai:stub"))
    with pytest.raises(BadSetting, match="offline"):
        make_embeddings(replace(Settings(), embedding="no-such-folder"))


def test_the_retriever_carries_sources(tmp_path: Path) -> None:
    with Library.open(tmp_path, writable=True) as library:
        put(library)
        refresh(library)
    documents = JianzhengRetriever.open(tmp_path, k=2, day=DAY).invoke("犬只要不要登记")
    assert documents[0].page_content == "犬只须登记。"
    shown = documents[0].metadata
    assert shown["title"] == "清江市管理办法" and shown["article"] == "第一条" and shown["effective"] == "2020-01-01"
    assert shown["ref"].endswith("#art_1") and shown["sha256"] and shown["why"]
