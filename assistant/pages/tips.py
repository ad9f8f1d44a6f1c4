"""Reports that a proof is still asked for 举报线索: what, where, by whom; no names, no free text, numbers masked. One JSON line each."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from assistant.decide import decide
from assistant.question import mask
from assistant.world import World
from knowledge.errors import JianzhengError
from knowledge.lexicon import lexicon
from knowledge.types import Verdict

_LONGEST, _PER_MINUTE, _MOST = 60, 30, 20_000


class Unfit(JianzhengError):
    """A report that cannot be taken as it is."""


@dataclass(frozen=True, slots=True)
class Tip:
    """Still asked for ``proof`` for ``matter`` at ``unit`` in ``region`` on ``day``."""

    proof: str
    matter: str
    unit: str
    region: str
    day: str


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Reports of one proof at one unit against the lists in force: ``hidden`` when it stands on a cancellation list 明取暗留."""

    tip: Tip
    number: int
    verdict: str
    path: str
    row: str  # the list row or article that decides, empty when none
    hidden: bool


class Tips:
    """All reports of one library, in ``reports/tips.jsonl``."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "reports" / "tips.jsonl"
        self._recent: list[float] = []

    def add(self, proof: str, matter: str, unit: str, region: str, day: date) -> Tip:
        """Keep one report.

        Raises:
            Unfit: proof or unit is missing, or too many reports at once.
        """
        values = [" ".join(mask(value).split())[:_LONGEST] for value in (proof, matter, unit)]
        if not values[0] or not values[2]:
            raise Unfit("请写明是哪一项证明、哪个单位要的。")
        if day > date.today():
            raise Unfit("日期在今天以后，请核对。")
        now = time.monotonic()
        self._recent = [at for at in self._recent if at > now - 60]
        if len(self._recent) >= _PER_MINUTE:
            raise Unfit("现在提交的人太多，请一分钟后再试。")
        self._recent.append(now)
        tip = Tip(values[0], values[1], values[2], region or "全国", day.isoformat())
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(asdict(tip), ensure_ascii=False) + "\n")
        return tip

    def all(self) -> list[Tip]:
        """Newest first."""
        if not self.file.exists():
            return []
        lines = self.file.read_text(encoding="utf-8").splitlines()[-_MOST:]
        return [Tip(**json.loads(line)) for line in reversed(lines)]


def judge(world: World, tip: Tip, number: int = 1) -> Suspicion:
    """What the rules say to one report on its day."""
    about = f"办理{tip.matter}" if tip.matter else ""
    decision = decide(world, f"{about}要{tip.proof}吗", region=tip.region, as_of=date.fromisoformat(tip.day)).decision
    row = next((c.ref for c in decision.citations if "#row_" in c.ref), decision.citations[0].ref if decision.citations else "")
    forbidden = decision.verdict is Verdict.MAY_NOT_DEMAND
    return Suspicion(tip, number, str(decision.verdict), str(decision.path or ""), row, forbidden and "#row_" in row)


def suspicions(world: World, tips: Sequence[Tip], most: int = 100) -> list[Suspicion]:
    """Reports joined by proof, unit and region, the most reported first, each judged on its newest day; hidden demands before others."""
    groups: dict[tuple[str, str, str], list[Tip]] = {}
    for tip in tips:
        match = lexicon().canonical_proof(tip.proof)
        name = getattr(match, "name", None) or tip.proof
        groups.setdefault((name, tip.unit, tip.region), []).append(tip)
    ordered = sorted(groups.values(), key=lambda group: (-len(group), group[0].day))[:most]
    judged = [judge(world, max(group, key=lambda tip: tip.day), len(group)) for group in ordered]
    return sorted(judged, key=lambda item: (not item.hidden, -item.number))
