"""What things are called: canonical proofs 证明, matters 办理事项 and bodies 单位, found in a question or a list cell.

One candidate or ask: a surface that fits several names comes back with ``candidates`` and no name; nothing is guessed. A mention tells how
it was recognised: ``exact`` (canonical name), ``alias`` (official variant), ``lay`` (how people say it), ``pattern`` (a lay turn of
phrase), ``pinyin`` or ``typo`` (one wrong character), ``free`` (a …证明 that the lexicon does not know).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from knowledge.errors import BadRule
from knowledge.lexicon_data import LEXICON_FOLDER, Body, LexiconData, Matter, Proof, ProofKind, compile_pattern, load_data, surfaces_of
from knowledge.lexicon_match import Folded, Hit, Matcher, Named, disjoint, fold, fold_surface, initials, pinyin
from knowledge.lexicon_names import AmbiguousName, NameMatch, guess_kind, readings, split_names, strip_name, strip_residue

# A …证明 that the lexicon does not know: what stands between a verb of asking (or a measure word) and 证明.
_FREE = re.compile(r"[\u4e00-\u9fffa-z（）()、]{2,30}?证明(?!事项|我|他|她|你|自己|一下|不了|清理|过|是|了|人)(?:材料|文件|书|信)?")
_QUOTED = re.compile('[“「"]([\u4e00-\u9fff]{2,16}(?:证明|意见|说明|声明))[”」"]')
_FREE_VERB = re.compile(
    r".*(?:提供|提交|出具|出示|开具|办理|取得|拿到|要求|需要|必须有|得有|要有|[开办交拿出来弄搞写打补有]一?[个张份]|[要给让叫]我[开办交拿出]?|[要交让]交|要开|还要|必须|需|开|交|凭|持"
    r"|一[个张份]|[这那]一?[个张份种])"
)
_FREE_SOFT = re.compile(r".*(?:要|和|及|与|或|、|去|到|由|有)")
_VAGUE = re.compile(
    r"什么|啥|哪|几|多少|有关|相关|其他|其它|任何|怎么|如何|各种|一堆|这|那|所有|所谓|了没|没(?=有|啥|什么|用|必要|依据|法|说)|了?无(?=谓|需|法|关|依据)|不(?!良|在|动)|能|可以|奇怪|奇葩|莫名|稀奇|无谓|循环|请问|到底|为何"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something the lexicon knows, found in a text. ``start``/``end`` are half-open in the text as given.

    ``name`` is None when the surface fits several names (``candidates``) or when it is unknown (``how == "free"``).
    """

    kind: str  # proof | matter | body
    name: str | None
    surface: str
    start: int
    end: int
    how: str
    candidates: tuple[str, ...] = ()
    inside_proof: bool = False  # a matter or body named inside the name of a material (结婚登记 in 结婚登记证明)
    inside_matter: bool = False  # a body named inside the name of a matter (公司 in 公司注销)


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything found in one text, in reading order."""

    proofs: tuple[Mention, ...] = ()
    matters: tuple[Mention, ...] = ()
    bodies: tuple[Mention, ...] = ()


def _matcher(records: Iterable[Proof | Matter | Body], ambiguous: Mapping[str, tuple[str, ...]]) -> Matcher:
    """The matcher of one kind; a proof's name without 证明 becomes a stem for its usual variants unless two names share it."""
    table: dict[str, Named] = {}
    stems: dict[str, tuple[str, ...]] = {}
    for record in records:
        for surface, how in surfaces_of(record):
            folded = fold_surface(surface)
            table.setdefault(folded, ((record.name,), how))
            if folded.endswith("证明") and len(folded) > 3:
                stems.setdefault(folded[:-2], (record.name,))
    for surface, names in ambiguous.items():
        folded = fold_surface(surface)
        table[folded] = (names, "alias")
        stems[folded.removesuffix("证明")] = names
    return Matcher(table, {stem: names for stem, names in stems.items() if len(stem) > 1})


def _widens(pattern: Hit, hit: Hit) -> bool:
    """May a pattern take the place of a fixed surface: only when it holds it whole, says more and means something else."""
    longer = pattern.end - pattern.start > hit.end - hit.start
    return pattern.start <= hit.start and hit.end <= pattern.end and longer and pattern.names != hit.names


