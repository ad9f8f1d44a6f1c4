"""Which norms of ``corpora/national/norms.jsonl`` fit a question: proof and matter by their words, region, day, stated facts. Pure.

A fit is never the verdict; it is the set of provisions that ``facts`` hands to the rules, each with what matched. Words count by how rare they are
among the norms, so that 证明 or 登记 alone never carries a match.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from threading import get_ident

from assistant.question import Query
from knowledge.lexicon import lexicon
from knowledge.norms import EffectKind, Norm, NormBook, NormEffect, load_norms
from knowledge.types import Level

# a question's flags and levels → the fact names that norms use
FLAG_FACTS: Mapping[str, tuple[str, ...]] = {
    "data_available": ("data_available", "networked"),
    "system_down": ("system_down",),
    "licence_in_hand": ("licence_in_hand",),
    "unwilling_to_commit": ("unwilling_to_commit",),
    "false_commitment_before": ("false_commitment_before",),
    "false_commitment_consequence": ("false_commitment_found",),
    "sensitive_field": ("risk_excluded",),
    "named_by_law": ("named_by_law",),
    "off_list": ("off_list",),
    "cancelled_stated": ("on_cancel_list",),
    "nobody_issues": ("issuer_cannot_verify",),
    "cross_border": ("cross_border", "lives_abroad"),
    "treaty_state": ("treaty_state",),
    "asked_by_employer": ("asked_by_employer",),
    "works_with_minors": ("works_with_minors",),
    "asked_by_court": ("asked_by_court",),
}
PRIMARY = frozenset({
    EffectKind.SETS, EffectKind.FORBIDS, EffectKind.SHARES, EffectKind.VERIFIES, EffectKind.COMMITS, EffectKind.SUBSTITUTES, EffectKind.AGENCY,
    EffectKind.REPEALS, EffectKind.CONDITION, EffectKind.INTERMEDIARY,
})  # fmt: skip
BARRIERS = frozenset({
    EffectKind.FORBIDS, EffectKind.SHARES, EffectKind.VERIFIES, EffectKind.COMMITS, EffectKind.SUBSTITUTES, EffectKind.REPEALS,
})  # fmt: skip
# who stamps it says nothing of what it is or what it is for
_WHO = re.compile(
    r"(村|居|社区|村里|村上|村委会?|居委会?|村居|派出所|公安|公安局|街道|街道办|乡镇?|镇里?|单位|公司|学校|医院)(委会|民委员会|办事处|会)?(来|去)?(开|出|开的|出的|盖章)?"
)
FIT = 1.05  # proof and matter together; see evals/decisions.py for how it was set


@dataclass(frozen=True, slots=True)
class Fit:
    """One norm effect that fits a question. ``why`` names the words; ``unmet`` facts it depends on that the question does not state."""

    norm: Norm
    effect: NormEffect
    score: float
    proof: float
    matter: float
    likeness: float
    why: tuple[str, ...]
    unmet: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.norm.key

    @property
    def square(self) -> bool:
        """Whether proof and matter both fit (or the norm asks for only one of them and that one fits well)."""
        proof = self.proof > 0 or not self.effect.proof_words
        matter = self.matter > 0 or not self.effect.matter_words
        return self.score >= FIT and proof and matter


def grams(text: str) -> Counter[str]:
    """Character bigrams of the Chinese words of a text."""
    out: Counter[str] = Counter()
    for left, right in zip(text, text[1:], strict=False):
        if "\u4e00" <= left <= "\u9fff" and "\u4e00" <= right <= "\u9fff":
            out[left + right] += 1
    return out


class NormIndex:
    """The norms prepared for matching; made once per norm book."""

    def __init__(self, book: NormBook) -> None:
        self.book = book
        every = tuple((n, e) for n in book for e in n.effects)
        self._pairs = tuple(
            p for p in every if p[1].effect in PRIMARY and not (p[1].general and not p[1].proof_words and not p[1].matter_words)
        )
        paired = {p[0].key for p in self._pairs}
        self._others = tuple(n for n in book if n.key not in paired)
        self._proof_idf = _rarity([(n.name, e.proof_words + e.proofs) for n, e in self._pairs])
        self._matter_idf = _rarity([(n.name, e.matter_words + e.matters) for n, e in self._pairs])
        self._names = [_canonical(e) for _, e in self._pairs]
        self._last: dict[int, tuple[tuple[str, date], list[Fit]]] = {}  # per thread: questions of others come in between
        texts = [grams(n.title + n.gist + "".join(e.proof_words + e.matter_words + e.proofs)) for n, e in self._pairs]
        df: Counter[str] = Counter(g for t in texts for g in t)
        total = len(texts) or 1
        self._idf = {g: math.log(1 + total / c) for g, c in df.items()}
        self._vectors = [self._weigh(t) for t in texts]
        self._gists = {n.key: self._weigh(grams(n.title + n.gist)) for n in book}

    def _weigh(self, counts: Mapping[str, int]) -> dict[str, float]:
        raw = {g: (1 + math.log(c)) * self._idf[g] for g, c in counts.items() if g in self._idf}
        norm = math.sqrt(sum(v * v for v in raw.values())) or 1.0
        return {g: v / norm for g, v in raw.items()}

    def fits(self, query: Query, day: date, chain: Iterable[str]) -> list[Fit]:
        """Norm effects that apply in the region chain on that day, best first. Norms out of force that day are left out."""
        inside = set(chain)
        return _together([f for f in self.every(query) if f.norm.region in inside and f.norm.in_force_on(day) is True], query)

    def stale(self, query: Query, day: date, chain: Iterable[str]) -> list[Fit]:
        """Norms that fit but are not in force on the day: near misses, and the reason why an old demand has fallen."""
        inside = set(chain)
        found = _together([f for f in self.every(query) if f.norm.region in inside and f.norm.in_force_on(day) is not True], query)
        return [f for f in found if f.square]

    def elsewhere(self, query: Query, day: date, chain: Iterable[str]) -> list[Fit]:
        """Norms of other regions that fit: shown as near misses, never as law here."""
        inside = set(chain)
        return [
            f
            for f in _together([f for f in self.every(query) if f.norm.region not in inside and f.norm.in_force_on(day) is True], query)
            if f.square
        ]

    def alike(self, query: Query, day: date, chain: Iterable[str]) -> list[Fit]:
        """Norms about procedure, liability, remedies or lists that speak of what is asked: cited beside a doctrine, never deciding alone."""
        inside, mine = set(chain), self._weigh(grams(query.text))
        out = []
        for norm in self._others:
            if norm.region not in inside or norm.in_force_on(day) is not True:
                continue
            likeness = self.likeness(norm, mine)
            if likeness >= 0.16:
                near = 0.05 * (norm.region != "全国")
                out.append(
                    Fit(norm, norm.effects[0] if norm.effects else NormEffect(EffectKind.SCOPE), likeness + near, 0.0, 0.0, likeness, ())
                )
        return sorted(out, key=lambda f: (-f.score, f.norm.key))

    def likeness(self, norm: Norm, mine: Mapping[str, float]) -> float:
        """Cosine of the question's weighted bigrams with a norm's title and gist."""
        vector = self._gists[norm.key]
        return sum(v * vector.get(g, 0.0) for g, v in mine.items())

    def weigh(self, text: str) -> dict[str, float]:
        """A text as weighted bigrams, for :meth:`likeness`."""
        return self._weigh(grams(text))

    def general(self, day: date, chain: Iterable[str]) -> Iterable[tuple[Norm, NormEffect]]:
        """Effects in force in the region chain that decide without one certain proof: what ``conflicts.choose_general`` chooses from."""
        inside = set(chain)
        for norm in self.book:
            if norm.region in inside and norm.in_force_on(day) is True:
                yield from (
                    (norm, e) for e in norm.effects if e.verdict and e.effect is not EffectKind.SETS and (e.general or not e.proof_words)
                )

    def every(self, query: Query) -> list[Fit]:
        """Every norm effect that has something to do with the question, whatever its region and day; kept for the last question."""
        key = (query.text, query.as_of)
        last = self._last.get(get_ident())
        if last is not None and last[0] == key:
            return last[1]
        text = query.text
        proofs = {m.name for m in query.proofs if m.name}
        spans = [(m.start, m.end) for m in query.proofs]
        matters = {m.name for m in query.matters if m.name and not any(s < m.end and m.start < e for s, e in spans)}
        facts = facts_of(query)
        mine = self._weigh(grams(text))
        pairs = frozenset(a + b for a, b in zip(text, text[1:], strict=False))
        out: list[Fit] = []
        for i in self._candidates(text, pairs, proofs | matters, mine):
            (norm, effect), names = self._pairs[i], self._names[i]
            past = norm.ended is not None and query.as_of < norm.ended
            shown = facts | {"basis_repealed"} if past else facts
            fit = self._one(norm, effect, self._vectors[i], mine, text, pairs, (proofs & names[0], matters & names[1]), shown)
            if fit is not None:
                out.append(fit)
        self._last[get_ident()] = (key, out)
        return out

    def _candidates(self, text: str, pairs: frozenset[str], names: set[str], mine: Mapping[str, float]) -> Iterable[int]:
        """Places in ``_pairs`` of the effects to score, in order; here all of them."""
        return range(len(self._pairs))

    def _one(
        self,
        norm: Norm,
        effect: NormEffect,
        vector: Mapping[str, float],
        mine: Mapping[str, float],
        text: str,
        pairs: frozenset[str],
        named: tuple[set[str], set[str]],
        facts: frozenset[str],
    ) -> Fit | None:
        proof, proof_why = _hits(text, pairs, effect.proof_words + effect.proofs, self._proof_idf)
        rest = text
        for word in proof_why:  # one wording cannot show both the proof and the matter
            rest = rest.replace(word, "　" * len(word))
            pairs = pairs - _pairs_of(word)
        matter, matter_why = _hits(rest, pairs, effect.matter_words + effect.matters, self._matter_idf)
        if named[0]:
            proof, proof_why = max(proof, 0.95), proof_why or tuple(named[0])
        if named[1]:
            matter, matter_why = max(matter, 0.95), matter_why or tuple(named[1])
        likeness = sum(v * vector.get(g, 0.0) for g, v in mine.items())
        if proof + matter == 0 and likeness < 0.12:
            return None
        score = proof + matter + 1.2 * likeness + (0.25 if proof and matter else 0.0)
        unmet: list[str] = []
        for when in effect.when:
            shown = when.fact in facts or any(_says(text, w) for w in when.words)
            if shown and not when.expected:
                return None
            if when.expected:
                score += 0.3 if shown else -0.2
                if not shown:
                    unmet.append(when.fact)
        score += 0.1 * any(i in text for i in effect.issuers) + 0.05 * norm.lead
        if norm.title in text or (len(norm.name) > 4 and norm.name in text):
            score += 0.35
        if norm.region != "全国":
            score += 0.15
        return Fit(norm, effect, round(score, 6), proof, matter, round(likeness, 6), proof_why + matter_why, tuple(unmet))


def _says(text: str, word: str) -> bool:
    """Whether a text says a word; 不是北京户口 does not say 是北京户口."""
    at = text.find(word)
    while at >= 0:
        if at == 0 or text[at - 1] not in "不没未非无":
            return True
        at = text.find(word, at + 1)
    return False


def _canonical(effect: NormEffect) -> tuple[frozenset[str], frozenset[str]]:
    """The lexicon's names for an effect's materials and matters, so that every lay word the lexicon knows reaches the norm."""
    proofs = {name for p in effect.proofs for name in _proof_names(p)}
    return frozenset(proofs), frozenset(name for t in effect.matters for name in _matter_names(t))


@lru_cache(maxsize=4096)
def _proof_names(wording: str) -> frozenset[str]:
    names = lexicon()
    if names.proof(wording) is not None:
        return frozenset({wording})
    return frozenset(m.name for m in names.find_proofs(wording) if m.name and m.end - m.start >= 0.7 * len(wording))


@lru_cache(maxsize=4096)
def _matter_names(wording: str) -> frozenset[str]:
    names = lexicon()
    if names.matter(wording) is not None:
        return frozenset({wording})
    return frozenset(m.name for m in names.find_matters(wording) if m.name)


def _together(fits: list[Fit], query: Query) -> list[Fit]:
    """Two different materials of one provision in one question show its matter, even where the matter is not named; not where another one is.

    What a provision leaves out (``forbids``) is asked for everywhere and shows nothing.
    """
    asked = {m.name for m in query.matters if m.name}
    words: dict[str, set[str]] = defaultdict(set)
    for fit in fits:
        if fit.proof >= 0.6 and fit.effect.proofs and fit.why and len(fit.why[0]) >= 3 and fit.effect.effect is not EffectKind.FORBIDS:
            words[fit.norm.key].add(fit.why[0])
    out = []
    for fit in fits:
        distinct = {w for w in words[fit.norm.key] if w}
        other = bool(asked and fit.effect.matters) and not asked & set(fit.effect.matters)
        if fit.proof >= 0.6 and fit.matter == 0 and len(distinct) >= 2 and not other:
            out.append(replace(fit, matter=0.5, score=fit.score + 0.75))
        else:
            out.append(fit)
    return sorted(out, key=lambda f: (-f.score, f.norm.key))


def facts_of(query: Query) -> frozenset[str]:
    """The fact names (``knowledge.norms.FACTS``) that a question shows."""
    out = {fact for flag in query.flags for fact in FLAG_FACTS.get(flag, ())}
    if set(query.levels) & {"dept_rule", "local_rule", "document", "rule"}:
        out.add("rule_or_document_only")
    return frozenset(out)


def _rarity(groups: list[tuple[str, tuple[str, ...]]]) -> dict[str, float]:
    """Worth of each word from 0.25 to 1: how few instruments use it, and how long it is."""
    users: dict[str, set[str]] = defaultdict(set)
    for name, words in groups:
        for word in words:
            users[word].add(name)
    total = math.log(1 + len({n for n, _ in groups})) or 1.0
    out = {}
    for word, names in users.items():
        rare = 1 - 0.6 * math.log(len(names)) / total
        length = min(1.0, 0.45 + 0.15 * len(word))
        out[word] = max(0.25, rare * length)
    return out


def _hits(text: str, pairs: frozenset[str], words: tuple[str, ...], worth: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """Best word found plus a little for each further, independent one; a long word nearly found counts for less."""
    found = sorted({w for w in words if len(w) > 1 and w in text and not _WHO.fullmatch(w)}, key=lambda w: (-worth.get(w, 0.3), w))
    free = [w for i, w in enumerate(found) if not any(w in other or other in w for other in found[:i])]
    if free:
        return min(1.3, worth.get(free[0], 0.3) + 0.12 * (len(free) - 1)), tuple(free[:3])
    near = max(((_nearly(pairs, w), w) for w in words if len(w) >= 5), default=(0.0, ""))
    return (0.7 * near[0] * worth.get(near[1], 0.3), (near[1],)) if near[0] >= 0.7 else (0.0, ())


def _nearly(pairs: frozenset[str], word: str) -> float:
    """Share of a long word's bigrams that stand in the text."""
    mine = _pairs_of(word)
    return len(mine & pairs) / len(mine)


@lru_cache(maxsize=20000)
def _pairs_of(word: str) -> frozenset[str]:
    return frozenset(a + b for a, b in zip(word, word[1:], strict=False))


@lru_cache(maxsize=2)
def norm_index() -> NormIndex:
    """The shipped norms, prepared once."""
    return NormIndex(load_norms())


_ORDER = {
    Level.CONSTITUTION: 0,
    Level.LAW: 1,
    Level.TREATY: 1,
    Level.ADMIN_REGULATION: 2,
    Level.STATE_COUNCIL_DECISION: 2,
    Level.LOCAL_REGULATION: 3,
}


def rank(level: Level) -> int:
    """A coarse order for sorting citations only; conflicts are settled by ``knowledge.hierarchy`` and the norms' own relations."""
    return _ORDER.get(level, 4)
