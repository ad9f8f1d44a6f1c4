"""Which of several norms that fit prevails: yields and prevails relations first, then rank, speciality, date (立法法 arts 99–106). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from assistant.inhand import WHO_ONLY
from assistant.match import BARRIERS, Fit, NormIndex, rank
from assistant.question import Query
from knowledge.lexicon import lexicon
from knowledge.lexicon_data import ProofKind
from knowledge.norms import EffectKind, Norm, NormBook, NormEffect, load_norms
from knowledge.types import Level, Path, Strength, Verdict

_CONFLICT_CITE = {"local": "lff23-82", "upper": "lff23-99"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The norm that carries the answer, with what it stands against. ``conflict``: none | upper | ruling; ``keys`` in citing order.

    ``firm`` is False when proof or matter was not recognised and the fit rests on the other alone.
    """

    fit: Fit
    verdict: str | None
    path: str | None
    keys: tuple[str, ...]
    conflict: str = "none"
    note: str = ""
    firm: bool = True


def verdict_on(norm: Norm, effect: NormEffect, day: date, book: NormBook | None = None) -> tuple[str | None, str | None]:
    """What an effect means on a day: its annotation, or, on a day to which the annotation does not reach, what its words say by themselves.

    The annotation of an ended norm says what follows *now*; that of a norm in conflict presupposes that the norm above it is in force. Asked about a
    day before that, a named demand may be made.
    """
    verdict, path = effect.verdict, effect.path
    if not _annotation_reaches(norm, day, book or load_norms()):
        verdict = None
        path = path if path in (Path.SUBSTITUTE, Path.DATA_SHARING) and effect.effect is not EffectKind.SETS else None
    if verdict is None:
        verdict = _DEFAULT.get(effect.effect)
        if effect.effect is EffectKind.SETS:
            verdict = Verdict.MAY_DEMAND if effect.strength in (None, Strength.NAMED) else Verdict.CONDITIONAL
    if path is None:
        path = _PATHS.get(effect.effect)
    return (str(verdict) if verdict else None), (str(path) if path else None)


def _annotation_reaches(norm: Norm, day: date, book: NormBook) -> bool:
    above = [n for r in norm.yields_to if (n := book.get(r.key)) is not None]
    in_force = [n for n in above if n.name != norm.name and n.in_force_on(day) is True]
    if norm.ended is not None and day < norm.ended:
        return bool(in_force)
    return not above or bool(in_force) or any(n.name == norm.name for n in above)


_DEFAULT = {
    EffectKind.FORBIDS: Verdict.MAY_NOT_DEMAND,
    EffectKind.REPEALS: Verdict.MAY_NOT_DEMAND,
    EffectKind.AGENCY: Verdict.CONDITIONAL,
    EffectKind.CONDITION: Verdict.CONDITIONAL,
    EffectKind.INTERMEDIARY: Verdict.CONDITIONAL,
    EffectKind.COMMITS: Verdict.CONDITIONAL,
    EffectKind.SUBSTITUTES: Verdict.CONDITIONAL,
}
_PATHS = {
    EffectKind.SETS: Path.RETAIN,
    EffectKind.FORBIDS: Path.DIRECT_CANCEL,
    EffectKind.REPEALS: Path.DIRECT_CANCEL,
    EffectKind.SHARES: Path.DATA_SHARING,
    EffectKind.VERIFIES: Path.DEPT_VERIFICATION,
    EffectKind.COMMITS: Path.COMMITMENT,
    EffectKind.SUBSTITUTES: Path.SUBSTITUTE,
    EffectKind.AGENCY: Path.AGENCY,
}


