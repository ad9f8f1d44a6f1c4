"""Questions to try: made from the rows and rules of the library at hand, and shown only when it answers them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from assistant.decide import decide
from assistant.world import Row, World
from knowledge.types import Verdict

Example = tuple[str, str]  # question, region ("" = nationwide)
MOST, _FROM_LISTS = 6, 3
_KINDS = ("cancel", "commitment", "retain")
# asked in a citizen's words; each stays only where the library can answer it
_LAY = (
    "结婚登记还要户口簿吗",
    "考教师资格证要无犯罪记录证明吗",
    "收养孩子要体检证明吗",
    "申请法律援助要经济困难证明吗",
    "丢了身份证补办要派出所证明吗",
)
_BACK = "要我开亲属关系证明"  # shows a question back


def examples(world: World, region: str = "") -> tuple[Example, ...]:
    """At most ``MOST`` questions of different verdicts, those of ``region`` first; fewer in a small library, empty in an empty one."""
    found: list[Example] = []
    for example in _from_lists(world, region):
        if len(found) < _FROM_LISTS and _answered(world, example):
            found.append(example)
    for question in _LAY:
        if len(found) < MOST - 1 and _answered(world, (question, "")):
            found.append((question, ""))
    if world.rows_by_canonical.get("亲属关系证明"):
        found.append((_BACK, ""))
    return tuple(found)


def _answered(world: World, example: Example) -> bool:
    result = decide(world, example[0], region=example[1] or None)
    return not result.query.out and result.decision.verdict is not Verdict.UNDETERMINED and bool(result.decision.citations)


def _from_lists(world: World, region: str) -> Iterator[Example]:
    """For each kind of list its commonest proof with a short, known matter; another region and another proof each time."""
    chain = world.chain(region) if region else ()
    common = Counter(row.canonical for row in world.rows if row.canonical)
    seen: set[str] = set()

    def worth(row: Row) -> tuple[bool, bool, int, str]:
        return row.stored.region not in chain, row.stored.region in seen, -common[row.canonical or ""], row.stored.ref

    for kind in _KINDS:
        fit = [row for row in world.rows if str(row.stored.entry.list_kind) == kind and _plain(row) and row.canonical not in seen]
        for row in sorted(fit, key=worth)[:8]:
            if row.canonical not in seen:
                seen |= {row.canonical or "", row.stored.region or ""}
                yield _asked(row), "" if row.stored.region == "全国" else row.stored.region or ""


def _asked(row: Row) -> str:
    matter = row.stored.entry.matter or ""
    return f"{'' if matter.startswith(('申请', '申领', '办理', '补办')) else '办理'}{matter}要{row.stored.entry.proof_name}吗"


def _plain(row: Row) -> bool:
    entry = row.stored.entry
    short = len(entry.matter or "") <= 12 and len(entry.proof_name) <= 10
    return bool(row.canonical and row.matters and row.stored.region and short) and entry.proof_name.endswith("证明")