class Lexicon:
    """The loaded lexicon; make one with ``Lexicon.load()`` or use the module's functions, which share one."""

    def __init__(self, data: LexiconData) -> None:
        self.data = data
        self._matchers = {
            "proof": _matcher(data.proofs.values(), data.ambiguous.get("proof", {})),
            "matter": _matcher(data.matters.values(), data.ambiguous.get("matter", {})),
            "body": _matcher(data.bodies.values(), data.ambiguous.get("body", {})),
        }
        self._patterns = [(p.kind, p.name, compile_pattern(p)) for p in data.patterns]
        self._prefixes: list[tuple[str, str, str, str, bool]] | None = None

    @classmethod
    def load(cls, folder: Path = LEXICON_FOLDER) -> Lexicon:
        """Loads and checks a lexicon folder. Raises BadRule for bad data."""
        return cls(load_data(folder))

    # --- records -------------------------------------------------------------------------------------------------------------------
    def proof(self, name: str) -> Proof | None:
        """The record of a canonical proof, or None."""
        return self.data.proofs.get(name)

    def matter(self, name: str) -> Matter | None:
        """The record of a canonical matter, or None."""
        return self.data.matters.get(name)

    def body(self, name: str) -> Body | None:
        """The record of a canonical body, or None."""
        return self.data.bodies.get(name)

    # --- running text --------------------------------------------------------------------------------------------------------------
    def find(self, text: str) -> Findings:
        """Proofs, matters and bodies of one text; a matter or body inside a proof's name is marked ``inside_proof``."""
        folded = fold(text)
        proofs = self._mentions(folded, text, "proof")
        matters = self._settle(self._mentions(folded, text, "matter", proofs), proofs)
        bodies = tuple(
            replace(body, inside_matter=any(m.start <= body.start and body.end <= m.end for m in matters))
            for body in self._mentions(folded, text, "body", proofs)
        )
        return Findings(proofs, matters, bodies)

    def find_proofs(self, text: str) -> tuple[Mention, ...]:
        """Materials named in ``text`` (also licences, forms, vouchers: see ``kind_of``), longest first served, in reading order."""
        return self._mentions(fold(text), text, "proof")

    def find_matters(self, text: str) -> tuple[Mention, ...]:
        """Matters named in ``text``."""
        return self._mentions(fold(text), text, "matter")

    def find_bodies(self, text: str) -> tuple[Mention, ...]:
        """Bodies named in ``text``."""
        return self._mentions(fold(text), text, "body")

    def find_free_proofs(self, text: str) -> tuple[Mention, ...]:
        """Names ending in 证明 that the lexicon does not know, cut after the verb or measure word before them; ``how == "free"``."""
        folded = fold(text)
        known = self._mentions(folded, text, "proof")
        mentions = []
        for match in _QUOTED.finditer(text):
            if not any(match.start(1) < other.end and other.start < match.end(1) for other in known):
                mentions.append(Mention("proof", None, match[1], match.start(1), match.end(1), "free"))
        known = (*known, *mentions)
        for match in _FREE.finditer(folded.text):
            start, end = match.span()
            head = folded.text[start : folded.text.rindex("证明", start, end)].removesuffix("的")
            if cut := _FREE_VERB.match(head) or _FREE_SOFT.match(head):
                start += cut.end()
                head = head[cut.end() :]
            left, right = folded.span(start, end)
            unseen = not any(left < other.end and other.start < right for other in known)
            if unseen and len(head) >= 2 and not _VAGUE.match(head):
                mentions.append(Mention("proof", None, text[left:right], left, right, "free"))
        return tuple(mentions)

    def _mentions(self, folded: Folded, text: str, kind: str, proofs: tuple[Mention, ...] = ()) -> tuple[Mention, ...]:
        hits = self._matchers[kind].find(folded.text)
        for pattern in self._pattern_hits(folded.text, kind):
            crossed = [hit for hit in hits if pattern.start < hit.end and hit.start < pattern.end]
            if all(_widens(pattern, hit) for hit in crossed):
                hits = [hit for hit in hits if hit not in crossed] + [pattern]
        mentions = []
        for hit in sorted(hits, key=lambda h: h.start):
            start, end = folded.span(hit.start, hit.end)
            one = len(hit.names) == 1
            inside = any(other.start <= start and end <= other.end for other in proofs)
            mentions.append(
                Mention(kind, hit.names[0] if one else None, text[start:end], start, end, hit.how, () if one else hit.names, inside)
            )
        return tuple(mentions)

    def _settle(self, matters: tuple[Mention, ...], proofs: tuple[Mention, ...]) -> tuple[Mention, ...]:
        """An ambiguous matter is settled when exactly one candidate belongs to the field of something else named in the text."""
        fields = {self.data.matters[m.name].field for m in matters if m.name} | {self.data.proofs[p.name].field for p in proofs if p.name}
        settled = []
        for matter in matters:
            near = [name for name in matter.candidates if self.data.matters[name].field in fields]
            settled.append(replace(matter, name=near[0], candidates=()) if len(near) == 1 else matter)
        return tuple(settled)

    def _pattern_hits(self, text: str, kind: str) -> list[Hit]:
        hits = [
            Hit(match.start(), match.end(), (name,), "pattern")
            for pattern_kind, name, regex in self._patterns
            if pattern_kind == kind
            for match in regex.finditer(text)
            if match.end() > match.start()
        ]
        return disjoint(hits)

    # --- names in lists and laws ---------------------------------------------------------------------------------------------------
    def canonical_proof(self, name: str) -> NameMatch | AmbiguousName | None:
        """The canonical proof of one free list name, with what its modifiers still say.

        ``同户人员与户主间的亲属关系证明`` → 亲属关系证明 with residue ``同户人员与户主间``. Two different proofs in one name, or one
        surface with several candidates → AmbiguousName; nothing known → None.
        """
        forms = readings(fold(name).text)
        for form in forms:
            if found := self._whole_name(form):
                return found
        parts: list[NameMatch | AmbiguousName] = [part for form in forms if (part := self._part_of_name(form))]
        return parts[0] if parts else None

    def _whole_name(self, form: str) -> NameMatch | AmbiguousName | None:
        matcher = self._matchers["proof"]
        for surface in (form, form + "证明", form.removesuffix("材料"), form.removesuffix("证明")):
            if len(surface) >= 2 and (found := matcher.lookup(surface)):
                return NameMatch(found[0][0], "", found[1]) if len(found[0]) == 1 else AmbiguousName(found[0])
        return None

    def _part_of_name(self, form: str) -> NameMatch | AmbiguousName | None:
        """The surface that the name ends with; what stands before it is residue."""
        matcher = self._matchers["proof"]
        hits = matcher.find(form) or matcher.find(form + "证明")
        if not hits:
            return None
        last = hits[-1]
        if last.end < len(form) and strip_residue(form[last.end :]):
            return None  # the head of the name lies behind the match: 结婚证遗失补办证明 is not a 结婚证
        if len(last.names) > 1:
            return AmbiguousName(last.names)
        if len({hit.names for hit in hits}) > 1 and re.search(r"[、和及或与]", form[hits[0].end : last.start] or "-"):
            return AmbiguousName(tuple(dict.fromkeys(name for hit in hits for name in hit.names)))
        return NameMatch(last.names[0], strip_residue(form[: last.start]), last.how)

    def canonical_proofs(self, name: str) -> tuple[NameMatch, ...]:
        """Every proof of a compound list name (``学历证明、工作年限证明``), unknown and ambiguous parts left out."""
        found = [self.canonical_proof(part) for part in split_names(name)]
        return tuple(match for match in found if isinstance(match, NameMatch))

    def same_proof(self, left: str, right: str) -> str:
        """``same``: one proof under two names; ``related``: one proof, other modifiers; ``different``; ``unknown``: neither is known."""
        a, b = self.canonical_proof(left), self.canonical_proof(right)
        if isinstance(a, NameMatch) and isinstance(b, NameMatch):
            if a.name != b.name:
                return "different"
            return "same" if a.residue == b.residue or not (a.residue and b.residue) else "related"
        plain = [strip_residue(strip_name(fold(name).text).removesuffix("材料").removesuffix("证明")) for name in (left, right)]
        if plain[0] == plain[1]:
            return "same"
        return "unknown" if a is None and b is None else "different"

    def kind_of(self, material: str) -> ProofKind:
        """What a material is: from the lexicon, else from its ending (…申请表, …合同, …许可证, …评估报告 …)."""
        match = self.canonical_proof(material)
        if isinstance(match, NameMatch) and (record := self.data.proofs.get(match.name)):
            return record.kind
        if isinstance(match, AmbiguousName):
            kinds = {self.data.proofs[name].kind for name in match.candidates if name in self.data.proofs}
            if len(kinds) == 1:
                return kinds.pop()
        return guess_kind(strip_name(fold(material).text))

    def is_proof_item(self, material: str) -> bool:
        """True when the material is a 证明事项, not a licence, form, voucher, report or judicial document."""
        return self.kind_of(material) is ProofKind.PROOF

    # --- completion and segmentation -----------------------------------------------------------------------------------------------
    def suggest(self, prefix: str, limit: int = 8) -> tuple[str, ...]:
        """Canonical proofs and matters for what was typed so far: characters, pinyin (``wufanzui``) or initials (``wfzjl``)."""
        typed = fold(prefix).text.lower()
        if not typed:
            return ()
        ranked: dict[str, tuple[int, int]] = {}
        for order, (surface, spelled, letters, name, canonical) in enumerate(self._prefix_table()):
            if surface.startswith(typed):
                score = 0 if canonical else 1
            elif typed.isascii() and (letters.startswith(typed) or spelled.startswith(typed)):
                score = 2 if canonical else 3
            elif not typed.isascii() and typed in surface:
                score = 4
            else:
                continue
            ranked[name] = min(ranked.get(name, (9, 0)), (score, order))
        return tuple(sorted(ranked, key=lambda name: ranked[name])[:limit])

    def _prefix_table(self) -> list[tuple[str, str, str, str, bool]]:
        if self._prefixes is None:
            self._prefixes = [
                (surface, "".join(pinyin(surface)), initials(surface), record.name, how == "exact")
                for records in (self.data.proofs, self.data.matters)
                for record in records.values()
                for surface, how in surfaces_of(record)
                if how != "lay"
            ]
        return self._prefixes

    def segment_words(self) -> tuple[str, ...]:
        """Proof names that segmentation 分词 must not cut: Chinese characters only, three to eight of them (the segmenter's longest word)."""
        return tuple(sorted(name for name in self.data.proofs if re.fullmatch(r"[\u4e00-\u9fff]{3,8}", name)))

    def verify_dictionary(self, cut: Callable[[str], Iterable[str]]) -> None:
        """Proves that ``segment_words`` took effect.

        Args:
            cut: the segmenter in use; gets all words in one text, a line each.

        Raises:
            BadRule: some come out in pieces; names how many and the first.
        """
        words = self.segment_words()
        got = set(cut("\n".join(words)))
        broken = [word for word in words if word not in got]
        if broken:
            raise BadRule(
                f"分词词典没有生效：{len(broken)} 个证明名称被切开，例如{'、'.join(broken[:5])}。索引可能建于词库更新之前，请运行 jianzheng reindex。"
            )


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon, loaded once per process."""
    return Lexicon.load()


def find_proofs(text: str) -> tuple[Mention, ...]:
    """``Lexicon.find_proofs`` of the shipped lexicon."""
    return lexicon().find_proofs(text)


def find_matters(text: str) -> tuple[Mention, ...]:
    """``Lexicon.find_matters`` of the shipped lexicon."""
    return lexicon().find_matters(text)


def find_bodies(text: str) -> tuple[Mention, ...]:
    """``Lexicon.find_bodies`` of the shipped lexicon."""
    return lexicon().find_bodies(text)


def canonical_proof(name: str) -> NameMatch | AmbiguousName | None:
    """``Lexicon.canonical_proof`` of the shipped lexicon."""
    return lexicon().canonical_proof(name)


def same_proof(left: str, right: str) -> str:
    """``Lexicon.same_proof`` of the shipped lexicon."""
    return lexicon().same_proof(left, right)


def suggest(prefix: str, limit: int = 8) -> tuple[str, ...]:
    """``Lexicon.suggest`` of the shipped lexicon."""
    return lexicon().suggest(prefix, limit)
