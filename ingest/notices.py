"""Lists written as prose: 取消《…》第…条设定的…证明,改为… / 保留“…” / 对“…”实行告知承诺 / 不再出具“…” → entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Paragraph
from ingest.kinds import list_kind
from ingest.paths import path_of
from knowledge.types import ListEntry, ListKind, Problem

_Q = '“”"「」『』‘’'
_QUOTE = re.compile(r"[“\"「『]([^“”\"「」『』]{2,80})[”\"」』]")
_NUMBER = re.compile(
    r"^\s*(?:[（(]([一二三四五六七八九十百\d]{1,4})[)）]|([一二三四五六七八九十百]{1,4})、|(\d{1,3})[.．、)）](?!\d)|第([一二三四五六七八九十百\d]{1,4})项[:：、]?|[①-⑳])\s*"
)
_NOUN = (
    r"(?:证明(?:材料|文件|书|信|表|事项)?|证书|许可证|登记证|凭证|证件|证|材料|文件|声明|公告|报告|意见|通知书"
    r"|公证书?|复印件|表|单|函|手续|原件)"
)
_VERBS: tuple[tuple[str, ListKind], ...] = (
    (r"不(?:再|得|应|予)(?:为.{1,12})?(?:出具|开具)", ListKind.NOT_ISSUED_BY),
    (r"(?:由.{1,20}?)?(?:代办|代跑|帮办)", ListKind.AGENCY),
    (r"(?:继续|予以|依法)?保留", ListKind.RETAIN),
    (r"(?:予以|决定|一律|全部)?取消", ListKind.CANCEL),
    (
        r"(?:不再|不得|无需|无须|不需要?|不用|停止|免(?:于|予)?)(?:要求)?(?:申请人|当事人|群众|企业|其)?(?:再)?(?:提供|提交|出示|索要|收取|要求提供|交验|递交)",
        ListKind.CANCEL,
    ),
)
_VERB = re.compile("|".join(f"(?P<v{i}>{pattern})" for i, (pattern, _) in enumerate(_VERBS)))
_COMMIT = re.compile(
    r"(?:对|就|将)?\s*(?P<object>[^，,。；;]{2,80}?)(?:实行|实施|适用|采取|采用|推行|改为)(?:证明事项)?(?:书面)?告知承诺(?:制)?"
)
_BASIS = re.compile(r"[（(]\s*(?:原)?(?:设定|法律|政策)?依据(?:为|是)?\s*[:：]?\s*")
_SET_BY = re.compile(
    rf"^(?P<basis>(?:《[^》]{{2,60}}》|[^，。；《》]{{0,20}}号令?).{{0,60}}?)(?:所|中|里)?(?:设定|规定|要求)的?(?P<name>.{{2,60}}?{_NOUN})$"
)


@dataclass(frozen=True, slots=True)
class Prose:
    """What prose yields: entries, problems and the paragraphs that look like items and could not be read."""

    entries: tuple[ListEntry, ...]
    problems: tuple[Problem, ...] = ()
    unread: tuple[Paragraph, ...] = ()


def read_notice(paragraphs: Sequence[Paragraph], title: str | None = None) -> Prose:
    """Read the numbered items (or sentences) of a notice. Sentences without a verb of the lists (取消, 保留, …) are left alone.

    A numbered item that names quoted things but no verb takes the effect of the heading above it (一、取消的证明事项).
    """
    entries: list[ListEntry] = []
    problems: list[Problem] = []
    unread: list[Paragraph] = []
    above: ListKind | None = None
    numbered = any(_NUMBER.match(p.text) for p in paragraphs)
    for p in paragraphs:
        if p.style in ("header", "footer") or p.text.strip() == (title or "").strip():
            continue
        number = _NUMBER.match(p.text)
        text = p.text[number.end() :].strip() if number else p.text.strip()
        if _is_heading(text):
            above = list_kind(text) or above
            continue
        if not number and (numbered or not _QUOTE.search(text)) and "设定的" not in text:
            continue
        made = [e for sentence in _sentences(text) for e in read_item(sentence, above)]
        if not made and number and ("证明" in text and (_VERB.search(text) or above)):
            unread.append(p)
            problems.append(Problem("ITEM_NOT_READ", f"这一项没有读成清单条目:{text[:50]}。请核对原文。", p.locator))
        serial = next((g for g in number.groups() if g), None) if number else None
        entries.extend(replace(e, serial=serial, locator=p.locator) for e in made)
    return Prose(tuple(entries), tuple(problems), tuple(unread))


def _is_heading(text: str) -> bool:
    return (
        len(text) <= 40 and not text.endswith(("。", "；")) and not _QUOTE.search(text) and "《" not in text and list_kind(text) is not None
    )


def _sentences(text: str) -> list[str]:
    """Sentences ended by 。 outside brackets and quotation marks."""
    out, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "（(《“「":
            depth += 1
        elif c in "）)》”」":
            depth = max(depth - 1, 0)
        elif c == "。" and depth == 0:
            out.append(text[start : i + 1])
            start = i + 1
    return [s.strip() for s in [*out, text[start:]] if s.strip()]


def _objects(text: str) -> tuple[list[tuple[str, str | None]], int]:
    """Names right after the verb with the basis that set them, and where the object ends. Quoted names are split, others stay whole."""
    names: list[tuple[str, str | None]] = []
    end = 0
    lead = re.match(rf"^(?P<basis>(?:《[^》]+》[^“\"「。；]{{0,60}}?)(?:设定|规定|要求)的)?[、和及与以\s]*(?=[{_Q}])", text)
    if lead:
        basis = re.sub(r"(?:所|中)?(?:设定|规定|要求)的$", "", lead.group("basis")) if lead.group("basis") else None
        at = lead.end()
        while True:
            found = _QUOTE.match(text, at)
            if not found:
                break
            names.append((found.group(1).strip(), basis))
            end = at = found.end()
            more = re.match(rf"[、,，和及与或以]{{1,2}}(?=[{_Q}])|(?=[{_Q}])", text[at:])
            if not more:
                break
            at += more.end()
        tail = re.match(r"(?:等)?(?:\d+项|[一二三四五六七八九十]+项)?(?:证明(?:材料|事项|文件)?|材料)", text[end:])
        return names, end + (tail.end() if tail else 0)
    plain = re.split(r"[，,。；;]|(?<!设定)(?:（|\()(?:原)?(?:设定)?依据", text, maxsplit=1)[0]
    found_set = _SET_BY.match(plain)
    if found_set:
        return [(found_set["name"].strip(_Q), found_set["basis"])], len(plain)
    if re.search(rf"{_NOUN}(?:[（(][^（()）]*[)）])?$", plain) and 3 <= len(plain) <= 60:
        return [(plain.strip(), None)], len(plain)
    return [], 0


def _matter(text: str) -> str | None:
    """The matter named before the verb: “…中”, “办理…时”, “在…环节”; None for an empty or idle opening (决定, 自即日起)."""
    plain = re.sub(r"^(?:在|对|从|自.{2,12}起[，,]?|决定|现|即日起[，,]?|将|拟)+", "", text.strip())
    plain = re.sub(r"[，,]$", "", plain)
    plain = re.sub(r"(?:的)?(?:过程中|环节中|环节|业务中|中|时|的?时候)$", "", plain).strip(" ，,：:")
    plain = re.sub(r"^(?:申请)?办理(?=.{4,})", "", plain) if text.rstrip("，,").endswith("时") else plain
    return plain if len(plain) >= 2 and not re.fullmatch(r"(?:决定|一律|依法|全部|予以|我[市县省区局]|本[市县省区局])+", plain) else None


def read_item(sentence: str, above: ListKind | None = None) -> list[ListEntry]:
    """Entries of one sentence; empty when it is no statement of a list."""
    text = sentence.strip().rstrip("。")
    commit = re.search(
        rf"(?:对|将|就)?(?=[{_Q}]|《)(?P<names>(?:[{_Q}][^{_Q}]+[{_Q}][、和及与]?)+)(?:等)?(?:证明(?:材料|事项)?)?(?:实行|实施|适用|采取|采用|推行)(?:证明事项)?告知承诺制?(?:办理)?",
        text,
    )
    if commit:
        names = [(n.strip(), None) for n in _QUOTE.findall(commit["names"])]
        return _make(ListKind.COMMITMENT, names, text[: commit.start()], text[commit.end() :])
    plain_commit = _COMMIT.search(text) if "告知承诺" in text and not _QUOTE.search(text) else None
    if plain_commit and re.search(rf"{_NOUN}$", plain_commit["object"]) and not _VERB.search(text[: plain_commit.start()]):
        head, _, name = plain_commit["object"].rpartition("中")
        return _make(ListKind.COMMITMENT, [(re.sub(r"^(?:对|的)", "", name), None)], head, text[plain_commit.end() :])
    for found in _VERB.finditer(text):
        kind = _VERBS[int((found.lastgroup or "v0")[1:])][1]
        names_found, end = _objects(text[found.end() :])
        if names_found:
            return _make(kind, names_found, text[: found.start()], text[found.end() + end :])
    passive = re.match(
        rf"^(?P<before>.*?)(?P<names>(?:[“\"「][^{_Q}]+[”\"」][、和及与]?)+)(?:等)?(?:证明(?:材料)?)?[，,]?(?P<verb>予以取消|取消|予以保留|保留|不再(?:要求)?(?:提供|提交|出具|开具))(?P<rest>.*)$",
        text,
    )
    if passive:
        verb = _VERB.search(passive["verb"])
        kind = _VERBS[int((verb.lastgroup or "v3")[1:])][1] if verb else ListKind.CANCEL
        return _make(kind, [(n, None) for n in _QUOTE.findall(passive["names"])], passive["before"], passive["rest"])
    if above is not None and _QUOTE.match(text):
        quoted = _QUOTE.match(text)
        return _make(above, [(quoted.group(1), None)], "", text[quoted.end() :]) if quoted else []
    return []


def _make(kind: ListKind, names: Sequence[tuple[str, str | None]], before: str, after: str) -> list[ListEntry]:
    basis, rest = _cut_basis(after.strip())
    replacement = re.sub(r"^[，,；;。\s]+", "", rest).strip(" 。；;") or None
    matter = _matter(before)
    return [
        ListEntry(kind, name, matter, None, own or basis, replacement=replacement, path=path_of(kind, replacement))
        for name, own in ((n.strip(), b) for n, b in names)
        if name
    ]


def _cut_basis(text: str) -> tuple[str | None, str]:
    """Take a bracketed (原设定依据:…) out of ``text``, brackets inside it respected."""
    found = _BASIS.search(text)
    if not found:
        return None, text
    depth = 1
    for i in range(found.end(), len(text)):
        depth += {"（": 1, "(": 1, "）": -1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return text[found.end() : i].strip() or None, text[: found.start()] + text[i + 1 :]
    return text[found.end() :].strip() or None, text[: found.start()]
