"""Lay wording → norm: which records of ``norms.jsonl`` a question speaks of, by its likeness to example questions and by what the words fit.

A linear ranking over a few plain figures of each norm (likeness to its examples, to its own words, what ``match`` found), then, within a norm,
which of its cases the question is. Both weights are fitted by ``python -m evals.train_recogniser``. Nothing here decides: the norm that is
recognised goes through the same rules as one that its words name, and the answer says which example it is like.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.conflicts import verdict_on
from assistant.match import Fit, NormIndex
from assistant.question import Query
from knowledge.examples import PATHS, SCOPES, VERDICTS, Example, ExampleModel, Floats, Likeness, example_model, examples
from knowledge.norms import EffectKind, Norm, NormEffect
from knowledge.types import Path, Verdict

FIT_FIGURES = ("proof", "matter", "both", "fit_likeness", "fit_score", "unmet", "shown")
RANKED_BY = (
    "examples", "best_outcome", "behind_first", "gist", "likeness", *FIT_FIGURES, "fits", "title", "local", "behind_best_fit", "nearest_example",
)  # fmt: skip
# words that tell one case of a norm from another: one paper more, an alternative refused, already in hand, who asks
CASE_WORDS = (
    "还", "非", "又", "另", "除了", "不认", "不行", "白纸", "对吗", "合规", "合法", "能不能", "可以", "要不要", "必须", "一定", "顶", "代替",
    "我是窗口", "没交", "能收", "查得到", "已经", "多", "系统", "自己", "承诺", "网上",
)  # fmt: skip
ANNOTATED = 0.03  # voice of an annotated effect beside the likeness of the examples, when the path is voted on
KNOWN_TO = date(2026, 11, 28)  # annotations say what follows now


@dataclass(frozen=True, slots=True)
class Recognised:
    """A norm that a question seems to speak of. ``sure`` 0–1; ``verdict``/``path`` those of the case it is like; ``effect`` the annotated case, or one
    made from the examples where none is annotated; ``case_sure`` 0–1 within the norm; ``example`` the nearest example of that case and
    ``near`` 0–1 how like it the question is."""

    norm: Norm
    effect: NormEffect
    sure: float
    verdict: str
    path: str | None
    example: str
    case_sure: float = 1.0
    near: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A question read by its wording: norms, the likeliest first, and how like it is to messages of each of ``examples.SCOPES`` (about 0 to 1)."""

    norms: tuple[Recognised, ...] = ()
    scopes: Mapping[str, float] = field(default_factory=dict)


def recognise(index: NormIndex, query: Query, chain: Iterable[str], limit: int = 3) -> Reading:
    """Norms that apply in the region chain on the day (or whose dates are unknown); an empty reading without a model."""
    ranker = ranker_of(index)
    return ranker.recognise(query, frozenset(chain), limit) if ranker else Reading()


