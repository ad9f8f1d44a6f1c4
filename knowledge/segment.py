"""Word segmentation 分词 of whole corpora at once: the unigram (maximum probability) cut of jieba without HMM, as array operations.

Texts are flat arrays of UTF-16 code units (``encode``); a zero separates texts. The cut of every run of word characters is found by one
dynamic
programme that advances over all runs in step, from their ends, so 20 million characters take seconds instead of a minute. The dictionary
arrives as
data: this module does not know where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

MAX_WORD = 8  # characters; longer dictionary entries (proverbs, foreign names) are left out
FIRST_WORD = 65536  # ids below are single characters (their code unit), above dictionary words
CHUNK = 1 << 20  # characters cut in one go

_BASE = np.uint64(1_000_003)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SEEDS = np.array([(0xA5A5 + 7919 * n) & 0xFFFF for n in range(MAX_WORD + 1)], dtype=np.uint64)


def _table_han() -> Bools:
    table = np.zeros(65536, dtype=np.bool_)
    table[0x3400:0x4DC0] = table[0x4E00:0xA000] = table[0xF900:0xFB00] = True
    table[0x3007] = True  # 〇
    return table


def _table_latin() -> Bools:
    table = np.zeros(65536, dtype=np.bool_)
    table[ord("0") : ord("9") + 1] = table[ord("a") : ord("z") + 1] = True
    return table


HAN = _table_han()
LATIN = _table_latin()
WORD = HAN | LATIN


def _table_fold() -> U16:
    """Lower case and half width, code unit by code unit, so that positions never move."""
    table = np.arange(65536, dtype=np.uint16)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F, dtype=np.uint16)
    for code in range(65536):
        if table[code] < 0x250:
            lower = chr(int(table[code])).lower()
            table[code] = ord(lower) if len(lower) == 1 else table[code]
    return table


FOLD = _table_fold()


def encode(text: str) -> U16:
    """``text`` as folded code units; a character outside the BMP becomes one U+FFFD, so that indexes stay those of ``text``."""
    try:
        units = np.frombuffer(text.encode("utf-16-le"), dtype="<u2")
    except UnicodeEncodeError:
        units = np.frombuffer(text.encode("utf-16-le", "replace"), dtype="<u2")
    if len(units) != len(text):
        units = np.array([min(ord(c), 0xFFFD) for c in text], dtype=np.uint16)
    folded: U16 = FOLD[units]
    return folded


def decode(codes: U16) -> str:
    """The reverse of ``encode`` (folding is not undone)."""
    return codes.astype("<u2").tobytes().decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Words and their prefixes in an open-addressed table: ``keys`` hashes, ``score`` log probability (−inf marks a mere prefix)."""

    keys: NDArray[np.uint64]
    score: NDArray[np.float32]
    slots: I32
    probes: int
    single: NDArray[np.float32]  # log probability of each single character

    @property
    def size(self) -> int:
        """Number of token ids: single characters, then entries."""
        return FIRST_WORD + len(self.keys)


