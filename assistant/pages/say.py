"""The sentence to say aloud, at the window or to it. It repeats the decision and its first citation and adds no law of its own."""

from __future__ import annotations

from typing import Any


def aloud(answer: dict[str, Any]) -> str:
    """One sentence for the role of the answer; empty for reviewers and where nothing is decided."""
    if answer["scope"] == "out" or answer["clarify"] or answer["role"] == "reviewer" or not answer["proof"]:
        return ""
    proof = _called(answer["proof"])
    first = answer["citations"][0] if answer["citations"] else None
    basis = f"《{first['title'].strip('《》')}》{first['article'] or ''}" if first else ""
    make = _window if answer["role"] == "window" else _citizen
    return make(answer["verdict"], proof, basis, answer["instead"].rstrip("。"))


def _called(proof: dict[str, Any]) -> str:
    """The proof as it was called in the question when that is a plain name, else its usual name."""
    said = str(proof.get("matched") or "")
    return said if said.endswith("证明") and 4 <= len(said) <= 12 and not said.startswith(("要", "开", "交")) else str(proof["name"])


def _window(verdict: str, proof: str, basis: str, instead: str) -> str:
    if verdict == "may_not_demand":
        return f"{proof}不用您交。{instead}。" if instead else f"{proof}不用您交，其他材料齐了就能办。"
    if verdict == "may_demand":
        return f"{proof}是{basis}规定要交的，名称、依据和到哪里开，我一次写给您。" if basis else f"{proof}要交，依据我写给您。"
    if verdict == "conditional":
        return f"{proof}要看您的情况。我先把件收下，需要什么、依据是哪一条，一次写给您。"
    return f"{proof}该不该要，我这里还定不了，先把件收下，问清楚再答复您，不会因此退件。"


def _citizen(verdict: str, proof: str, basis: str, instead: str) -> str:
    if verdict == "may_not_demand":
        ground = f"按{basis}，" if basis else "没有查到依据，"
        return f"{ground}{proof}不应再要我提交。{'可以这样办：' + instead + '。' if instead else ''}如果仍要，请写明依据是哪一条。"
    if verdict == "may_demand":
        return f"{proof}我去准备。请一次告诉我依据是哪一条、到哪里开、能不能由你们核查或者由我书面承诺代替。"
    if verdict == "conditional":
        return f"要{proof}的依据是哪一条？能由你们查到的请先查，能承诺的我愿意书面承诺。"
    return f"请书面写明要{proof}的依据；其余材料请先收下。"