def choose(book: NormBook, fits: tuple[Fit, ...], query: Query, day: date, chain: Iterable[str]) -> Chosen | None:
    """The prevailing norm among those that fit squarely, or None when none does.

    Where one yields to another that is in force here, both are cited; the yielding norm's own annotation says what follows from the conflict.
    """
    square = [f for f in fits if f.square and verdict_on(f.norm, f.effect, day)[0] and not _waits(f)]
    deciding = [f for f in square if f.effect.effect not in (EffectKind.CONDITION, EffectKind.AGENCY) or _says_more(f, square)]
    square = deciding or square
    firm = bool(square)
    square = square or _loose(fits, query, day)
    if not square:
        return None
    top = square[0].score
    close = [f for f in square if f.score >= top - 0.45]
    beside = [f for f in fits if f.square and f not in close and f.score >= top - 0.45]
    regions = set(chain)
    best = _best(close, fits)
    upper = _higher(best, close)
    close = [*close, *beside]
    if upper is not None:
        verdict, path = verdict_on(best.norm, best.effect, day)
        keys = dict.fromkeys((upper.norm.key, best.norm.key, "lff23-82", *best.norm.companions[:2]))
        return Chosen(upper, verdict, path, tuple(keys), "upper", f"{best.norm.cite}与{upper.norm.cite}规定的出具人不同", firm)
    above = _above(book, best, fits, day, regions)
    if above is None:
        return _chosen(best, close, day, firm)
    if best.matter == 0 and above.matter > 0:  # a general rule gives way to the special one, which then speaks for itself
        return _chosen(above, [best, *close], day, firm)
    note = f"{best.norm.cite}与{above.norm.cite}不一致"
    verdict, path = verdict_on(best.norm, best.effect, day)
    _, over_path = verdict_on(above.norm, above.effect, day)
    if verdict == str(Verdict.MAY_NOT_DEMAND):
        path = over_path or path
    keys = dict.fromkeys((above.norm.key, best.norm.key, _law_of(best), *above.norm.companions[:2]))
    return Chosen(best, verdict, path, tuple(keys), "upper", note, firm)


def _waits(fit: Fit) -> bool:
    """Whether the effect depends on something that the question does not say: a barrier, an agency, or a twist that only words can show."""
    return bool(fit.unmet) and (fit.effect.effect in BARRIERS or fit.effect.effect is EffectKind.AGENCY or "said" in fit.unmet)


def _says_more(fit: Fit, square: list[Fit]) -> bool:
    """A condition that is annotated with its own verdict and fits far better than every provision that sets or bars a proof."""
    others = [f.score for f in square if f.effect.effect not in (EffectKind.CONDITION, EffectKind.AGENCY)]
    return fit.effect.verdict is not None and bool(others) and fit.score >= max(others) + 0.3


GENERAL = 0.2  # likeness of a question to the gist of a norm that holds for every matter; set on evals/datasets/decisions (dev half)


def choose_general(
    index: NormIndex, query: Query, day: date, chain: Iterable[str], near: Mapping[str, float] | None = None
) -> Chosen | None:
    """The norm about procedure, lists, sharing, commitment or liability whose own words are those of a question that names no proof and matter."""
    mine = index.weigh(query.text)
    found: list[tuple[float, Norm, NormEffect, float]] = []
    for norm, effect in index.general(day, chain):
        shown = any(w in query.text for when in effect.when for w in when.words)
        if effect.when and not shown and not effect.general:
            continue
        likeness = index.likeness(norm, mine)
        score = likeness + 0.12 * shown + 0.02 * (norm.region != "全国") + 0.1 * (near or {}).get(norm.key, 0.0)
        found.append((score, norm, effect, likeness))
    if not found:
        return None
    score, norm, effect, likeness = max(found, key=lambda p: (p[0], p[1].key))
    best = Fit(norm, effect, score, 0.0, 0.0, likeness, ())
    return _chosen(best, [], day, True) if score >= GENERAL and likeness >= 0.1 else None


def _loose(fits: tuple[Fit, ...], query: Query, day: date) -> list[Fit]:
    """When nothing fits squarely: a matter that fits clearly although the material is not recognised, or a material whose norms all agree."""
    deciding = [
        f
        for f in fits
        if not f.effect.general and verdict_on(f.norm, f.effect, day)[0] and f.effect.effect is not EffectKind.CONDITION and not _waits(f)
    ]
    asked = {m.name for m in query.matters if m.name}
    if asked:  # the same proof for another matter says nothing about this one
        deciding = [f for f in deciding if f.matter > 0 or not f.effect.matter_words]
        shared = [(_shared(query, f), f) for f in deciding if f.matter >= 0.9 and f.proof == 0]
        if shared and max(s for s, _ in shared) > 0:
            return [max(shared, key=lambda p: (p[0], p[1].score))[1]]
    if not deciding:
        return []
    top = deciding[0]
    mine = verdict_on(top.norm, top.effect, day)[0]
    rivals = [f for f in deciding[1:] if f.norm.name != top.norm.name and not f.unmet and verdict_on(f.norm, f.effect, day)[0] != mine]
    margin = top.score - (rivals[0].score if rivals else 0.0)
    if top.proof == 0 and top.matter >= 0.7 and not _known_proof(query) and top.score >= 1.1:
        return [top]
    if top.matter == 0 and any(w.fact == "said" and w.expected for w in top.effect.when):
        return []
    nameless = bool(query.proofs) and all(m.name in WHO_ONLY for m in query.proofs)
    if (
        nameless and top.effect.matter_words and top.matter == 0
    ):  # 村委会证明 alone says nothing: no norm for one matter may answer for another
        return []
    if top.matter == 0 and top.proof >= 0.75 and margin >= 0.1 and top.score >= 0.95:
        return [top]
    return [top] if top.likeness >= 0.33 and margin >= 0.1 else []