def _hash_words(words: list[str]) -> NDArray[np.uint64]:
    out = np.zeros(len(words), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for n, word in enumerate(words):
            h = _SEEDS[0]
            for c in word:
                h = h * _BASE + np.uint64(ord(c))
            out[n] = h * _MIX
    return out


def _hash_grouped(words: list[str]) -> NDArray[np.uint64]:
    """Hashes by length, a column at a time (a loop over 400 thousand words in Python would take seconds)."""
    out = np.zeros(len(words), dtype=np.uint64)
    lengths = np.array([len(w) for w in words])
    with np.errstate(over="ignore"):
        for length in np.unique(lengths):
            rows = np.nonzero(lengths == length)[0]
            chars = np.frombuffer("".join(words[i] for i in rows).encode("utf-16-le"), dtype="<u2").reshape(len(rows), int(length))
            h = np.full(len(rows), _SEEDS[0], dtype=np.uint64)
            for column in range(int(length)):
                h = h * _BASE + chars[:, column].astype(np.uint64)
            out[rows] = h * _MIX
    return out


def build_dictionary(frequencies: Mapping[str, int], extra: Iterable[str] = ()) -> Dictionary:
    """A ``Dictionary`` from word frequencies (jieba's, prefixes with 0 included or not) and ``extra`` words that must stay whole."""
    counts = {w: n for w, n in frequencies.items() if n > 0}
    total = log(sum(counts.values()) or 1)
    for word in extra:
        if 1 < len(word) <= MAX_WORD and word not in counts:
            counts[word] = 1_000
    entries: dict[str, float] = {}
    single = np.full(65536, -total, dtype=np.float32)
    for word, n in counts.items():
        word = word.lower()
        if len(word) == 1:
            if ord(word) < 65536:
                single[ord(word)] = log(n) - total
        elif len(word) <= MAX_WORD and max(map(ord, word)) < 65536:
            entries[word] = log(n) - total
    for word in list(entries):
        for stop in range(2, len(word)):
            entries.setdefault(word[:stop], -np.inf)
    names = list(entries)
    keys = _hash_grouped(names)
    order = np.argsort(keys, kind="stable")
    score = np.array([entries[n] for n in names], dtype=np.float32)[order]
    slots, probes = _fill(keys[order])
    return Dictionary(keys[order], score, slots, probes, single)


def _fill(keys: NDArray[np.uint64]) -> tuple[I32, int]:
    bits = max(8, int(np.ceil(np.log2(max(1, len(keys)) * 4))))
    slots = np.full(1 << bits, -1, dtype=np.int32)
    mask = np.uint64((1 << bits) - 1)
    pending = np.arange(len(keys), dtype=np.int32)
    home = (keys >> np.uint64(20)) & mask
    probes = 0
    while len(pending):
        place = ((home[pending] + np.uint64(probes)) & mask).astype(np.int64)
        free = slots[place] < 0
        first = np.zeros(len(pending), dtype=np.bool_)
        first[np.unique(place, return_index=True)[1]] = True
        take = free & first
        slots[place[take]] = pending[take]
        pending = pending[~take]
        probes += 1
    return slots, max(1, probes)


def _lookup(d: Dictionary, h: NDArray[np.uint64]) -> I32:
    """Entry number of each hash, −1 where there is none."""
    mask = np.uint64(len(d.slots) - 1)
    key = h * _MIX
    home = (key >> np.uint64(20)) & mask
    found = np.full(len(h), -1, dtype=np.int32)
    todo: NDArray[np.int64] | None = None
    for probe in range(d.probes):
        place = ((home if todo is None else home[todo]) + np.uint64(probe)) & mask
        entry = d.slots[place]
        wanted = key if todo is None else key[todo]
        hit = (entry >= 0) & (d.keys[entry] == wanted)
        if todo is None:
            found[hit] = entry[hit]
            todo = np.nonzero((entry >= 0) & ~hit)[0]
        else:
            found[todo[hit]] = entry[hit]
            todo = todo[(entry >= 0) & ~hit]
        if not len(todo):
            break
    return found


def cut(codes: U16, dictionary: Dictionary) -> tuple[I32, I32]:
    """Segments ``codes``: start positions and token ids of all words, in order.

    Characters that are neither Han nor Latin letters or digits belong to no word. A run of Latin letters and digits that the dictionary
    does not
    know is one word, as in jieba; its id is that of its first character.
    """
    starts: list[I32] = []
    ids: list[I32] = []
    at = 0
    while at < len(codes):
        stop = min(len(codes), at + CHUNK)
        while stop < len(codes) and WORD[codes[stop]] and WORD[codes[stop - 1]]:
            stop += 1
        s, i = _cut_chunk(codes[at:stop], dictionary)
        starts.append(s + np.int32(at))
        ids.append(i)
        at = stop
    if not starts:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    return np.concatenate(starts), np.concatenate(ids)


def _cut_chunk(codes: U16, d: Dictionary) -> tuple[I32, I32]:
    n = len(codes)
    inside = WORD[codes]
    if not inside.any():
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    left = _distance_to_end(inside)
    entry = _entries(codes, left, d)
    best = np.zeros(n + MAX_WORD + 1, dtype=np.float32)
    length = np.ones(n, dtype=np.int8)
    order = np.argsort(left, kind="stable")
    bounds = np.searchsorted(left[order], np.arange(1, int(left.max()) + 2))
    for step in range(1, int(left.max()) + 1):
        at = order[bounds[step - 1] : bounds[step]]
        value = d.single[codes[at]] + best[at + 1]
        size = np.ones(len(at), dtype=np.int8)
        for word in range(2, min(MAX_WORD, step) + 1):
            e = entry[word][at]
            known = np.nonzero(e >= 0)[0]
            if not len(known):
                continue
            other = d.score[e[known]] + best[at[known] + word]
            better = other >= value[known]
            value[known[better]] = other[better]
            size[known[better]] = word
        best[at] = value
        length[at] = size
    return _walk(codes, inside, length, entry)


def _distance_to_end(inside: Bools) -> I32:
    """Characters from each position to the end of its run (1 at the last one), 0 outside runs."""
    n = len(inside)
    ends = np.nonzero(inside & ~np.append(inside[1:], False))[0]
    out = np.zeros(n, dtype=np.int32)
    at = np.nonzero(inside)[0]
    out[at] = ends[np.searchsorted(ends, at)] - at + 1
    return out


def _entries(codes: U16, left: I32, d: Dictionary) -> list[I32]:
    """``[length][position]`` → dictionary entry of the word of that length starting there, −1 if none; prefixes prune the longer ones."""
    n = len(codes)
    wide = codes.astype(np.uint64)
    none = np.full(n, -1, dtype=np.int32)
    out = [none, none]
    at = np.nonzero(left >= 2)[0]
    with np.errstate(over="ignore"):
        h = (_SEEDS[0] * _BASE + wide[at]) * _BASE + wide[at + 1]
        for length in range(2, MAX_WORD + 1):
            found = _lookup(d, h)
            row = none.copy()
            whole = found >= 0
            whole[whole] = np.isfinite(d.score[found[whole]])
            row[at[whole]] = found[whole]
            out.append(row)
            go = (found >= 0) & (left[at] > length)
            at, h = at[go], h[go]
            if len(at):
                h = h * _BASE + wide[at + length]
    return out


def _walk(codes: U16, inside: Bools, length: NDArray[np.int8], entry: list[I32]) -> tuple[I32, I32]:
    n = len(codes)
    begin = np.zeros(n + 1, dtype=np.bool_)
    at = np.nonzero(inside & ~np.append(False, inside[:-1]))[0]
    while len(at):
        begin[at] = True
        at = at + length[at]
        at = at[at < n]
        at = at[inside[at] & ~begin[at]]
    starts = np.nonzero(begin[:n])[0]
    sizes = length[starts]
    latin = LATIN[codes[starts]] & (sizes == 1)
    glued = latin & np.append(False, latin[:-1] & (np.diff(starts) == 1))
    starts, sizes = starts[~glued], sizes[~glued]
    ids = codes[starts].astype(np.int32)
    for word in range(2, MAX_WORD + 1):
        rows = np.nonzero(sizes == word)[0]
        ids[rows] = FIRST_WORD + entry[word][starts[rows]]
    return starts.astype(np.int32), ids
