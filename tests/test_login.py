"""Log-in over HTTP: forms, cookie, guard, and documents that are not for everyone."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from assistant.access import Access, Person, Rank
from assistant.pages import login, routes
from assistant.pages.site import COOKIE, Site
from knowledge.store import Library
from knowledge.types import DocKind
from tests.factories import listing

SECRET = "清江的夜-2026-灯"
HTML = {"accept": "text/html"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    with Library.open(tmp_path, writable=True) as writer:
        writer.put(listing(title="公开清单"))
        writer.put(listing(title="内部台账", kind=DocKind.LEDGER, file="台账.xlsx"))
    return Site(lambda: Library.open(tmp_path), Access(tmp_path))


@pytest.fixture
def client(site: Site) -> TestClient:
    app = FastAPI()
    routes.add(app, site)
    login.add(app, site)

    @app.get("/library/{rest:path}")
    @app.post("/library/{rest:path}")
    def library_page(rest: str) -> PlainTextResponse:
        return PlainTextResponse("资料库")

    app.add_middleware(login.Guard, site=site)
    return TestClient(app, follow_redirects=False)


def _set_up(site: Site, client: TestClient, **changes: str) -> int:
    form = {"act": "setup", "code": site.access.setup_code() or "", "name": "管理员甲", "secret": SECRET, **changes}
    return client.post("/login/", data=form).status_code


def test_the_first_administrator_needs_the_code_and_is_then_signed_in(site: Site, client: TestClient) -> None:
    assert "设置管理员" in client.get("/login/").text
    assert _set_up(site, client, code="0000") == 403
    assert _set_up(site, client) == 303
    assert "已登录：管理员甲（管理员）" in client.get("/login/").text
    assert "设置管理员" not in TestClient(client.app).get("/login/").text


def test_the_cookie_is_for_the_server_only(site: Site, client: TestClient) -> None:
    form = {"act": "setup", "code": site.access.setup_code() or "", "name": "管理员甲", "secret": SECRET}
    cookie = client.post("/login/", data=form).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "max-age" in cookie


def test_a_guarded_page_leads_to_the_log_in_and_its_endpoints_are_refused(site: Site, client: TestClient) -> None:
    for path in ("/library/", "/library", "/en/library/"):
        reply = client.get(path, headers=HTML)
        assert reply.status_code == 303 and "login" in reply.headers["location"]
    for path in ("/library/gradio_api/queue/join", "/library/gradio_api/upload"):
        assert client.post(path).status_code == 403
        assert client.get(path).status_code == 403
    _set_up(site, client)
    assert client.get("/library/", headers=HTML).text == "资料库"


@pytest.mark.parametrize("rank", [Rank.WINDOW, Rank.REVIEWER])
def test_lower_ranks_do_not_pass_the_guard(site: Site, client: TestClient, rank: Rank) -> None:
    site.access.put(Person("甲", Rank.ADMINISTRATOR), "某人", SECRET, rank)
    client.cookies.set(COOKIE, site.access.log_in("某人", SECRET))
    assert client.get("/library/x").status_code == 403


@pytest.mark.parametrize("following", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)"])
def test_after_the_log_in_one_stays_here(site: Site, client: TestClient, following: str) -> None:
    form = {"act": "setup", "code": site.access.setup_code() or "", "name": "管理员甲", "secret": SECRET, "next": following}
    assert client.post("/login/", data=form).headers["location"] == "/"


def test_a_form_from_elsewhere_is_refused(site: Site, client: TestClient) -> None:
    assert client.post("/login/", data={"act": "out"}, headers={"origin": "https://elsewhere.example"}).status_code == 403


def test_logging_out_ends_it(site: Site, client: TestClient) -> None:
    _set_up(site, client)
    client.post("/login/", data={"act": "out"})
    assert client.get("/library/x").status_code == 403


def test_a_ledger_is_not_shown_to_the_public(site: Site, client: TestClient) -> None:
    rows = {entry.title: entry.ref for entry in site.world().library.entries()}
    assert client.get("/source", params={"ref": rows["公开清单"]}).status_code == 200
    assert client.get("/source", params={"ref": rows["内部台账"]}).status_code == 404
    assert client.get("/source/page.png", params={"ref": rows["内部台账"], "page": 1}).status_code == 404
    _set_up(site, client)
    assert client.get("/source", params={"ref": rows["内部台账"]}).status_code == 200


def test_what_is_typed_into_the_form_comes_back_as_text(client: TestClient) -> None:
    reply = client.get("/login/", params={"next": '"><script>alert(1)</script>'})
    assert "<script>alert" not in reply.text
