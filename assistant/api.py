"""The same answers over HTTP for programs with a token: ``/api/ask``, ``/api/show``, ``/api/search``, ``/api/audit``; OpenAPI at ``/api/openapi.json``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from assistant import service
from assistant.access import Person, Refused
from assistant.pages.site import Site
from knowledge.errors import Ambiguous, JianzhengError, NotFound


class Question(BaseModel):
    """A question as ``ask`` takes it."""

    question: str = Field(max_length=service.LONGEST_QUESTION, examples=["办理公租房要收入证明吗"])
    region: str = Field("", max_length=60, examples=["云溪省清江市"])
    as_of: str = Field("", max_length=10, examples=["2026-11-21"])
    role: str = Field("citizen", max_length=10)


class Draft(BaseModel):
    """A text to audit."""

    text: str = Field(max_length=service.LONGEST_TEXT)
    title: str = Field("", max_length=200)
    region: str = Field("", max_length=60)
    as_of: str = Field("", max_length=10)


def holder(request: Request) -> Person:
    """Whose token a request carries. Raises 401 for none or an unknown one."""
    site: Site = request.app.state.site
    person = site.access.bearer(request.headers.get("authorization"))
    if person is None:
        raise HTTPException(401, "需要令牌：Authorization: Bearer jz_…", {"www-authenticate": "Bearer"})
    return person


Holder = Annotated[Person, Depends(holder)]


def create_api(site: Site) -> FastAPI:
    """The API as an application of its own, to be mounted at ``/api``."""
    api = FastAPI(
        title="减证 API", version="1", docs_url=None, redoc_url=None, description="一项证明能不能要、走哪条取消路径。每个请求都要令牌。"
    )
    api.state.site = site

    @api.exception_handler(JianzhengError)
    async def refused(_: Request, error: Exception) -> JSONResponse:
        code = 403 if isinstance(error, Refused) else 404 if isinstance(error, NotFound) else 409 if isinstance(error, Ambiguous) else 422
        more = {"candidates": list(error.candidates)} if isinstance(error, Ambiguous) else {}
        return JSONResponse({"detail": str(error), **more}, status_code=code)

    @api.post("/ask")
    def ask(body: Question, person: Holder) -> dict[str, Any]:
        """能不能要这项证明、走哪条取消路径，附依据。"""
        return service.ask_proof(site, person, body.question, body.region, body.as_of, body.role)

    @api.get("/show")
    def show(
        person: Holder, ref: Annotated[str, Query(max_length=300)], as_of: Annotated[str, Query(max_length=10)] = ""
    ) -> dict[str, Any]:
        """一部法、一条、一款或者清单的一行。"""
        return service.show_clause(site, person, ref, as_of)

    @api.get("/search")
    def search(
        person: Holder,
        q: Annotated[str, Query(max_length=service.LONGEST_QUESTION)],
        top: Annotated[int, Query(ge=1, le=service.MOST_HITS)] = 10,
        region: Annotated[str, Query(max_length=60)] = "",
        as_of: Annotated[str, Query(max_length=10)] = "",
        all_versions: bool = False,
    ) -> dict[str, Any]:
        """条文和清单行，附为什么找到。不下结论。"""
        return service.search(site, person, q, top, region, as_of, all_versions)

    @api.post("/audit")
    def audit(body: Draft, person: Holder) -> dict[str, Any]:
        """审一段文本，逐项列出问题。文本不保存。"""
        return service.audit_text(site, person, body.text, body.title, body.region, body.as_of)

    @api.get("/status")
    def status(person: Holder) -> dict[str, Any]:
        """资料库里有什么。"""
        return service.status(site)

    return api
