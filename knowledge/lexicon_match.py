"""Finding lexicon surfaces in running text: longest match first, then one-letter typos by sound and by shape.

Surfaces are folded before matching (width, spaces, traditional characters), spans point into the text as given. Typos are looked for
only where nothing matched, only for surfaces of four characters or more, and only when they lead to exactly one name.
"""

from __future__ import annotations

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
def _sound_classes() -> dict[int, str]:
    """``str.translate`` table: every character → one character standing for its blurred reading."""
    letters: dict[str, str] = {}
    table: dict[int, str] = {}
    for char, sound in _readings().items():
        table[ord(char)] = letters.setdefault(_blur(sound), chr(0xE000 + len(letters)))
    return table


@cache
def _shape_classes() -> dict[int, str]:
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
    """Finds the surfaces of one kind. ``surfaces``: surface → (names, how); surfaces shorter than two characters are not allowed."""

    def __init__(self, surfaces: Mapping[str, tuple[tuple[str, ...], str]]) -> None:
        self._surfaces = dict(surfaces)
        heads: dict[str, set[int]] = {}
        for surface in self._surfaces:
            heads.setdefault(surface[:2], set()).add(len(surface))
        self._heads = {head: tuple(sorted(lengths, reverse=True)) for head, lengths in heads.items()}
        self._typos: tuple[tuple[str, dict[int, str], dict[int, dict[str, list[str]]]], ...] | None = None

    def lookup(self, folded: str) -> tuple[tuple[str, ...], str] | None:
        """Names and kind of match of a whole folded surface, or None."""
        return self._surfaces.get(folded)

    def surfaces(self) -> Iterable[str]:
        """Every surface, in the order given."""
        return self._surfaces

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
        surfaces, heads = self._surfaces, self._heads
        for start in range(len(text) - 1):
            for length in heads.get(text[start : start + 2], ()):
                surface = text[start : start + length]
                if (found := surfaces.get(surface)) and len(surface) == length:
                    hits.append(Hit(start, start + length, found[0], found[1]))
                    break
        return disjoint(hits)

    def _tables(self) -> tuple[tuple[str, dict[int, str], dict[int, dict[str, list[str]]]], ...]:
        if self._typos is None:
            tables = []
            for how, classes in (("pinyin", _sound_classes()), ("typo", _shape_classes())):
                keys: dict[int, dict[str, list[str]]] = {}
                for surface in self._surfaces:
                    if len(surface) >= _MIN_TYPO:
                        keys.setdefault(len(surface), {}).setdefault(surface.translate(classes), []).append(surface)
                tables.append((how, classes, keys))
            self._typos = tuple(tables)
        return self._typos

    def _near(self, text: str) -> list[Hit]:
        hits = []
        for how, classes, keys in self._tables():
            classed = text.translate(classes)
            for length, by_key in keys.items():
                for start in range(len(text) - length + 1):
                    if found := by_key.get(classed[start : start + length]):
                        hit = self._accept(text, start, length, found, how)
                        if hit is not None:
                            hits.append(hit)
        return disjoint(hits)

    def _accept(self, text: str, start: int, length: int, found: list[str], how: str) -> Hit | None:
        """A typo counts when few characters differ and every surface that fits stands for the same one name."""
        window = text[start : start + length]
        if window in self._surfaces:
            return None
        near = [surface for surface in found if 0 < sum(a != b for a, b in zip(window, surface, strict=True)) <= _MAX_WRONG]
        names = {self._surfaces[surface][0] for surface in near}
        if len(names) != 1:
            return None
        (only,) = names
        return Hit(start, start + length, only, how) if len(only) == 1 else None


def disjoint(hits: list[Hit]) -> list[Hit]:
    """Hits that do not overlap: the longer, then the earlier, is kept."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start)):
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return kept
