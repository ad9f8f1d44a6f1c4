"""Makes ``knowledge/data/recogniser.npz`` from the example questions and the norms: ``python -m evals.train_recogniser [--report SET…]``.

1. Character groups of ``corpora/national/questions.jsonl``; kernel ridge regression from their likeness onto outcomes (norm, verdict).
2. A listwise linear ranking over ``recognise.RANKED_BY`` and one over the cases of a norm, fitted on decision sets whose authors did not see the
   norms' gists (``FITTED_ON``); the examples themselves were written with the gists in view and would teach too much trust in them.

``--report`` prints how often the right norm comes first, among three, and how often the verdict of the likeliest is right, for decision sets.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack

from assistant.conflicts import verdict_on
from assistant.match import norm_index
from assistant.question import Query, understand
from assistant.recognise import KNOWN_TO, RANKED_BY, Ranker
from knowledge import examples as ex
from knowledge.norms import NormBook, load_norms
from knowledge.regions import chain_names
from knowledge.text import law_name

DECISIONS = Path(__file__).parent / "datasets" / "decisions"
FITTED_ON = ("own", "blind", "unseen-a", "unseen-b", "unseen-c", "unseen-d", "unseen-e")
RIDGE = 0.3
ALSO = 0.4  # worth of a further norm that answers the same example
CANDIDATES = 40
PROMISE = {"examples": 3.0, "gist": 2.0, "fit_score": 0.4}  # by which the candidates of a list are chosen
KEPT = 1.8e-2  # smaller coefficients are left out of the file


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled question: norm keys that may stand first, all gold keys, the verdicts and paths that are right (no paths: any)."""

    query: Query
    chain: frozenset[str]
    first: frozenset[str]
    every: frozenset[str]
    verdicts: frozenset[str]
    paths: frozenset[str] | None


Outcome = tuple[str, str]


def outcomes_of(book: NormBook, bank: Sequence[ex.Example]) -> list[Outcome]:
    """(norm key, verdict) of every annotated effect and every example, each once."""
    found: dict[Outcome, None] = {}
    for norm in book:
        for effect in norm.effects:
            verdict = verdict_on(norm, effect, KNOWN_TO)[0]
            if verdict:
                found.setdefault((norm.key, verdict))
    for example in bank:
        found.setdefault((example.key, example.verdict))
    return list(found)


def matrix(texts: Sequence[str], place: dict[str, int], weights: ex.Floats) -> csr_matrix:
    """Texts by groups, rows of length one."""
    rows = [ex.weigh(ex.groups(t), place, weights) for t in texts]
    ptr = np.cumsum([0, *(len(w) for w, _ in rows)])
    return csr_matrix((np.concatenate([v for _, v in rows]), np.concatenate([w for w, _ in rows]), ptr), shape=(len(texts), len(place)))


def regression(alike: Any, targets: ex.Floats) -> ex.Floats:
    """Coefficients of kernel ridge regression: (K + RIDGE·I)⁻¹ Y."""
    kernel = (alike @ alike.T).toarray().astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += RIDGE
    found: ex.Floats = cho_solve(cho_factor(kernel, overwrite_a=True), targets.astype(np.float32))
    return found


def build(book: NormBook, bank: Sequence[ex.Example], messages: Sequence[ex.Message]) -> dict[str, Any]:
    """All arrays of the model file but the two weight vectors, which are zero."""
    keys = [n.key for n in book]
    outcomes = outcomes_of(book, bank)
    number = {o: i for i, o in enumerate(outcomes)}
    said = [e.text for e in (*bank, *messages)]
    rare = ex.rarity((ex.groups(t) for t in said), len(said))
    place = {g: i for i, g in enumerate(rare)}
    weights = np.array(list(rare.values()), dtype=np.float32).astype(np.float64)
    texts = matrix(said, place, weights)
    gists = matrix([n.title + n.gist + "".join(w for e in n.effects for w in e.proof_words + e.matter_words) for n in book], place, weights)
    targets = np.zeros((len(said), len(outcomes)), dtype=np.float32)
    for i, example in enumerate(bank):
        for key in example.also:
            other = number.get((key, example.verdict))
            if other is not None:
                targets[i, other] = ALSO
        targets[i, number[example.key, example.verdict]] = 1
    both = regression(texts, np.hstack([targets, manner_of(bank, messages)]))
    coefficients, manner = both[:, : len(outcomes)], both[:, len(outcomes) :]
    column, row = np.nonzero(np.abs(coefficients.T) > KEPT)
    stacked = vstack([texts, gists]).tocsc()
    return {
        "groups": _bytes("\n".join(rare)),
        "weights": weights.astype(np.float32),
        "start": stacked.indptr.astype(np.int32),
        "row": stacked.indices.astype(np.uint16),
        "value": stacked.data.astype(np.float16),
        "keys": _bytes("\n".join(keys)),
        "outcome_norm": np.array([keys.index(k) for k, _ in outcomes], dtype=np.uint16),
        "outcome_verdict": np.array([ex.VERDICTS.index(v) for _, v in outcomes], dtype=np.uint8),
        "example_outcome": np.array([number[e.key, e.verdict] for e in bank], dtype=np.uint16),
        "example_path": np.array([ex.PATHS.index(e.path or "") for e in bank], dtype=np.uint8),
        "coefficient": coefficients[row, column].astype(np.float16),
        "manner": manner.astype(np.float16),
        "coefficient_row": row.astype(np.uint16),
        "coefficient_start": np.searchsorted(column, np.arange(len(outcomes))).astype(np.int32),
        "rank_weights": np.zeros(1),
        "case_weights": np.zeros(1),
        "source": _bytes(ex.fingerprint(book)),
    }


