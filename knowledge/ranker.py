"""The learned ranker: one weight per transparent feature, kept as JSON.

A listwise linear model was measured against boosted trees on the same features: the trees gained a point on questions that resemble the training ones
and lost one on chapters never seen in training (see evals/bench/README.md); the linear model is a page of numbers that anyone can read, and what each
feature did for a hit is exact.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadSetting

Floats = NDArray[np.float32]

FORMAT = 3


@dataclass(frozen=True)
class Ranker:
    """``weight[n]`` × (value − ``mean[n]``) ÷ ``scale[n]``, summed over ``features`` (``a*b`` is a product of two). ``trained_on``: hash of the
    training questions.

    Questions that resemble no training question are not the ranker's to judge: ``trust`` says from which likeness on it counts, and from which on
    it alone counts.
    """

    features: tuple[str, ...]
    weight: Floats
    mean: Floats
    scale: Floats
    trained_on: str = ""
    trust: tuple[float, float] | None = None

    def score(self, table: Floats) -> Floats:
        """Scores of candidates; ``table`` is (candidates, features) in the order of ``features``."""
        standard: Floats = ((table - self.mean) / self.scale).astype(np.float32)
        return standard @ self.weight

    def share_of(self, likeness: float) -> float:
        """How far the ranker is to be trusted with a question of this ``likeness`` to the nearest training question, 0 to 1."""
        if self.trust is None:
            return 1.0
        low, high = self.trust
        return min(1.0, max(0.0, (likeness - low) / (high - low)))

    def shares(self, table: Floats, average: Floats) -> Floats:
        """How far each feature lifts each row above the ``average`` candidate, (rows, features)."""
        lift: Floats = ((table - average) / self.scale).astype(np.float32)
        return lift * self.weight


def from_json(text: str) -> Ranker:
    """Reads a ranker; ``BadSetting`` when the text is not one."""
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']}")
        names = tuple(str(name) for name in raw["features"])
        columns = np.array([list(map(float, row)) for row in raw["features"].values()], dtype=np.float32).reshape(len(names), 3)
        if not np.isfinite(columns).all() or (columns[:, 2] <= 0).any():
            raise ValueError("weights must be finite, scales positive")
        trust = (float(raw["trust"][0]), float(raw["trust"][1])) if raw.get("trust") else None
        if trust and not trust[0] < trust[1]:
            raise ValueError("trust must rise")
        return Ranker(names, columns[:, 0], columns[:, 1], columns[:, 2], str(raw["trained_on"]), trust)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting(f"排序模型不合格（{error}）。请用 jianzheng train 重新训练，或删除它以使用自带的模型。") from error


def load(file: Path) -> Ranker:
    """Reads a ranker from a file; ``BadSetting`` when it cannot be read or is not one."""
    try:
        return from_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"排序模型打不开（{file.name}：{error}）。请用 jianzheng train 重新训练，或删除它。") from error


def to_json(ranker: Ranker) -> str:
    """The ranker as JSON text: by feature its weight, mean and scale, the heaviest first."""
    order = sorted(range(len(ranker.features)), key=lambda n: -abs(float(ranker.weight[n])))
    rows = {ranker.features[n]: [float(f"{float(v):.6g}") for v in (ranker.weight[n], ranker.mean[n], ranker.scale[n])] for n in order}
    return (
        json.dumps(
            {"format": FORMAT, "trained_on": ranker.trained_on, "trust": ranker.trust, "features": rows}, ensure_ascii=False, indent=1
        )
        + "\n"
    )
