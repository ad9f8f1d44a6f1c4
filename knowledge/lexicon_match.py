"""Finding lexicon surfaces in running text: longest match first, then one-letter typos by sound and by shape.

Surfaces are folded before matching (width, spaces, traditional characters), spans point into the text as given. Typos are looked for
only where nothing matched, only for surfaces of four characters or more, and only when they lead to exactly one name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.text import simplify

DATA = Path(__file__).parent / "data"
_IGNORED = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_MAX_WRONG = 2
_MIN_TYPO = 4
_HEAD = 3  # characters by which typo candidates are looked up
_VARIANT = re.compile(r"(?:情况|状况)?(?:的?证明(?:书|信|材料|文件|原件|件)?|证实)")
_VARIANT_END = re.compile(_VARIANT.pattern + "$")
_PLAIN = str.maketrans({"（": "(", "）": ")", "，": ",", "：": ":", "；": ";"})

Named = tuple[tuple[str, ...], str]  # names, how


@dataclass(frozen=True, slots=True)
class Hit:
    """A surface found in the folded text: half-open span, the names it stands for (several when ambiguous), how it matched."""

    start: int
    end: int
    names: tuple[str, ...]
    how: str  # exact | alias | lay | pattern | pinyin | typo


@dataclass(frozen=True, slots=True)
class Folded:
    """Text made comparable; ``offsets[i]`` is the index in the source of character ``i``, with one more entry for the end."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span in the source that a span of ``text`` came from."""
        return (self.offsets[start], self.offsets[end - 1] + 1) if end > start else (self.offsets[start], self.offsets[start])


def _is_simplified(text: str) -> bool:
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def fold_surface(surface: str) -> str:
    """``fold(surface).text`` for a surface of the lexicon, which has no spaces and no traditional characters; much faster."""
    return surface.translate(_PLAIN).lower()


def fold(text: str) -> Folded:
    """Width, case, spaces and traditional characters folded away, with a map back to ``text``."""
    chars: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        if char.isspace() or char in _IGNORED:
            continue
        for folded in unicodedata.normalize("NFKC", char).lower() if char > "\u2000" or char.isupper() else char:
            chars.append(folded)
            offsets.append(index)
    joined = "".join(chars)
    if not _is_simplified(joined):
        joined = simplify(joined)
    return Folded(joined, (*offsets, len(text)))


