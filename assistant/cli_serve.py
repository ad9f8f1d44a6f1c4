"""Verb ``serve``: the pages on one address, offline."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli_common import state, tell


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("serve")(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="监听地址，默认只在本机 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口，默认 7860")] = None,
) -> None:
    """启动网页：第一次启动先读入随附资料，之后不需要网络。"""
    from assistant.app import create_app, go_offline

    own = state(context)
    settings = own.settings
    own.open_ready().close()
    go_offline(str(settings.library / "tmp"))

    import uvicorn

    from assistant.access import Access
    from assistant.llm import open_helper
    from assistant.pages.site import Site

    address, number = host or settings.host, port or settings.port
    local = address in ("127.0.0.1", "localhost", "::1")
    site = Site(own.open, Access(settings.library), lambda: own.open(writable=True), open_helper(settings), region=settings.region or "")
    tell("正在准备页面……")
    site.warm()
    app = create_app(site) if local else create_app(site, hosts=("*",))
    tell(f"减证已启动：http://{'127.0.0.1' if address in ('0.0.0.0', '::') else address}:{number}　按 Ctrl+C 停止。")
    code = site.access.setup_code()
    if code:
        tell(f"还没有管理员：打开“账号”页，用设置口令 {code} 设定。群众和问答不需要账号。")
    if not local:
        tell("注意：现在本机以外也能访问。请放在受信任的网络里，或由反向代理提供 HTTPS。")
    uvicorn.run(app, host=address, port=number, log_level="warning", proxy_headers=False, server_header=False)