def _shared(query: Query, fit: Fit) -> int:
    """Bigrams that the question's material shares with the norm's material, 证明 itself aside (健康证明 ~ 收养人健康检查证明)."""
    asked = "".join(m.surface + (m.name or "") for m in query.proofs).replace("证明", "　")
    pairs = {a + b for a, b in zip(asked, asked[1:], strict=False) if "　" not in a + b}
    return sum(1 for p in pairs if any(p in name for name in fit.effect.proofs))


def _known_proof(query: Query) -> bool:
    """Whether the question names a proof that the lexicon knows (a licence or a voucher in hand does not count)."""
    names = lexicon()
    kinds = (names.proof(m.name) for m in query.proofs if m.name)
    return any(k is not None and k.kind is ProofKind.PROOF and not k.ambiguous_matters for k in kinds)


def _above(book: NormBook, fit: Fit, fits: tuple[Fit, ...], day: date, regions: set[str]) -> Fit | None:
    """The norm to which this one yields, when it is in force here that day and speaks of the same material in the same matter."""
    for relation in fit.norm.yields_to:
        other = book.get(relation.key)
        if other is None or other.in_force_on(day) is not True or other.region not in regions:
            continue
        matched = next(
            (f for f in fits if f.norm.key == other.key and (f.matter > 0 or f.effect.general or not f.effect.matter_words)), None
        )
        if matched is not None and fit.matter > 0:
            return matched
        if matched is None and fit.matter > 0:
            borrowed = _borrow(other, fit)
            if borrowed is not None:
                return borrowed
        if matched is not None and matched.matter > 0:
            return matched
    return None


def _borrow(norm: Norm, fit: Fit) -> Fit | None:
    """The prevailing norm's effect on the same material, recognised by the names and words that both share."""
    for effect in norm.effects:
        proofs = set(effect.proofs) & set(fit.effect.proofs) or set(effect.proof_words) & set(fit.effect.proof_words)
        matters = set(effect.matters) & set(fit.effect.matters) or set(effect.matter_words) & set(fit.effect.matter_words)
        if proofs and (matters or effect.general):
            return Fit(norm, effect, fit.score, fit.proof, fit.matter, fit.likeness, fit.why)
    return None


def _law_of(fit: Fit) -> str:
    return _CONFLICT_CITE["local" if fit.norm.level is Level.LOCAL_REGULATION else "upper"]


def _best(close: list[Fit], fits: tuple[Fit, ...]) -> Fit:
    """The best-fitting one; a barrier of equal or higher rank beats a demand that fits no better; of two demands for the same material the higher
    rank speaks first (立法法 arts 99–100), the lower one adds."""
    first = close[0]
    if first.effect.effect is not EffectKind.SETS:
        return first
    for fit in close[1:]:
        if (
            fit.effect.effect in BARRIERS
            and not fit.unmet
            and fit.effect.verdict is not None
            and fit.score >= first.score - 0.1
            and rank(fit.norm.level) <= rank(first.norm.level)
        ):
            return fit
    return first


def _higher(first: Fit, close: list[Fit]) -> Fit | None:
    """A higher norm that names the same material with other issuers than a local regulation does: it says who may issue it."""
    if first.norm.level is not Level.LOCAL_REGULATION or first.effect.effect is not EffectKind.SETS:
        return None
    for fit in close:
        named = fit.effect.effect is EffectKind.SETS and fit.effect.strength is Strength.NAMED and bool(fit.effect.issuers)
        same = set(fit.effect.proofs) & set(first.effect.proofs)
        other = set(fit.effect.issuers) != set(first.effect.issuers)
        if named and same and other and not fit.unmet and rank(fit.norm.level) < rank(first.norm.level):
            return fit
    return None


def _chosen(fit: Fit, close: list[Fit], day: date, firm: bool) -> Chosen:
    keys = [fit.norm.key]
    keys += [f.norm.key for f in close if f.norm.key not in keys][:3]
    keys += [c for c in fit.norm.companions if c not in keys][:3]
    verdict, path = verdict_on(fit.norm, fit.effect, day)
    return Chosen(fit=fit, verdict=verdict, path=path, keys=tuple(dict.fromkeys(keys)), firm=firm)
