"""Transparent features of the candidates of one search: what the ranker sees and what a hit can be explained by.

Everything is computed on the candidates' own text and on numbers anyone can check; no feature names a particular law. Features that look at
earlier confirmed questions (``memory_*``, ``prior_*``) are 0 where the question resembles none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.segment import I32, U16, WORD
from knowledge.shelf import Shelf

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Scores = dict[str, Floats]

K1, B = 1.2, 0.75
NEAR = 50  # rank within which candidates vote for their law and chapter
LEVELS = (
    "constitution", "law", "admin_regulation", "state_council_decision", "judicial_interpretation", "local_regulation", "dept_rule",
    "local_rule", "normative_document",
)  # fmt: skip
_STOPS = np.zeros(65536, dtype=np.bool_)
_STOPS[[ord(c) for c in "。；;！？!?\n"]] = True


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A query as characters, bigrams and words, each with its inverse document frequency in the library."""

    singles: U16
    single_idf: Floats
    pairs: NDArray[np.uint16]  # shape (n, 2)
    pair_idf: Floats
    words: I32
    word_idf: Floats


def query_terms(codes: U16, words: I32, frequency: dict[str, int], word_frequency: NDArray[np.int32], records: int) -> QueryTerms:
    """Terms of a folded query; ``frequency``: records that hold each of ``lexical.query_grams``; ``word_frequency``: those of ``words``."""
    singles = np.array([ord(t) for t in frequency if len(t) == 1], dtype=np.uint16)
    pairs = np.array([[ord(t[0]), ord(t[1])] for t in frequency if len(t) == 2], dtype=np.uint16).reshape(-1, 2)
    counts = np.array([n for t, n in frequency.items() if len(t) == 1], dtype=np.float32)
    pair_counts = np.array([n for t, n in frequency.items() if len(t) == 2], dtype=np.float32)
    return QueryTerms(
        singles, _idf(counts, records), pairs, _idf(pair_counts, records), words, _idf(word_frequency.astype(np.float32), records)
    )


def _idf(counts: Floats, records: int) -> Floats:
    out: Floats = np.log1p((records - counts + 0.5) / (counts + 0.5)).astype(np.float32)
    return out


@dataclass(frozen=True, slots=True)
class Matches:
    """Term frequencies of the query's terms in each candidate."""

    single_text: Floats  # (candidates, singles)
    single_head: Floats
    pair_text: Floats  # (candidates, pairs)
    pair_head: Floats
    sentence: Floats  # idf share of the pairs in the best single sentence
    first: Floats  # the same in the first sentence
    run: Floats  # characters of the longest stretch shared with the query
    text_size: Floats  # characters
    head_size: Floats


def match(shelf: Shelf, rows: Rows, terms: QueryTerms) -> Matches:
    """Counts the query's characters and bigrams in the text and head of each row."""
    table = np.zeros(65536, dtype=np.int16)
    table[terms.singles] = np.arange(1, len(terms.singles) + 1)
    pair_of = np.full((len(terms.singles) + 1,) * 2, -1, dtype=np.int16)
    if len(terms.pairs):
        pair_of[table[terms.pairs[:, 0]], table[terms.pairs[:, 1]]] = np.arange(len(terms.pairs))
    codes, owner = shelf.slice(rows, "text")
    head_codes, head_owner = shelf.slice(rows, "head")
    single_text, at, pair = _count(codes, owner, table, pair_of, len(rows), terms)
    single_head, head_at, head_pair = _count(head_codes, head_owner, table, pair_of, len(rows), terms)
    pairs = max(1, len(terms.pairs))
    sentence, first = _sentences(codes, owner, at, pair, len(rows), terms)
    return Matches(
        single_text, single_head,
        _bin(owner[at], pair, len(rows), pairs), _bin(head_owner[head_at], head_pair, len(rows), pairs),
        sentence, first, _longest(owner, at, len(rows)),
        np.bincount(owner, minlength=len(rows)).astype(np.float32), np.bincount(head_owner, minlength=len(rows)).astype(np.float32),
    )  # fmt: skip


def _bin(owner: NDArray[np.int64], term: NDArray[np.int16], rows: int, terms: int) -> Floats:
    flat = np.bincount(owner * terms + term, minlength=rows * terms)
    return flat.astype(np.float32).reshape(rows, terms)


def _count(
    codes: U16, owner: NDArray[np.int64], table: NDArray[np.int16], pair_of: NDArray[np.int16], rows: int, terms: QueryTerms
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int16]]:
    """Frequencies of single characters; positions and numbers of the bigrams found."""
    local = table[codes]
    seen = np.nonzero(local)[0]
    width = len(terms.singles) + 1
    single = _bin(owner[seen], local[seen], rows, width)[:, 1:]
    first = seen[:-1][(np.diff(seen) == 1) & (owner[seen[:-1]] == owner[seen[1:]])]
    pair = pair_of[local[first], local[first + 1]]
    known = pair >= 0
    return single, first[known], pair[known]


