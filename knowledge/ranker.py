"""The learned ranker: boosted trees over transparent features, kept as JSON and evaluated with numpy (no pickle)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadSetting

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

FORMAT = 1
FIRST_TREES = 40  # these alone choose ...
KEPT = 250  # ... how many candidates see all trees


@dataclass(frozen=True)
class Ranker:
    """Trees as flat arrays. A node is a split (``feature`` ≥ 0; left when value ≤ ``threshold``) or a leaf (``feature``
    −1). ``value`` is what a leaf gives; of a split, the mean of what lies below it."""

    features: tuple[str, ...]
    roots: Ints
    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    trained_on: str = ""

    def score(self, table: Floats) -> Floats:
        """Scores of candidates; ``table`` is (candidates, features) in the order of ``features``.

        Candidates that the first trees reject keep a score below all others.
        """
        if len(table) <= KEPT or len(self.roots) <= FIRST_TREES:
            return self._sum(table, self.roots)
        first = self._sum(table, self.roots[:FIRST_TREES])
        keep = np.argsort(-first, kind="stable")[:KEPT]
        rest = first[keep] + self._sum(table[keep], self.roots[FIRST_TREES:])
        out: Floats = first - first.max() + rest.min() - 1
        out[keep] = rest
        return out

    def _sum(self, table: Floats, roots: Ints) -> Floats:
        out: Floats = self.leaves(table, roots).sum(axis=1, dtype=np.float32)
        return out

    def leaves(self, table: Floats, roots: Ints | None = None) -> Floats:
        """What each tree gives each candidate, (candidates, trees)."""
        roots = self.roots if roots is None else roots
        flat = np.ascontiguousarray(table, dtype=np.float32).ravel()
        base = (np.arange(len(table), dtype=np.int32) * table.shape[1])[:, None]
        node = np.broadcast_to(roots[None, :], (len(table), len(roots))).ravel().copy()
        start = np.broadcast_to(base, (len(table), len(roots))).ravel()
        while True:
            feature = self.feature[node]
            if feature.max(initial=-1) < 0:
                break
            value = flat[start + np.maximum(feature, 0)]
            node = np.where(value <= self.threshold[node], self.left[node], self.right[node])  # leaves point to themselves
        return self.value[node].reshape(len(table), len(roots))

    def shares(self, table: Floats) -> Floats:
        """How much each feature moved each row's score, (rows, features): along each tree's path, the change of the mean at every split."""
        out = np.zeros((len(table), len(self.features)), np.float32)
        node = np.broadcast_to(self.roots[None, :], (len(table), len(self.roots))).ravel().copy()
        row = np.repeat(np.arange(len(table)), len(self.roots))
        while len(node):
            split = self.feature[node] >= 0
            node, row = node[split], row[split]
            feature = self.feature[node]
            below = np.where(table[row, feature] <= self.threshold[node], self.left[node], self.right[node])
            np.add.at(out, (row, feature), self.value[below] - self.value[node])
            node = below
        return out


def from_json(text: str) -> Ranker:
    """Reads a ranker; ``BadSetting`` when the file is not one."""
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']}")
        arrays: dict[str, Any] = {k: np.array(raw[k], dtype=np.float32 if k in ("threshold", "value") else np.int32) for k in _ARRAYS}
        size = len(arrays["feature"])
        if any(len(arrays[k]) != size for k in _ARRAYS[1:]) or arrays["feature"].max(initial=-1) >= len(raw["features"]):
            raise ValueError("inconsistent arrays")
        for side in ("left", "right", "roots"):
            if size and not (arrays[side].min() >= 0 and arrays[side].max() < size):
                raise ValueError(f"{side} out of range")
        split = arrays["feature"] >= 0
        here = np.arange(size)
        if np.any(split & ((arrays["left"] <= here) | (arrays["right"] <= here))) or np.any(~split & (arrays["left"] != here)):
            raise ValueError("trees must point downwards")
        if np.any(~split & (arrays["right"] != here)):
            raise ValueError("leaves must point to themselves")
        return Ranker(features=tuple(raw["features"]), trained_on=str(raw["trained_on"]), **arrays)
    except (ValueError, KeyError, TypeError) as error:
        raise BadSetting(f"排序模型不合格（{error}）。请用 jianzheng train 重新训练，或删除它以使用自带的模型。") from error


def load(file: Path) -> Ranker:
    """Reads a ranker from a file; ``BadSetting`` when it cannot be read or is not one."""
    try:
        return from_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"排序模型打不开（{file.name}：{error.strerror}）。") from error


_ARRAYS = ("roots", "feature", "threshold", "left", "right", "value")


def to_json(ranker: Ranker) -> str:
    """The ranker as JSON text, numbers rounded to what changes no comparison that matters."""
    raw: dict[str, Any] = {"format": FORMAT, "trained_on": ranker.trained_on, "features": list(ranker.features)}
    for name in _ARRAYS:
        array = getattr(ranker, name)
        raw[name] = [float(f"{x:.7g}") for x in array] if array.dtype == np.float32 else array.tolist()
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))


def from_lightgbm(dump: dict[str, Any], features: tuple[str, ...], trained_on: str) -> Ranker:
    """A ranker from LightGBM's ``dump_model()`` (numeric splits without missing values)."""
    columns: dict[str, list[float]] = {k: [] for k in _ARRAYS}

    def add(node: dict[str, Any]) -> int:
        here = len(columns["feature"])
        leaf = "leaf_value" in node
        columns["feature"].append(-1 if leaf else node["split_feature"])
        columns["threshold"].append(0.0 if leaf else node["threshold"])
        columns["value"].append(node["leaf_value"] if leaf else node["internal_value"])
        columns["left"].append(here)
        columns["right"].append(here)
        if not leaf:
            columns["left"][here] = add(node["left_child"])
            columns["right"][here] = add(node["right_child"])
        return here

    for tree in dump["tree_info"]:
        columns["roots"].append(add(tree["tree_structure"]))
    arrays: dict[str, Any] = {k: np.array(v, dtype=np.float32 if k in ("threshold", "value") else np.int32) for k, v in columns.items()}
    return Ranker(features=features, trained_on=trained_on, **arrays)
