"""The API and MCP over HTTP: tokens, rights, the contract's keys, and the same answer by both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.access import Access, Person, Rank
from assistant.api import create_api
from assistant.mcp_tools import TokenGate, create_mcp
from assistant.pages.site import Site
from knowledge.store import Library
from knowledge.types import DocKind
from tests.factories import REGION, law, listing, row

ADMIN = Person("甲", Rank.ADMINISTRATOR)
QUESTION = {"question": "办理入学报名要居住证明吗", "region": REGION, "as_of": "2026-11-21", "role": "window"}
MCP = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    with Library.open(tmp_path, writable=True) as writer:
        writer.put(law())
        writer.put(listing(row("居住证明", "入学报名", requesting_body="清江市教育局"), title="公开清单"))
        writer.put(listing(row("无业证明"), title="内部台账", kind=DocKind.LEDGER, file="台账.xlsx"))
    return Site(lambda: Library.open(tmp_path), Access(tmp_path))


@pytest.fixture
def tokens(site: Site) -> dict[str, str]:
    return {rank.name: f"Bearer {site.access.make_token(ADMIN, rank.name, rank)}" for rank in (Rank.CITIZEN, Rank.WINDOW)}


@pytest.fixture
def client(site: Site) -> TestClient:
    return TestClient(create_api(site), raise_server_exceptions=False)


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer jz_wrong"}, {"authorization": "Basic eDp5"}])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/ask"), ("GET", "/show?ref=x"), ("GET", "/search?q=x"), ("POST", "/audit"), ("GET", "/status")]
)
def test_nothing_without_a_token(client: TestClient, header: dict[str, str], method: str, path: str) -> None:
    body = {"question": "x", "text": "x"} if method == "POST" else None
    assert client.request(method, path, headers=header, json=body).status_code == 401


def test_an_answer_is_the_contracts(client: TestClient, tokens: dict[str, str]) -> None:
    answer = client.post("/ask", json=QUESTION, headers={"authorization": tokens["CITIZEN"]}).json()
    keys = "question as_of region role scope proof matter verdict path summary instead clarify citations steps near_misses scan"
    assert set(keys.split(" ")) <= set(answer)
    assert (answer["verdict"], answer["as_of"], answer["region"]) == ("may_not_demand", "2026-11-21", REGION)


@pytest.mark.parametrize(
    "change",
    [{"question": ""}, {"region": "朝阳区"}, {"region": "没有这里"}, {"as_of": "昨天"}, {"role": "root"}, {"question": "x" * 3000}],
)
def test_bad_requests_say_what_is_wrong(client: TestClient, tokens: dict[str, str], change: dict[str, str]) -> None:
    reply = client.post("/ask", json=QUESTION | change, headers={"authorization": tokens["CITIZEN"]})
    assert reply.status_code == 422 and reply.json()["detail"]


def test_show_and_rights(client: TestClient, site: Site, tokens: dict[str, str]) -> None:
    rows = {entry.title: entry.ref for entry in site.world().library.entries()}

    def shown(title: str, who: str) -> int:
        return client.get("/show", params={"ref": rows[title]}, headers={"authorization": tokens[who]}).status_code

    assert [shown("公开清单", "CITIZEN"), shown("内部台账", "CITIZEN"), shown("内部台账", "WINDOW")] == [200, 404, 200]
    clause = client.get("/show", params={"ref": "清江市证明事项管理办法第二条第一款"}, headers={"authorization": tokens["CITIZEN"]}).json()
    assert clause["text"] == "办理事项不得要求居住情况证明。"
    assert client.get("/show", params={"ref": "没有这部法第一条"}, headers={"authorization": tokens["CITIZEN"]}).status_code == 404


def test_an_audit_is_for_staff_and_keeps_nothing(client: TestClient, site: Site, tokens: dict[str, str]) -> None:
    draft = {
        "text": "一、申请材料\n申请入学的，应当提交居住证明、户口簿以及其他需要提交的材料。",
        "title": "入学办事指南",
        "region": REGION,
    }
    assert client.post("/audit", json=draft, headers={"authorization": tokens["CITIZEN"]}).status_code == 403
    before = len(site.world().library.documents())
    report = client.post("/audit", json=draft, headers={"authorization": tokens["WINDOW"]}).json()
    assert isinstance(report["findings"], list) and report["file"] == "入学办事指南"
    assert len(site.world().library.documents()) == before


def test_the_description_names_every_path(client: TestClient) -> None:
    assert set(client.get("/openapi.json").json()["paths"]) == {"/ask", "/show", "/search", "/audit", "/status"}


# ---------- MCP ----------
@pytest.fixture
def mcp(site: Site) -> Iterator[TestClient]:
    from contextlib import asynccontextmanager

    from fastapi import FastAPI

    server = create_mcp(site)
    inner = server.streamable_http_app()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        async with server.session_manager.run():
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/mcp", TokenGate(inner, site.access))
    with TestClient(app) as client:
        yield client


def _call(client: TestClient, token: str | None, method: str, params: dict[str, Any]) -> Any:
    headers = MCP | ({"authorization": token} if token else {})
    return client.post("/mcp/", headers=headers, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


def test_tools_are_neither_listed_nor_called_without_a_token(mcp: TestClient) -> None:
    for method, params in (("tools/list", {}), ("tools/call", {"name": "ask_proof", "arguments": QUESTION}), ("initialize", {})):
        assert _call(mcp, None, method, params).status_code == 401


def test_the_tools_answer_as_the_api_does(mcp: TestClient, client: TestClient, tokens: dict[str, str]) -> None:
    listed = _call(mcp, tokens["CITIZEN"], "tools/list", {}).json()["result"]["tools"]
    assert {tool["name"] for tool in listed} == {"ask_proof", "audit_text", "show_clause", "search"}
    result = _call(mcp, tokens["CITIZEN"], "tools/call", {"name": "ask_proof", "arguments": QUESTION}).json()["result"]
    assert (
        json.loads(result["content"][0]["text"]) == client.post("/ask", json=QUESTION, headers={"authorization": tokens["CITIZEN"]}).json()
    )


def test_the_rights_of_the_token_hold_in_a_tool(mcp: TestClient, site: Site, tokens: dict[str, str]) -> None:
    ledger = next(entry.ref for entry in site.world().library.entries() if entry.title == "内部台账")

    def failed(who: str, name: str, arguments: dict[str, Any]) -> bool:
        return bool(_call(mcp, tokens[who], "tools/call", {"name": name, "arguments": arguments}).json()["result"].get("isError"))

    assert failed("CITIZEN", "show_clause", {"ref": ledger}) and not failed("WINDOW", "show_clause", {"ref": ledger})
    assert failed("CITIZEN", "audit_text", {"text": "应当提交居住证明。"})
