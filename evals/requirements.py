"""Scores ``ingest.requirements`` against hand-labelled sentences of ``../shared/laws``.

``python -m evals.requirements [--split dev|test|all] [--misses N]``. The sample holds references (document, article label, span in the
article's text without white space) and labels, never the sentences. A label marked ``optional`` counts neither for nor against.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ingest.law import parse_law
from ingest.requirements import extract_requirements
from knowledge.types import Provision, Requirement

SAMPLE = Path(__file__).parent / "datasets" / "requirements" / "sample.jsonl"
LAWS = Path(__file__).parents[1].parent / "shared" / "laws"


@dataclass
class Outcome:
    """What one labelled sentence gave."""

    record: dict[str, Any]
    text: str
    hits: list[tuple[dict[str, Any], Requirement]]
    missed: list[dict[str, Any]]
    extra: list[Requirement]


def load(split: str = "all") -> list[dict[str, Any]]:
    """The sample's records of one half (``dev``, ``test``) or of both."""
    records = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines() if line.strip()]
    return [r for r in records if split in ("all", r["split"])]


@cache
def _law(document: str) -> tuple[str, tuple[Provision, ...]]:
    path = LAWS / document
    parsed = parse_law(path.read_text("utf-8"), name=path.name, folder=str(path.parent.relative_to(LAWS)))
    return parsed.instrument.title, parsed.provisions


def _core(text: str) -> str:
    return re.sub(r"[\s《》“”]", "", text).translate(str.maketrans("(),:;", "（），：；"))


def same_material(label: str, found: str) -> bool:
    """Whether a found material is the labelled one: the label is its end, or nearly all of it."""
    a, b = _core(label), _core(found)
    return a == b or (a in b and (b.endswith(a) or 2 * len(a) >= len(b))) or (b in a and 2 * len(b) >= len(a))


def score_record(record: dict[str, Any]) -> Outcome | None:
    """Runs the extractor on the record's article; ``None`` when the article is not where the reference says."""
    title, provisions = _law(record["document"])
    begin, end = record["span"]
    labels = record["labels"]
    for provision in (p for p in provisions if p.label == record["label"]):
        places = [i for i, c in enumerate(provision.text) if not c.isspace()]
        if end > len(places):
            continue
        text = provision.text[places[begin] : places[end - 1] + 1]
        if all(_core(x["material"]) in _core(text) for x in labels):
            low, high = places[begin], places[end - 1] + 1
            found = [r for r in extract_requirements(provision, title=title) if low <= r.span[0] < high]
            return _match(record, text, labels, found)
    return None


def _match(record: dict[str, Any], text: str, labels: list[dict[str, Any]], found: list[Requirement]) -> Outcome:
    hits, missed = [], []
    rest = list(found)
    for label in sorted(labels, key=lambda x: (bool(x.get("optional")), -len(x["material"]))):
        fits = [r for r in rest if same_material(label["material"], r.material) and r.negative == label["negative"]]
        best = min(fits, key=lambda r: abs(len(r.material) - len(label["material"])), default=None)
        if best is not None:
            rest.remove(best)
            if not label.get("optional"):
                hits.append((label, best))
        elif not label.get("optional"):
            missed.append(label)
    return Outcome(record, text, hits, missed, rest)


def _kind(label: dict[str, Any]) -> str:
    if label["negative"]:
        return "negative"
    if label["strength"] in ("general", "delegated"):
        return str(label["strength"])
    return "proof" if label["is_proof"] else "other paper"


def _kind_found(r: Requirement) -> str:
    strength = r.strength.value
    return "negative" if r.negative else strength if strength != "named" else "proof" if r.is_proof else "other paper"


def figures(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Precision and recall over all and per type, and how often the fields of a hit are right."""
    total: Counter[str] = Counter()
    per: dict[str, Counter[str]] = defaultdict(Counter)
    fields: dict[str, list[bool]] = defaultdict(list)
    for o in outcomes:
        for label, r in o.hits:
            total["hit"] += 1
            per[_kind(label)]["hit"] += 1
            per["stratum " + o.record["stratum"]]["hit"] += 1
            for name, value in (("is_proof", r.is_proof), ("strength", r.strength.value)):
                if label[name] is not None:
                    fields[name].append(label[name] == value)
            fields["issuing_body"].append((label.get("issuing_body") or None) == (r.issuing_body or None))
            if label.get("matter"):
                fields["matter"].append(any(word in (r.matter or "") for word in label["matter"]))
        for label in o.missed:
            total["missed"] += 1
            per[_kind(label)]["missed"] += 1
            per["stratum " + o.record["stratum"]]["missed"] += 1
        for r in o.extra:
            total["extra"] += 1
            per[_kind_found(r)]["extra"] += 1
            per["stratum " + o.record["stratum"]]["extra"] += 1
    return {
        **_rates(total),
        "fields": {k: round(sum(v) / len(v), 4) for k, v in sorted(fields.items()) if v},
        "per_type": {k: _rates(v) for k, v in sorted(per.items())},
    }


def _rates(c: Counter[str]) -> dict[str, Any]:
    hit, missed, extra = c["hit"], c["missed"], c["extra"]
    return {
        "precision": round(hit / (hit + extra), 4) if hit + extra else None,
        "recall": round(hit / (hit + missed), 4) if hit + missed else None,
        "hit": hit,
        "missed": missed,
        "extra": extra,
    }


def run(split: str = "test") -> tuple[dict[str, Any], list[Outcome]]:
    """Scores one half of the sample: figures and the outcome of every sentence."""
    results = [(r, score_record(r)) for r in load(split)]
    outcomes = [o for _, o in results if o is not None]
    lost = [r["id"] for r, o in results if o is None]
    return {"split": split, "sentences": len(results), "not_found": lost, **figures(outcomes)}, outcomes


def main() -> None:
    """Prints the figures; with ``--misses`` the first N errors of the half (not meant for the test half)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="test", choices=("dev", "test", "all"))
    parser.add_argument("--misses", type=int, default=0)
    args = parser.parse_args()
    report, outcomes = run(args.split)
    for o in [o for o in outcomes if o.missed or o.extra][: args.misses]:
        print(o.record["id"], o.record["document"], o.record["label"], "\n  ", o.text)
        print("   missed", [x["material"] for x in o.missed], "extra", [(r.material, r.negative) for r in o.extra])
    for name, rates in report.pop("per_type").items():
        print(f"{name:24}", rates)
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