class Ranker:
    """The model and a norm index, joined: places of norms, outcomes and effects. Safe to share between threads."""

    def __init__(self, model: ExampleModel, index: NormIndex, bank: Sequence[Example]) -> None:
        self.model, self.index, self.bank = model, index, bank
        self.norms = [index.book.get(key) for key in model.keys]
        self.place = {key: i for i, key in enumerate(model.keys)}
        self.cases: dict[int, list[int]] = defaultdict(list)
        for outcome, norm in enumerate(model.outcome_norm):
            self.cases[int(norm)].append(outcome)
        self.effect_at = {id(e): (n.key, i) for n in index.book for i, e in enumerate(n.effects)}
        self.examples_of: dict[int, list[int]] = defaultdict(list)
        for example, outcome in enumerate(model.example_outcome):
            self.examples_of[int(outcome)].append(example)
        self.local = np.array([n is not None and n.region != "全国" for n in self.norms], dtype=np.float64)
        self.example_norm = model.outcome_norm[model.example_outcome]

    def recognise(self, query: Query, chain: frozenset[str], limit: int = 3) -> Reading:
        """See :func:`recognise`."""
        alike = self.model.likeness(query.text)
        scopes = {name: round(alike.scope(name), 4) for name in SCOPES}
        fits = self.fits(query)
        scores = self.features(query, alike, fits) @ self.model.rank_weights
        apply = self.applying(query, chain)
        scores[~apply] = -np.inf
        if not apply.any():
            return Reading((), scopes)
        sure = np.exp(scores - scores.max())
        sure = np.round(sure / sure.sum(), 4)
        order = sorted(np.flatnonzero(apply), key=lambda i: (-sure[i], self.model.keys[i]))[:limit]
        out = [self._as_case(int(i), float(sure[i]), query, alike, fits) for i in order]
        return Reading(tuple(r for r in out if r is not None), scopes)

    def applying(self, query: Query, chain: frozenset[str]) -> NDArray[np.bool_]:
        """Which norms hold in the region chain on the day; those whose dates do not tell count."""
        return np.array([n is not None and n.region in chain and n.in_force_on(query.as_of) is not False for n in self.norms])

    def fits(self, query: Query) -> dict[int, list[tuple[int, Fit]]]:
        """What the word lists found, by norm: (place of the effect, fit), the best first."""
        out: dict[int, list[tuple[int, Fit]]] = defaultdict(list)
        for fit in self.index.every(query):
            at = self.effect_at.get(id(fit.effect))
            if at is not None and at[0] in self.place:
                out[self.place[at[0]]].append((at[1], fit))
        for found in out.values():
            found.sort(key=lambda f: -f[1].score)
        return out

    def features(self, query: Query, alike: Likeness, fits: Mapping[int, list[tuple[int, Fit]]]) -> Floats:
        """One row for each norm, columns as in ``RANKED_BY``."""
        table = np.zeros((len(self.norms), len(RANKED_BY)))
        column = {name: table[:, i] for i, name in enumerate(RANKED_BY)}
        model = self.model
        total = np.bincount(model.outcome_norm, alike.outcomes, minlength=len(self.norms))
        best = np.full(len(self.norms), -1.0)
        np.maximum.at(best, model.outcome_norm, alike.outcomes)
        column["examples"][:], column["best_outcome"][:], column["behind_first"][:] = total, best, total - total.max()
        column["gist"][:] = alike.norms
        np.maximum.at(column["nearest_example"], self.example_norm, alike.examples)
        mine = self.index.weigh(query.text)
        for i, norm in enumerate(self.norms):
            if norm is not None:
                found = self.index.likeness(norm, mine)
                column["likeness"][i] = found if found > 0.03 else 0.0
                column["title"][i] = norm.name in query.text
        top = max((f[0][1].score for f in fits.values()), default=0.0)
        column["behind_best_fit"][:] = -1.5
        for i, found_fits in fits.items():
            fit = found_fits[0][1]
            for name, figure in zip(FIT_FIGURES, _fit_figures(fit), strict=True):
                column[name][i] = figure
            column["fits"][i] = 1.0
            column["behind_best_fit"][i] = fit.score - top
        column["local"][:] = self.local
        return table

    def case_features(self, query: Query, alike: Likeness, fits: list[tuple[int, Fit]], norm: int) -> tuple[Floats, list[int]]:
        """One row for each outcome of a norm, and the outcomes."""
        cases = self.cases[norm]
        record = self.norms[norm]
        by_effect = dict(fits)
        near = [sorted((alike.examples[e] for e in self.examples_of[o]), reverse=True)[:2] for o in cases]
        first = [n[0] if n else 0.0 for n in near]
        value = [float(alike.outcomes[o]) for o in cases]
        annotated = [self._effects(record, self.model.outcome_verdict[o]) for o in cases]
        top = max((by_effect[e].score for es in annotated for e in es if e in by_effect), default=0.0)
        said = np.array([float(w in query.text) for w in CASE_WORDS])
        rows = []
        for k, o in enumerate(cases):
            verdict = self.model.outcome_verdict[o]
            mine = [by_effect[e] for e in annotated[k] if e in by_effect]
            figures = _fit_figures(max(mine, key=lambda f: f.score)) if mine else (0.0,) * len(FIT_FIGURES)
            kind = np.array([float(verdict == v) for v in VERDICTS])
            plain = (
                *figures, figures[FIT_FIGURES.index("fit_score")] - top, float(not annotated[k]), first[k], near[k][1] if len(near[k]) > 1 else 0.0,
                first[k] - max(first), value[k], value[k] - max(value), float(np.log1p(len(self.examples_of[o]))),
                float(alike.manner[VERDICTS.index(verdict)]),
            )  # fmt: skip
            rows.append(
                np.concatenate([plain, kind, kind * bool(annotated[k]), said * (verdict == VERDICTS[1]), said * (verdict == VERDICTS[0])])
            )
        return np.array(rows), cases

    @staticmethod
    def _effects(norm: Norm | None, verdict: str) -> list[int]:
        return [i for i, e in enumerate(norm.effects) if verdict_on(norm, e, KNOWN_TO)[0] == verdict] if norm is not None else []

    def _as_case(self, i: int, sure: float, query: Query, alike: Likeness, fits: Mapping[int, list[tuple[int, Fit]]]) -> Recognised | None:
        norm = self.norms[i]
        if norm is None or not self.cases[i]:
            return None
        rows, cases = self.case_features(query, alike, fits.get(i, []), i)
        scores = rows @ self.model.case_weights
        best = int(np.argmax(scores))
        outcome, case_sure = cases[best], round(float(1 / np.exp(scores - scores[best]).sum()), 4)
        verdict, mine = self.model.outcome_verdict[outcome], self.examples_of[outcome]
        nearest = max(mine, key=lambda e: (alike.examples[e], -e)) if mine else None
        near = round(float(alike.examples[nearest]), 4) if nearest is not None else 0.0
        path = self._path(norm, verdict, alike, mine, fits.get(i, []))
        effect = self._effect(norm, verdict, path, fits.get(i, []), self.bank[nearest].effect if nearest is not None else None)
        if effect in norm.effects and query.as_of < (norm.ended or query.as_of):  # what the text meant while it was law
            then, way = verdict_on(norm, effect, query.as_of)
            verdict, path = then or verdict, (way or "") if then else path
        return Recognised(
            norm, effect, sure, verdict, path or None, self.bank[nearest].text if nearest is not None else "", case_sure, near
        )

    def _path(self, norm: Norm, verdict: str, alike: Likeness, mine: list[int], fits: list[tuple[int, Fit]]) -> str:
        """The path of the examples of this case, each by its likeness; annotated effects have a voice by how well they fit."""
        votes: dict[str, float] = defaultdict(float)
        for e in mine:
            votes[PATHS[self.model.example_path[e]]] += float(alike.examples[e])
        known = dict(fits)
        for place in self._effects(norm, verdict):
            fit = known.get(place)
            votes[verdict_on(norm, norm.effects[place], KNOWN_TO)[1] or ""] += ANNOTATED * (1 + (fit.score if fit else 0.0))
        return max(votes, key=lambda p: (round(votes[p], 9), -PATHS.index(p))) if votes else ""

    def _effect(self, norm: Norm, verdict: str, path: str, fits: list[tuple[int, Fit]], example: int | None) -> NormEffect:
        """The annotated effect that is this case: with its path, the one the words fit best, then the example's; a plain one where none is."""
        order = {place: rank for rank, (place, _) in enumerate(fits)}
        those = sorted(
            self._effects(norm, verdict),
            key=lambda p: ((verdict_on(norm, norm.effects[p], KNOWN_TO)[1] or "") != path, order.get(p, len(order)), p != example, p),
        )
        if those:
            return norm.effects[those[0]]
        return NormEffect(
            EffectKind.SCOPE, general=True, verdict=Verdict(verdict), path=Path(path) if path else None, verdict_why=norm.gist
        )


def _fit_figures(fit: Fit) -> tuple[float, ...]:
    """A fit as ``FIT_FIGURES``."""
    shown = sum(w.expected for w in fit.effect.when) - len(fit.unmet)
    return (fit.proof, fit.matter, min(fit.proof, fit.matter), fit.likeness, fit.score, float(len(fit.unmet)), float(shown))


@lru_cache(maxsize=2)
def ranker_of(index: NormIndex) -> Ranker | None:
    """The shipped model joined with a norm index; None without a model."""
    model = example_model()
    return Ranker(model, index, examples()) if model is not None else None