def manner_of(bank: Sequence[ex.Example], messages: Sequence[ex.Message]) -> Any:
    """Verdict, path and scope of each example and message as columns of ones and noughts; verdict and path centred over the examples."""
    verdicts, paths = len(ex.VERDICTS), len(ex.PATHS)
    columns = np.zeros((len(bank) + len(messages), verdicts + paths + len(ex.SCOPES)), dtype=np.float32)
    for i, example in enumerate(bank):
        columns[i, ex.VERDICTS.index(example.verdict)] = 1
        columns[i, verdicts + ex.PATHS.index(example.path or "")] = 1
        columns[i, verdicts + paths] = 1
    columns[: len(bank), : verdicts + paths] -= columns[: len(bank), : verdicts + paths].mean(axis=0)
    for i, message in enumerate(messages, len(bank)):
        columns[i, verdicts + paths + ex.SCOPES.index(message.scope)] = 1
    return columns


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


# ---------- the two rankings ----------
def cases_of(file: Path, book: NormBook) -> list[Case]:
    """Questions of a decision set that are to be answered and whose first citation is a norm of ours."""
    by_article: dict[tuple[str, str], list[str]] = {}
    for norm in book:
        by_article.setdefault((norm.name, norm.article or ""), []).append(norm.key)
    out = []
    for line in file.read_text("utf-8").splitlines():
        raw = json.loads(line)
        cited = [_keys(c, by_article, book) for c in raw["gold_citations"]]
        if raw.get("expected_behavior", "answer") != "answer" or not cited or not cited[0]:
            continue
        day = date.fromisoformat(raw["as_of"]) if raw.get("as_of") else None
        query = understand(raw["question"], region=raw.get("region"), as_of=day, today=KNOWN_TO)
        also = [a.split(":", 1) for a in raw.get("also_acceptable") or () if ":" in a]
        right = {raw["verdict"]} | {value for kind, value in also if kind == "verdict"}
        paths = {raw["path"]} | {"" if value == "null" else value for kind, value in also if kind == "path"} if raw.get("path") else None
        every = frozenset(k for c in cited for k in c)
        out.append(
            Case(
                query,
                frozenset(chain_names(query.region)),
                frozenset(cited[0]),
                every,
                frozenset(right),
                frozenset(paths) if paths else None,
            )
        )
    return out


def _keys(citation: dict[str, Any], by_article: dict[tuple[str, str], list[str]], book: NormBook) -> list[str]:
    if citation.get("base_key") and book.get(citation["base_key"]):
        return [citation["base_key"]]
    article = citation.get("article") or ""
    number = re.match(r"第[零一二三四五六七八九十百千]+条(之[一二三四五六七八九十]+)?", article)
    return by_article.get((law_name(citation["title"].split("（2")[0]), number.group(0) if number else article), [])


Lists = list[tuple[ex.Floats, Any]]


