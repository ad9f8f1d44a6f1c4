"""The ``jianzheng`` command: thin verbs over the layers below. A verb's module is imported when the verb is called."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.cli_common import State
from knowledge.errors import BadSetting, JianzhengError

# verb → module with ``register(app)``; a module that is not installed hides its verbs
VERBS = {
    "ingest": "assistant.cli_library",
    "parse": "assistant.cli_library",
    "show": "assistant.cli_show",
    "search": "assistant.cli_search",
    "ask": "assistant.cli_ask",
    "replay": "assistant.cli_ask",
    "audit": "assistant.cli_audit",
    "serve": "assistant.cli_serve",
    "sources": "assistant.cli_library",
    "status": "assistant.cli_library",
    "diff": "assistant.cli_show",
    "correct": "assistant.cli_library",
    "remove": "assistant.cli_library",
    "backup": "assistant.cli_library",
    "reindex": "assistant.cli_library",
    "train": "assistant.cli_search",
    "confirm": "assistant.cli_search",
    "eval": "assistant.cli_eval",
}


class _LazyGroup(TyperGroup):
    """Loads the module of the verb that is called, and no other: ``show`` must answer before ``serve`` could be imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [verb for verb in VERBS if self.get_command(ctx, verb) is not None]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands and cmd_name in VERBS:
            self._load(VERBS[cmd_name])
        return self.commands.get(cmd_name)

    def _load(self, module: str) -> None:
        if importlib.util.find_spec(module) is None:
            return
        part = typer.Typer(add_completion=False)
        part.callback()(lambda: None)
        importlib.import_module(module).register(part)
        group: Any = typer.main.get_command(part)
        for name, command in group.commands.items():
            self.add_command(command, name)


app = typer.Typer(cls=_LazyGroup, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def _options(
    context: typer.Context,
    library: Annotated[str | None, typer.Option("--library", metavar="DIR", help="知识库目录，默认取环境变量 JIANZHENG_LIBRARY")] = None,
    config: Annotated[str | None, typer.Option("--config", metavar="FILE", help="TOML 设置文件")] = None,
) -> None:
    """减证：一项证明该不该要、能走哪条取消路径，每个结论都给出法律依据。"""
    from assistant.settings import load_settings

    context.obj = State(load_settings(library=library, file=config))


def main() -> None:
    """Run the command; exit codes: 0 done, 1 done with findings or refused, 2 wrong use."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except BadSetting as error:
        _complain(error)
        sys.exit(2)
    except JianzhengError as error:
        _complain(error)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _complain(error: Exception) -> None:
    print(f"jianzheng: {error}", file=sys.stderr)
    for candidate in getattr(error, "candidates", ()):
        print(f"  {candidate}", file=sys.stderr)


if __name__ == "__main__":
    main()
