"""How a city goes about its proofs, as data (``data/ledger.toml``): its words for each way, its batches, its exceptions; and what a retained item waits for.

A policy never makes a proof demandable and never makes one undemandable: that is the law's. It words the way, orders the clean-up, and says
where its own list keeps something for the time being.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath

from knowledge.errors import BadRule, BadSetting
from knowledge.regions import Region, chain, parse_region
from knowledge.types import Level, Path

DATA = FilePath(__file__).parent / "data" / "ledger.toml"
NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Policy:
    """A city's way of cleaning up.

    ``labels``: its words by path; ``batches``: the paths that each published batch holds; ``region``: whose it is; ``principle``: what it says of
    itself, in one sentence of ours; ``relief_exception``: proofs for relief money are kept for the time being, with the reason said.
    """

    name: str
    title: str
    labels: Mapping[str, str]
    batches: tuple[tuple[str, ...], ...]
    relief_exception: bool = False
    region: str = "全国"
    principle: str = ""

    def label(self, path: Path | str) -> str:
        """The city's word for a way (取消，改为数据共享查询); empty for no way at all."""
        return self.labels.get(str(path), "")

    def batch(self, path: Path | str) -> int | None:
        """In which batch, from 1, the city publishes what goes this way; None for what it retains without a batch."""
        return next((n for n, paths in enumerate(self.batches, 1) if str(path) in paths), None)


@lru_cache(maxsize=1)
def policies() -> Mapping[str, Policy]:
    """The policies of ``ledger.toml``. Raises BadRule when one is malformed."""
    raw = tomllib.loads(DATA.read_text("utf-8"))
    wanted = {str(p) for p in Path} - {"unknown"}
    out = {}
    for name, p in raw["policy"].items():
        batches = tuple(tuple(b) for b in p["batches"])
        if set(p["labels"]) != wanted or not {x for b in batches for x in b} <= wanted:
            raise BadRule(f"ledger.toml 的“{name}”没有写全七种方式。")
        out[name] = Policy(name, p["title"], p["labels"], batches, bool(p.get("relief_exception")), p["region"], p["principle"])
    return out


def policy(name: str) -> Policy:
    """A policy by name. Raises BadSetting for an unknown one."""
    found = policies().get(name)
    if found is None:
        raise BadSetting(f"没有“{name}”这种清理口径。可用：{'、'.join(policies())}。")
    return found


def policy_for(region: str | None) -> Policy:
    """The policy of a place: its own, else that of the nearest place above it that has one, in the end the national one."""
    parsed = parse_region(region) if region else None
    by_region = {p.region: p for p in policies().values()}
    places = chain(parsed) if isinstance(parsed, Region) else ()
    return next((by_region[p.name] for p in places if p.name in by_region), policies()[NATIONAL])


@lru_cache(maxsize=1)
def _relief() -> tuple[re.Pattern[str], str]:
    raw = tomllib.loads(DATA.read_text("utf-8"))["relief"]
    return re.compile(raw["pattern"]), raw["reason"]


def relief_exception(chosen: Policy, matter: str | None, path: Path | str) -> str | None:
    """Why the city keeps a proof of a relief matter for the time being; None where it does not (not its policy, no relief money, a way that is open now)."""
    pattern, reason = _relief()
    if not chosen.relief_exception or not pattern.search(matter or "") or str(path) in (Path.DATA_SHARING, Path.SUBSTITUTE):
        return None
    return reason


# ---------- what would have to change ----------
_AMENDS = {
    Level.LAW: "全国人民代表大会或者其常务委员会修改法律",
    Level.ADMIN_REGULATION: "国务院修改行政法规",
    Level.STATE_COUNCIL_DECISION: "国务院修改决定",
    Level.LOCAL_REGULATION: "制定机关的人民代表大会常务委员会修改地方性法规",
}


def what_would_have_to_change(
    *,
    basis: str | None,
    level: Level | str | None,
    holder: str | None = None,
    shared: bool = False,
    excluded: str | None = None,
) -> tuple[str, ...]:
    """What a retained item waits for, each a sentence that an office can act on; empty when nothing keeps it.

    Args:
        basis: the provision that names the proof (《…》第…条), None when none does.
        level: its level; only laws, regulations and State Council decisions keep a proof (优化营商环境条例第四十四条第一款).
        holder: who holds the fact, None when nobody is known to.
        shared: whether the fact can already be had over a sharing platform.
        excluded: why commitment is shut out here (公共安全 …), None where it is not.
    """
    out = []
    amends = _AMENDS.get(Level(level)) if level else None
    if basis and amends:
        out.append(f"{basis}点名规定了这项证明，要取消须由{amends}；修改前可以改变取得方式，不让申请人跑。")
    elif basis:
        out.append(f"{basis}位阶不够，不能作为保留的理由：要么提请以法律、法规设定，要么取消。")
    if shared:
        out.append("有关信息已经可以共享查询，改由受理机关查询即可，不必等修法。")
    elif holder:
        out.append(f"{holder}掌握的信息接入政务数据共享平台，或者建立限时函询办法之后，改由受理机关查询、核验。")
    if excluded:
        out.append(f"{excluded}，不能用告知承诺替代。")
    elif out:
        out.append("事后能够核查、风险可控的，可以列入告知承诺事项，由申请人选择。")
    return tuple(out)