def fit(lists: Lists, penalty: float) -> ex.Floats:
    """Weights of a listwise softmax: the share of the right rows in each list, as near 1 as a quadratic penalty lets it."""
    start = np.cumsum([0, *(len(right) for _, right in lists)])
    rows, right = np.vstack([x for x, _ in lists]), np.concatenate([r for _, r in lists]).astype(float)
    scale = rows.std(axis=0) + 1e-9
    rows = rows / scale
    of = np.repeat(np.arange(len(lists)), np.diff(start))

    def loss(w: ex.Floats) -> tuple[float, ex.Floats]:
        score = rows @ w
        power = np.exp(score - np.maximum.reduceat(score, start[:-1])[of])
        total, good = np.add.reduceat(power, start[:-1]), np.add.reduceat(power * right, start[:-1]) + 1e-12
        slope = rows.T @ (power / total[of] - power * right / good[of]) / len(lists)
        return float(-np.log(good / total).mean() + penalty * (w @ w)), slope + 2 * penalty * w

    best = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    found: ex.Floats = best.x / scale
    return found


def lists_of(ranker: Ranker, cases: Sequence[Case]) -> tuple[Lists, Lists]:
    """Training lists: norms of each case (right: those that may stand first), and outcomes of its first norm (right: those with a right verdict)."""
    norms: Lists = []
    inside: Lists = []
    promise = np.array([PROMISE.get(name, 0.0) for name in RANKED_BY])
    for case in cases:
        alike, fits = ranker.model.likeness(case.query.text), ranker.fits(case.query)
        table = ranker.features(case.query, alike, fits)
        right = np.array([key in case.first for key in ranker.model.keys])
        worth = np.where(ranker.applying(case.query, case.chain) | right, table @ promise, -np.inf)
        keep = sorted({int(i) for i in np.argsort(-worth, kind="stable")[:CANDIDATES]} | {int(i) for i in np.flatnonzero(right)})
        norms.append((table[keep], right[keep]))
        first = int(np.flatnonzero(right)[0])
        if len(ranker.cases[first]) > 1:
            rows, outcomes = ranker.case_features(case.query, alike, fits.get(first, []), first)
            good = np.array([ranker.model.outcome_verdict[o] in case.verdicts for o in outcomes])
            if good.any() and not good.all():
                inside.append((rows, good))
    return norms, inside


def report(ranker: Ranker, cases: Sequence[Case]) -> dict[str, float]:
    """Shares of cases: right norm first, among three, any gold norm among three, verdict of the likeliest right, hard wrong."""
    count = dict.fromkeys(("first", "among_3", "any_3", "verdict", "path", "hard_wrong"), 0)
    for case in cases:
        found = ranker.recognise(case.query, case.chain).norms
        keys = [r.norm.key for r in found]
        count["first"] += bool(keys) and keys[0] in case.first
        count["among_3"] += bool(case.first & set(keys))
        count["any_3"] += bool(case.every & set(keys))
        if found:
            count["verdict"] += found[0].verdict in case.verdicts
            count["path"] += case.paths is None or (found[0].path or "") in case.paths
            count["hard_wrong"] += (
                any({found[0].verdict, v} == {"may_demand", "may_not_demand"} for v in case.verdicts)
                and found[0].verdict not in case.verdicts
            )
    return {"n": len(cases)} | {k: round(v / max(1, len(cases)), 3) for k, v in count.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Train, write the file, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", nargs="*", default=["own", "blind", "unseen-a"], metavar="SET", help="decision sets, or files")
    parser.add_argument("--fit-on", nargs="*", default=list(FITTED_ON), metavar="SET")
    parser.add_argument("--out", type=Path, default=ex.MODEL_FILE)
    args = parser.parse_args(argv)
    book, bank = load_norms(), ex.load_examples()
    if strangers := sorted({e.key for e in bank if book.get(e.key) is None}):
        parser.error(f"examples of norms that are not in the book: {strangers}")
    arrays = build(book, bank, ex.load_messages())
    ranker = Ranker(ex.ExampleModel(arrays), norm_index(), bank)
    norms: Lists = []
    inside: Lists = []
    for name in args.fit_on:
        more = lists_of(ranker, cases_of(_file(name), book))
        norms, inside = norms + more[0], inside + more[1]
    arrays["rank_weights"], arrays["case_weights"] = fit(norms, 3e-3), fit(inside, 5e-3)
    with open(args.out, "wb") as out:
        np.savez_compressed(out, **arrays)
    print(
        f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, {len(bank)} examples, {len(arrays['outcome_norm'])} outcomes, {len(arrays['coefficient'])} coefficients"
    )
    ranker = Ranker(ex.ExampleModel(arrays), norm_index(), bank)
    for name in args.report:
        print(name, json.dumps(report(ranker, cases_of(_file(name), book))))
    return 0


def _file(name: str) -> Path:
    return Path(name) if name.endswith(".jsonl") else DECISIONS / f"{name}.jsonl"


if __name__ == "__main__":
    raise SystemExit(main())