@cache
def _readings() -> Mapping[str, str]:
    """Character → usual reading without tone, fuzzy sounds (zh/z, n/l, ang/an …) made equal; as one private-use letter."""
    reading: dict[str, str] = {}
    for line in (DATA / "pinyin.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            sound, _, chars = line.partition("\t")
            for char in chars:
                reading[char] = sound
    return reading


def _blur(sound: str) -> str:
    for exact, loose in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(exact):
            sound = loose + sound[2:]
    if sound.endswith(("ang", "eng", "ing")):
        sound = sound[:-1]
    return sound


@cache
def _sounds() -> dict[int, str]:
    """``str.translate`` table: every character → one character standing for its blurred reading."""
    letters: dict[str, str] = {}
    table: dict[int, str] = {}
    for char, sound in _readings().items():
        table[ord(char)] = letters.setdefault(_blur(sound), chr(0xE000 + len(letters)))
    return table


@cache
def _shapes() -> dict[int, str]:
    """``str.translate`` table: every character of a look-alike group → the group's first character."""
    first: dict[str, str] = {}
    for line in (DATA / "shapes.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            chars = line.strip()
            head = next((first[char] for char in chars if char in first), chars[0])
            for char in chars:
                first.setdefault(char, head)
    return {ord(char): head for char, head in first.items()}


def pinyin(text: str) -> list[str]:
    """Usual reading of each character; a character without one stays itself. 无犯罪 → ['wu', 'fan', 'zui']."""
    readings = _readings()
    return [readings.get(char, char) for char in text]


def initials(text: str) -> str:
    """First letters of the readings: 无犯罪记录 → ``wfzjl``."""
    return "".join(sound[0] for sound in pinyin(text))


class Matcher:
    """Finds the surfaces of one kind.

    ``surfaces``: folded surface → (names, how), two characters or more. ``stems``: surface without 证明 → names, matched when one of the
    usual variants (…的证明, …证明材料) follows.
    """

    def __init__(self, surfaces: Mapping[str, Named], stems: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._surfaces = dict(surfaces)
        self._stems = dict(stems or {})
        self._heads = _lengths_by_head(self._surfaces, 2)
        self._stem_heads = _lengths_by_head(self._stems, 2)
        self._typos: tuple[_Near, ...] | None = None

    def lookup(self, folded: str) -> Named | None:
        """Names and kind of match of a whole folded surface, or None."""
        if found := self._surfaces.get(folded):
            return found
        if (match := _VARIANT_END.search(folded)) and (names := self._stems.get(folded[: match.start()])):
            return names, "alias"
        return None

    def find(self, text: str, *, typos: bool = True) -> list[Hit]:
        """Non-overlapping hits in folded ``text``, longer ones first served, in reading order."""
        hits = self._exact(text)
        if typos:
            for near in self._near(text):
                crossed = [hit for hit in hits if near.start < hit.end and hit.start < near.end]
                if all(
                    near.start <= hit.start and hit.end <= near.end and hit.end - hit.start < near.end - near.start - 1 for hit in crossed
                ):
                    hits = [hit for hit in hits if hit not in crossed] + [near]  # 亲蜀关系证明 is more than 关系证明
        return sorted(hits, key=lambda hit: hit.start)

    def _exact(self, text: str) -> list[Hit]:
        hits = []
        surfaces, heads, stems, stem_heads = self._surfaces, self._heads, self._stems, self._stem_heads
        size = len(text)
        for start in range(size - 1):
            head = text[start : start + 2]
            for length in heads.get(head, ()):
                if start + length <= size and (found := surfaces.get(text[start : start + length])):
                    hits.append(Hit(start, start + length, found[0], found[1]))
                    break
            for length in stem_heads.get(head, ()):
                names = stems.get(text[start : start + length]) if start + length <= size else None
                if names and (match := _VARIANT.match(text, start + length)):
                    hits.append(Hit(start, match.end(), names, "alias"))
                    break
        return disjoint(hits)

    def _near(self, text: str) -> list[Hit]:
        if self._typos is None:
            self._typos = tuple(_Near(how, classes, self._surfaces) for how, classes in (("pinyin", _sounds()), ("typo", _shapes())))
        hits = []
        for table in self._typos:
            classed = text.translate(table.classes)
            for start in range(len(classed) - _MIN_TYPO + 1):
                for length in table.heads.get(classed[start : start + _HEAD], ()):
                    found = table.keys.get(classed[start : start + length])
                    if found and (hit := self._accept(text, start, length, found, table.how)):
                        hits.append(hit)
        return disjoint(hits)

    def _accept(self, text: str, start: int, length: int, found: list[str], how: str) -> Hit | None:
        """A typo counts when few characters differ and every surface that fits stands for the same one name."""
        window = text[start : start + length]
        if len(window) < length or window in self._surfaces:
            return None
        near = [surface for surface in found if 0 < sum(a != b for a, b in zip(window, surface, strict=True)) <= _MAX_WRONG]
        names = {self._surfaces[surface][0] for surface in near}
        if len(names) != 1:
            return None
        (only,) = names
        return Hit(start, start + length, only, how) if len(only) == 1 else None


class _Near:
    """Surfaces of four characters or more by their sound or shape classes."""

    def __init__(self, how: str, classes: dict[int, str], surfaces: Iterable[str]) -> None:
        self.how = how
        self.classes = classes
        self.keys: dict[str, list[str]] = {}
        for surface in surfaces:
            if len(surface) >= _MIN_TYPO:
                self.keys.setdefault(surface.translate(classes), []).append(surface)
        self.heads = _lengths_by_head(self.keys, _HEAD)


def _lengths_by_head(surfaces: Iterable[str], size: int) -> dict[str, tuple[int, ...]]:
    """First ``size`` characters → the lengths that surfaces beginning so have, longest first."""
    heads: dict[str, set[int]] = {}
    for surface in surfaces:
        heads.setdefault(surface[:size], set()).add(len(surface))
    return {head: tuple(sorted(lengths, reverse=True)) for head, lengths in heads.items()}


def disjoint(hits: list[Hit]) -> list[Hit]:
    """Hits that do not overlap: the longer, then the earlier, is kept."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return kept
