"""What programs may ask for: a proof, a clause, a search, an audit of a text. One function each, called by the HTTP API and by MCP alike.

Every function takes the person whose token it is and checks what that person may see; what goes wrong is a JianzhengError with one sentence.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from assistant.access import Person, Rank, Refused, may_see
from assistant.as_json import stored_json
from assistant.pages.site import Site, full_region
from knowledge.errors import JianzhengError, NotFound
from knowledge.store import StoredDocument
from knowledge.types import Role

LONGEST_QUESTION, LONGEST_TEXT, MOST_HITS = 2000, 200_000, 100


class Unfit(JianzhengError):
    """A request that cannot be answered as it is."""


def ask_proof(site: Site, person: Person, question: str, region: str = "", as_of: str = "", role: str = "citizen") -> dict[str, Any]:
    """The answer of ``ask --json``."""
    if not question.strip() or len(question) > LONGEST_QUESTION:
        raise Unfit(f"问题不能为空，且不超过 {LONGEST_QUESTION} 字。")
    if role not in tuple(Role):
        raise Unfit(f"角色只能是 {'、'.join(Role)}。")
    return site.answer(question, _region(region), _day(as_of), Role(role))[1]


def show_clause(site: Site, person: Person, ref: str, as_of: str = "") -> dict[str, Any]:
    """What a reference names on a day: 优化营商环境条例第四十四条第三款, a document number, or ``…#art_44``; as ``show --json``."""
    from assistant.cli_show import find

    library = site.world().library
    found = find(library, ref.strip()[:300], _day(as_of) or date.today())
    home = found if isinstance(found, StoredDocument) else library.document(found.document_id)
    if home is not None and not may_see(person, home.kind):
        raise NotFound(f"没有“{ref}”。")
    return stored_json(found)


def search(
    site: Site, person: Person, query: str, top: int = 10, region: str = "", as_of: str = "", all_versions: bool = False
) -> dict[str, Any]:
    """Ranked provisions and rows with why each was found, as ``search --json``. No verdict."""
    from knowledge.search import open_search

    if not query.strip() or len(query) > LONGEST_QUESTION:
        raise Unfit(f"查询不能为空，且不超过 {LONGEST_QUESTION} 字。")
    world, place = site.world(), _region(region)
    chain = world.chain(place) if place else None
    engine = world._search or open_search(world.library)  # kept open with the world; opening says what is wrong when there is none
    hits = engine.search(query, min(max(top, 1), MOST_HITS) * 2, regions=chain, day=_day(as_of), all_versions=all_versions)
    kinds = {document.file: document.kind for document in world.library.documents()}
    seen = [hit for hit in hits if may_see(person, kinds.get(hit.record.document, "unknown"))]
    return {"id": None, "hits": [hit.as_json() for hit in seen[:top]]}


def audit_text(site: Site, person: Person, text: str, title: str = "", region: str = "", as_of: str = "") -> dict[str, Any]:
    """Findings on a draft or guide given as plain text, as ``audit --json``; the text is not kept."""
    from assistant.audit import audit_file, report_json

    if person.rank < Rank.WINDOW:
        raise Refused("审核文本要窗口人员以上的令牌。")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Unfit(f"文本不能为空，且不超过 {LONGEST_TEXT} 字。")
    with tempfile.TemporaryDirectory(prefix="jianzheng-") as folder:
        path = Path(folder) / "text.txt"
        path.write_text(f"{title.strip()}\n{text}" if title.strip() else text, encoding="utf-8")
        report = report_json(audit_file(site.world(), path, _region(region), _day(as_of)))
    return report | {"file": title.strip() or "text"}


def status(site: Site) -> dict[str, Any]:
    """What is in the library: counts and the corpus hash."""
    coverage = asdict(site.world().library.coverage())
    counts = {name: coverage[name] for name in ("documents", "instruments", "provisions", "entries", "requirements")}
    return {**counts, "newest": str(coverage["newest"]) if coverage["newest"] else None, "corpus": site.world().corpus}


def _region(text: str) -> str | None:
    name, several = full_region(text)
    if name is None:
        raise Unfit(
            f"“{text}”有好几个：{'、'.join(several[:6])}。请写全称。" if several else f"没有地区“{text}”。请写全称，如 浙江省金华市义乌市。"
        )
    return name or None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unfit(f"日期“{text}”看不懂，请写成 2026-11-21 这样。") from None
