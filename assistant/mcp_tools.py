"""The same answers as MCP tools over HTTP, behind our own token gate (Gradio's MCP mode lists its tools to anyone)."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant import service
from assistant.access import NOBODY, Access, Person
from assistant.pages.site import Site

_holder: ContextVar[Person] = ContextVar("holder", default=NOBODY)


class TokenGate:
    """Lets a request through only with a known token, and remembers whose it is while it is answered."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            person = self.access.bearer(headers.get("authorization"))
            if person is None:
                reply = JSONResponse({"detail": "需要令牌：Authorization: Bearer jz_…"}, 401, {"www-authenticate": "Bearer"})
                await reply(scope, receive, send)
                return
            _holder.set(person)
        await self.app(scope, receive, send)


def create_mcp(site: Site) -> FastMCP[Any]:
    """The server with its four tools; stateless, plain JSON answers. Its session manager must run in the application's lifespan."""
    server: FastMCP[Any] = FastMCP(
        "jianzheng",
        instructions="判断一项证明依法能不能要、走哪条取消路径。结论由规则得出并附依据；不要改写结论、条文和日期。",
        stateless_http=True,
        json_response=True,
        log_level="WARNING",
        streamable_http_path="/",
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # hosts are checked for the whole application
    )

    @server.tool()
    def ask_proof(question: str, region: str = "", as_of: str = "", role: str = "citizen") -> dict[str, Any]:
        """能不能要这项证明、走哪条取消路径。question：办什么事、要什么证明（中文）；region：如 浙江省金华市义乌市；as_of：YYYY-MM-DD；role：citizen、window 或 reviewer。"""
        return service.ask_proof(site, _holder.get(), question, region, as_of, role)

    @server.tool()
    def audit_text(text: str, title: str = "", region: str = "", as_of: str = "") -> dict[str, Any]:
        """审一段办事指南或者规范性文件，逐项指出没有依据、依据失效、已取消仍要等问题。文本不保存。"""
        return service.audit_text(site, _holder.get(), text, title, region, as_of)

    @server.tool()
    def show_clause(ref: str, as_of: str = "") -> dict[str, Any]:
        """打印一条、一款或者清单的一行，如 优化营商环境条例第四十四条第三款。"""
        return service.show_clause(site, _holder.get(), ref, as_of)

    @server.tool()
    def search(query: str, top: int = 10, region: str = "", as_of: str = "") -> dict[str, Any]:
        """查条文和清单行，附为什么找到。不下结论。"""
        return service.search(site, _holder.get(), query, top, region, as_of)

    return server
