"""Buttons for a question back, and what a follow-up takes over from the question before it. Nothing is decided here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answer import clarify
from assistant.decide import Result
from assistant.question import fold
from assistant.world import Row, World
from knowledge.lexicon import lexicon
from knowledge.lexicon_match import initials, pinyin

MOST = 6  # buttons for one question back
_TURN = re.compile(r"^(那|那么|如果|要是|假如|换成|换|改成|还有|另外)|呢[？?。]?$")
_ABROAD = (("在国内办事，政府窗口要的", "（政府办事窗口要的，在国内用）"), ("出国、出境用", "（出国用）"))


@dataclass(frozen=True, slots=True)
class Before:
    """What the last question was about: canonical names, None where unknown."""

    proof: str | None = None
    matter: str | None = None
    region: str | None = None


def remember(result: Result) -> Before | None:
    """What the next question may take over; None after a question that was not ours."""
    if result.query.out:
        return None
    evidence = result.evidence
    proof = (evidence.proof.name or evidence.proof.surface) if evidence.proof else None
    matter = (evidence.matter.name or evidence.matter.surface) if evidence.matter else None
    return Before(proof, matter, result.query.region if result.query.region_stated else None)


def follow(before: Before | None, question: str) -> tuple[str, str]:
    """A follow-up filled up from the question before it.

    Only a turn of phrase that refers back (那…呢, 如果…, 换成…) or a bare name is filled up; a full question stays as it is.

    Returns:
        The question to decide, and what was taken over (empty when nothing was).
    """
    text = fold(question)
    if before is None or not (before.proof or before.matter):
        return question, ""
    found = lexicon().find(text)
    proofs = [item for item in found.proofs if item.name]
    matters = [item for item in found.matters if item.name and not item.inside_proof]
    bare = len(text) <= 14 and not (proofs and matters)
    if not (_TURN.search(text) or (bare and (proofs or matters))) or (proofs and matters):
        return question, ""
    taken = [name for name, known in ((before.matter, matters), (before.proof, proofs)) if name and not known]
    if not taken:
        return question, ""
    ask = f"办理{before.matter}" if before.matter and not matters else ""
    ask += f"要{before.proof}吗" if before.proof and not proofs else "要吗"
    return f"{question.rstrip('？?。 ')}，{ask}", "、".join(taken)


def buttons(world: World, result: Result, answer: Callable[[str], Result] | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """For each question back its buttons ``(label, question to ask instead)``; an empty list of buttons leaves the box to the user.

    Args:
        answer: decides a question; with it a question whose every answer is offered, and whose answers all lead to the same verdict and path,
            is left out, because asking it changes nothing.
    """
    questions = clarify(result)
    if not questions:
        return []
    first = _first(world, result, str(result.facts.get("ask.kind")))
    text = result.query.text.rstrip("？?。 ")
    rest = [[(label, text + more) for label, more in _ABROAD] if "国" in item else [] for item in questions[1:]]
    asked = list(zip(questions, [first, *rest], strict=True))
    if answer is None:
        return asked
    return asked[:1] + [item for item in asked[1:] if not item[1] or _matters_which(item[1], answer)]


def _matters_which(options: Sequence[tuple[str, str]], answer: Callable[[str], Result]) -> bool:
    return len({(found.verdict, found.path, found.missing) for found in (answer(question).decision for _, question in options)}) > 1


def _first(world: World, result: Result, kind: str) -> list[tuple[str, str]]:
    mention = result.evidence.proof
    if kind == "which" and mention is not None and mention.candidates:
        return [(name, result.query.text.replace(mention.surface, name, 1)) for name in mention.candidates[:MOST]]
    if kind in ("matter", "which") and mention is not None:
        proof = mention.name or mention.surface
        return [(matter, f"办理{matter}要{proof}吗") for matter in _matters(world, result, proof)]
    matter = result.evidence.matter
    if matter is not None:
        name = matter.name or matter.surface
        return [(proof, f"办理{name}要{proof}吗") for proof in _proofs(world, name)]
    return []


def _matters(world: World, result: Result, proof: str) -> list[str]:
    """Matters for which lists name this proof, those of the region first."""
    chain = world.chain(result.query.region)
    rows = world.rows_by_canonical.get(proof, ())
    near = [row for row in rows if (row.stored.region or "全国") in chain]
    return _commonest([row.stored.entry.matter for row in [*near, *near, *rows]])


def _proofs(world: World, matter: str) -> list[str]:
    def about(row: Row) -> bool:
        return bool(row.stored.entry.matter) and matter[:4] in (row.stored.entry.matter or "")

    return _commonest([row.canonical or row.stored.entry.proof_name for row in world.rows if about(row)])


def _commonest(names: Sequence[str | None]) -> list[str]:
    """The commonest short names in a stable order."""
    kept = Counter(name for name in names if name and len(name) <= 18)
    return sorted(kept, key=lambda name: (-kept[name], name))[:MOST]


def complete(text: str, limit: int = 8) -> tuple[int, tuple[str, ...]]:
    """Names for what is being typed: ``(how many characters at the end they replace, names)``; ``(0, ())`` when nothing fits."""
    letters = re.search(r"[A-Za-z]{2,24}$", text)
    if letters:
        found = _names(letters.group(), limit)
        return (len(letters.group()), found) if found else (0, ())
    tail = re.search(r"[\u4e00-\u9fff（）]{1,10}$", text)
    if tail and _whole(tail.group()):
        return 0, ()
    for length in range(len(tail.group()) if tail else 0, 1, -1):
        piece = text[-length:]
        found = _names(piece, limit)
        if any(name.startswith(piece) or length >= 3 for name in found):
            return length, found
    return 0, ()


def _whole(tail: str) -> bool:
    """Whether what was typed ends in a whole name already, so that nothing is left to suggest."""
    ends = [mention for mention in lexicon().find(tail).proofs if mention.end == len(tail) and mention.name]
    return any(mention.surface == mention.name or mention.surface.endswith("证明") for mention in ends)


def _names(piece: str, limit: int) -> tuple[str, ...]:
    """Suggestions other than what already stands there: names that begin so (in characters or pinyin) first, short ones before long ones."""
    found = [name for name in lexicon().suggest(piece, limit * 3) if name != piece]
    typed = piece.lower()
    meant = {mention.name for mention in (*lexicon().find(piece).proofs, *lexicon().find(piece).matters) if mention.surface == piece}

    def begins(name: str) -> bool:
        return name.startswith(piece) or (typed.isascii() and (initials(name).startswith(typed) or "".join(pinyin(name)).startswith(typed)))

    return tuple(sorted(found, key=lambda name: (name not in meant, not begins(name), len(name)))[:limit])
