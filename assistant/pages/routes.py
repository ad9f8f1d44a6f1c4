"""Our own addresses beside the Gradio pages: style and script, the place of a citation, page images, name suggestions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from assistant.access import Person, may_see
from assistant.exports import LETTERS, letter, letters_for
from assistant.pageimage import row_image
from assistant.pages.dialog import complete
from assistant.pages.html import esc, tag
from assistant.pages.lists import past, read_filter
from assistant.pages.look import ASSETS, asset
from assistant.pages.register import select, workbook
from assistant.pages.site import Site
from assistant.pages.source import in_context
from assistant.pages.words import LANGUAGES, word
from knowledge.errors import NotFound
from knowledge.store import Library
from knowledge.types import Role

_FOR_LONG = {"cache-control": "public, max-age=31536000, immutable"}
_BRIEFLY = {"cache-control": "private, max-age=60"}
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Ref = Annotated[str, Query(max_length=300)]
Question = Annotated[str, Query(max_length=2000)]
Place = Annotated[str, Query(max_length=60)]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


def add(app: FastAPI, site: Site) -> None:
    """Add the routes. They read the library only; nothing takes a path or an address from the caller."""

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404)
        return Response(asset(name), media_type=ASSETS[name], headers=_FOR_LONG)

    @app.get("/source")
    def source(request: Request, ref: Ref, lang: str = "zh") -> Response:
        library = site.world().library
        _check_seen(site.person(request), library, ref)
        html = in_context(library, ref, lang if lang in LANGUAGES else "zh")
        return HTMLResponse(html, headers=_BRIEFLY)

    @app.get("/source/page.png")
    def page_image(request: Request, ref: Ref, page: Annotated[int, Query(ge=1, le=10_000)], crop: bool = False) -> Response:
        library = site.world().library
        _check_seen(site.person(request), library, ref)
        entry = library.entry(ref)
        if entry is None:
            raise HTTPException(404)
        try:
            return Response(row_image(library, entry, page, crop=crop), media_type="image/png", headers=_BRIEFLY)
        except NotFound as error:
            raise HTTPException(404) from error

    @app.get("/letter/{kind}.docx")
    def letter_file(request: Request, kind: str, q: Question, region: Place = "", as_of: Day = "", role: Role = Role.CITIZEN) -> Response:
        if kind not in LETTERS:
            raise HTTPException(404)
        answer = _answer(site, q, region, as_of, role)
        if kind not in letters_for(answer):
            raise HTTPException(404)
        name = f"{LETTERS[kind]}-{answer['proof']['name']}.docx"
        person = site.person(request)
        site.access.log.add(person.name, person.rank.name.lower(), "export.letter", kind=kind)
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
        return Response(letter(kind, answer), media_type=_DOCX, headers=headers)

    @app.get("/reword")
    def reword(q: Question, region: Place = "", as_of: Day = "", role: Role = Role.CITIZEN, lang: str = "zh") -> Response:
        if site.helper is None:
            raise HTTPException(404)
        spoken = lang if lang in LANGUAGES else "zh"
        said = site.helper.reword(_answer(site, q, region, as_of, role))
        note = tag("p", esc(word("plain.note", spoken)), cls="jz-why")
        return HTMLResponse(
            (tag("p", esc(said)) + note) if said else tag("p", esc(word("plain.none", spoken)), cls="jz-why"), headers=_BRIEFLY
        )

    @app.get("/history")
    def row_history(request: Request, ref: Ref, region: Place = "", lang: str = "zh") -> Response:
        person = site.person(request)
        _check_seen(person, site.world().library, ref)
        item = next((item for item in site.items() if item.stored.ref == ref), None)
        if item is None:
            raise HTTPException(404)
        return HTMLResponse(past(site, item, person, region, lang if lang in LANGUAGES else "zh"), headers=_BRIEFLY)

    @app.get("/lists.xlsx")
    def lists_file(
        request: Request,
        proof: Place = "",
        region: Place = "",
        matter: Place = "",
        body: Place = "",
        kind: Place = "",
        path: Place = "",
        day: Day = "",
        form: Place = "",
    ) -> Response:
        wanted, problem = read_filter((proof, region, matter, body, kind, path, day))
        if wanted is None:
            raise HTTPException(422, problem)
        person = site.person(request)
        rows = select(site.items(), wanted, person, site.world().chain(wanted.region or "全国"))
        site.access.log.add(person.name, person.rank.name.lower(), "export.lists", rows=len(rows), form=form)
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote('证明事项清单.xlsx')}", "cache-control": "no-store"}
        return Response(workbook(rows, publish=form == "publish"), media_type=_XLSX, headers=headers)

    @app.get("/suggest")
    def suggest(q: Annotated[str, Query(max_length=200)]) -> Response:
        replaced, names = complete(q)
        return JSONResponse({"replace": replaced, "names": list(names)}, headers=_BRIEFLY)

    @app.get("/regions")
    def regions(q: Annotated[str, Query(max_length=60)] = "") -> Response:
        return JSONResponse({"replace": len(q), "names": site.find_regions(q)}, headers=_BRIEFLY)

    @app.get("/healthz")
    def health() -> Response:
        return JSONResponse({"ok": True, "corpus": site.world().corpus[:12]})


def _check_seen(person: Person, library: Library, ref: str) -> None:
    """404 for a document that this person may not see, as for one that is not there."""
    found = library.entry(ref) if "#row_" in ref else library.provision(ref)
    home = library.document(found.document_id) if found else None
    if home is not None and not may_see(person, home.kind):
        raise HTTPException(404)


def _answer(site: Site, question: str, region: str, as_of: str, role: Role) -> dict[str, Any]:
    """The same answer again: nothing is kept between the card and its letter."""
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError as error:
        raise HTTPException(422) from error
    return site.answer(question, region or None, day, role)[1]
