"""Our own addresses beside the Gradio pages: style and script, the place of a citation, page images, name suggestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from starlette.responses import HTMLResponse, JSONResponse, Response

from assistant.pageimage import row_image
from assistant.pages.dialog import complete
from assistant.pages.look import ASSETS, asset
from assistant.pages.site import Site
from assistant.pages.source import in_context
from assistant.pages.words import LANGUAGES
from knowledge.errors import NotFound

_FOR_LONG = {"cache-control": "public, max-age=31536000, immutable"}
_BRIEFLY = {"cache-control": "private, max-age=60"}
Ref = Annotated[str, Query(max_length=300)]


def add(app: FastAPI, site: Site) -> None:
    """Add the routes. They read the library only; nothing takes a path or an address from the caller."""

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404)
        return Response(asset(name), media_type=ASSETS[name], headers=_FOR_LONG)

    @app.get("/source")
    def source(ref: Ref, lang: str = "zh") -> Response:
        html = in_context(site.world().library, ref, lang if lang in LANGUAGES else "zh")
        return HTMLResponse(html, headers=_BRIEFLY)

    @app.get("/source/page.png")
    def page_image(ref: Ref, page: Annotated[int, Query(ge=1, le=10_000)], crop: bool = False) -> Response:
        library = site.world().library
        entry = library.entry(ref)
        if entry is None:
            raise HTTPException(404)
        try:
            return Response(row_image(library, entry, page, crop=crop), media_type="image/png", headers=_BRIEFLY)
        except NotFound as error:
            raise HTTPException(404) from error

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