def _sentences(
    codes: U16, owner: NDArray[np.int64], at: NDArray[np.int64], pair: NDArray[np.int16], rows: int, terms: QueryTerms
) -> tuple[Floats, Floats]:
    best, first = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    if not len(at):
        return best, first
    new = np.append(False, _STOPS[codes[:-1]]) | np.append(True, np.diff(owner) > 0)
    number = np.cumsum(new) - 1
    found = np.unique(number[at] * len(terms.pairs) + pair)
    share = terms.pair_idf[found % len(terms.pairs)]
    weight = np.bincount(found // len(terms.pairs), share, minlength=int(number[-1]) + 1)
    begins = np.nonzero(new)[0]
    whose = owner[begins]
    np.maximum.at(best, whose, weight.astype(np.float32))
    opening = np.append(True, np.diff(whose) > 0)
    first[whose[opening]] = weight[opening].astype(np.float32)
    total = float(terms.pair_idf.sum()) or 1.0
    return (best / total).astype(np.float32), (first / total).astype(np.float32)


def _longest(owner: NDArray[np.int64], at: NDArray[np.int64], rows: int) -> Floats:
    out = np.zeros(rows, np.float32)
    if len(at):
        start = np.append(True, (np.diff(at) != 1) | (np.diff(owner[at]) != 0))
        begins = np.nonzero(start)[0]
        size = np.diff(np.append(begins, len(at)))
        np.maximum.at(out, owner[at[begins]], size.astype(np.float32) + 1)
    return out


def bm25(tf: Floats, idf: Floats, size: Floats, average: float) -> Floats:
    """Okapi BM25 of each row; ``tf`` is (rows, terms), ``size`` and ``average`` are document lengths."""
    if not tf.shape[1] or not len(idf):
        return np.zeros(len(size), np.float32)
    norm = K1 * (1 - B + B * size / max(average, 1.0))
    weighted: Floats = (tf / (tf + norm[:, None])).astype(np.float32) @ idf
    return weighted * np.float32(K1 + 1)


def words_of_rows(flat: I32, at: NDArray[np.int64], rows: Rows) -> tuple[I32, NDArray[np.int64]]:
    """Token ids of ``rows``, end to end, and the position in ``rows`` that each belongs to."""
    begin, size = at[rows], at[rows + 1] - at[rows]
    owner = np.repeat(np.arange(len(rows)), size)
    where = np.arange(len(owner)) - (np.cumsum(size) - size)[owner] + begin[owner]
    return flat[where], owner


def word_counts(ids: I32, owner: NDArray[np.int64], count: int, words: I32) -> tuple[Floats, Floats]:
    """Frequencies (rows, words) of the query's words, and the number of words of each row."""
    size = np.bincount(owner, minlength=count)
    order = np.argsort(words)
    place = np.searchsorted(words[order], ids)
    place[place == len(words)] = 0
    hit = words[order][place] == ids if len(words) else np.zeros(len(ids), np.bool_)
    return _bin(owner[hit], order[place[hit]].astype(np.int16), count, max(1, len(words))), size.astype(np.float32)


def soft_coverage(asked: Floats, table: Floats, flat: NDArray[np.int64], owner: NDArray[np.int64], weight: Floats, rows: int) -> Floats:
    """How well each row's words cover the query's, near synonyms counting by their cosine; (rows, sets of query vectors).

    ``asked`` holds one or more sets of unit vectors for the query's words, one below the other, each as long as ``weight``; ``flat`` the rows' words
    as rows of ``table`` (−1 for unknown ones), ``owner`` (ascending) the row of each.
    """
    sets = len(asked) // max(1, len(weight))
    out = np.zeros((rows, max(1, sets)), np.float32)
    if not len(flat) or not len(weight):
        return np.zeros((rows, 2), np.float32)
    seen = np.zeros(len(table) + 1, np.bool_)
    seen[flat] = True
    used = np.nonzero(seen[:-1])[0]
    place = np.full(len(table) + 1, len(used), np.int32)  # the last column stands for unknown words
    place[used] = np.arange(len(used))
    likeness = np.zeros((len(used) + 1, len(asked)), np.float32)
    np.maximum(table[used] @ asked.T, 0, out=likeness[:-1])
    begins = np.nonzero(np.append(True, np.diff(owner) > 0))[0]
    best = np.maximum.reduceat(likeness[place[flat]], begins, axis=0)
    total = max(float(weight.sum()), 1e-6)
    out[owner[begins]] = best.reshape(len(begins), sets, len(weight)) @ weight / total
    return out


def lexical_scores(m: Matches, terms: QueryTerms, words: tuple[Floats, Floats], averages: tuple[float, float, float]) -> Scores:
    """Channels computed from term matches. ``averages``: mean characters of text and of head, mean words."""
    text, head, word_mean = averages
    whole = m.text_size + m.head_size
    pair_tf = m.pair_text + m.pair_head
    out: Scores = {}
    singles = bm25(m.single_text + m.single_head, terms.single_idf, whole * 2, (text + head) * 2)
    pairs = bm25(pair_tf, terms.pair_idf, whole * 2, (text + head) * 2) if len(terms.pairs) else np.zeros_like(singles)
    out["chars"] = singles + pairs
    out["pairs"] = pairs
    out["text"] = bm25(m.pair_text, terms.pair_idf, m.text_size, text) if len(terms.pairs) else np.zeros_like(singles)
    out["head"] = bm25(m.pair_head, terms.pair_idf, m.head_size, head) if len(terms.pairs) else np.zeros_like(singles)
    tf, size = words
    out["words"] = bm25(tf, terms.word_idf, size, word_mean) if len(terms.words) else np.zeros_like(singles)
    total = float(terms.pair_idf.sum()) or 1.0
    if len(terms.pairs):
        out["coverage"] = ((pair_tf > 0) @ terms.pair_idf) / total
        out["text_coverage"] = ((m.pair_text > 0) @ terms.pair_idf) / total
        out["rarest"] = np.max(np.where(pair_tf > 0, terms.pair_idf, 0), axis=1) / max(float(terms.pair_idf.max()), 1e-6)
        out["precision"] = m.pair_text.sum(axis=1) / np.maximum(m.text_size, 1)
    else:
        out |= {k: np.zeros_like(singles) for k in ("coverage", "text_coverage", "rarest", "precision")}
    out["word_coverage"] = np.zeros_like(singles)
    if len(terms.words):
        out["word_coverage"] = ((tf > 0) @ terms.word_idf) / (float(terms.word_idf.sum()) or 1.0)
    out["sentence"], out["first"], out["run"] = m.sentence, m.first, m.run
    return {k: v.astype(np.float32) for k, v in out.items()}


def relative(name: str, score: Floats) -> Scores:
    """A channel as such, as a share of its best, and as the logarithm of its rank."""
    best = float(score.max()) if len(score) else 0.0
    rank = np.empty(len(score), np.float32)
    rank[np.argsort(-score, kind="stable")] = np.arange(len(score))
    share = score / best if best > 0 else np.zeros_like(score)
    return {name: score, f"{name}_share": share.astype(np.float32), f"{name}_rank": np.log1p(rank).astype(np.float32)}


def grouped(name: str, score: Floats, of: NDArray[np.int64]) -> Scores:
    """What a candidate's law or chapter has: its best share, and how many of the first ``NEAR`` candidates. ``of`` numbers the groups from 0."""
    best = float(score.max()) or 1.0
    top = np.zeros(int(of.max()) + 1, np.float32)
    np.maximum.at(top, of, score)
    near = np.argsort(-score, kind="stable")[:NEAR]
    votes = np.bincount(of[near], minlength=len(top)).astype(np.float32)
    return {f"{name}_best": (top / best)[of], f"{name}_votes": votes[of]}


def neighbours(rows: Rows, score: Floats, chapter: I32) -> Floats:
    """The better of the scores of the articles just before and after, when they are candidates of the same chapter; ``rows`` ascend."""
    out = np.zeros(len(rows), np.float32)
    if len(rows) > 1:
        next_to = (np.diff(rows) == 1) & (chapter[1:] == chapter[:-1])
        out[:-1][next_to] = score[1:][next_to]
        out[1:][next_to] = np.maximum(out[1:][next_to], score[:-1][next_to])
    return out


def structure(shelf: Shelf, rows: Rows, sizes: tuple[I32, I32, I32]) -> Scores:
    """Facts about the record itself. ``sizes``: articles per law, articles per chapter, first row of each law."""
    law_size, chapter_size, law_first = sizes
    law = shelf.law[rows]
    size = (shelf.text_at[rows + 1] - shelf.text_at[rows]).astype(np.float32)
    codes = {name: shelf.code_of("level", name) for name in LEVELS}
    rank = np.full(len(rows), float(len(LEVELS)), np.float32)
    for n, name in enumerate(LEVELS):
        rank[shelf.level[rows] == codes[name]] = n
    return {
        "length": np.log1p(size),
        "position": ((rows - law_first[law]) / np.maximum(law_size[law], 1)).astype(np.float32),
        "law_size": np.log1p(law_size[law]).astype(np.float32),
        "chapter_size": np.log1p(chapter_size[shelf.chapter[rows]]).astype(np.float32),
        "level": rank,
        "entry": (shelf.kind[rows] == shelf.code_of("kind", "entry")).astype(np.float32),
    }


def question(codes: U16, terms: QueryTerms, scores: Scores) -> dict[str, float]:
    """Facts about the question, the same for all its candidates."""
    return {
        "query_length": float(WORD[codes].sum()),
        "query_words": float(len(terms.words)),
        "query_best": float(scores["chars"].max()) if len(scores["chars"]) else 0.0,
        "query_rarest": float(terms.pair_idf.max()) if len(terms.pair_idf) else 0.0,
    }
