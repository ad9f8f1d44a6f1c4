"""One sentence of a prose list → entries: effect (取消, 保留, 告知承诺 …), proofs, basis, matter, what happens instead."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ingest.paths import path_of
from knowledge.types import ListEntry, ListKind

_Q = '“”"「」『』‘’'
QUOTE = re.compile(r"[“\"「『]([^“”\"「」『』]{2,80})[”\"」』]")
_QUOTES = re.compile(r"(?:[“\"「『][^“”\"「」『』]{2,80}[”\"」』](?:[、,，；;]|和|及|与|或|以及)?)+")
_NOUN = (
    r"(?:证明(?:材料|文件|书|信|表|事项)?|证书|许可证|登记证|凭证|证件|证|材料|文件|声明|公告|报告|意见|通知书"
    r"|公证书?|复印件|表|单|函|手续|原件|情况说明)(?:[（(][^（()）]*[)）])?"
)
_ASK = r"(?:提供|提交|出示|索要|收取|要求提供|交验|递交|缴交|出具|开具)"
# effect phrases; the first that has an object beside it decides
_EFFECTS: tuple[tuple[ListKind, str], ...] = (
    (ListKind.COMMITMENT, r"(?:实行|实施|适用|采取|采用|推行|纳入)(?:证明事项)?(?:书面|信用)?(?:告知)?承诺(?:制)?(?:方式)?(?:办理|管理)?"),
    (
        ListKind.NOT_ISSUED_BY,
        r"(?:一律)?不(?:再|得|应|予|能|应当)(?:再)?(?:由(?P<body>[^，。；“\"]{2,16}?))?(?:为[^，。；“\"]{1,12}?)?(?:出具|开具)",
    ),
    (ListKind.AGENCY, r"(?:(?:实行|提供)?(?:由(?P<agent>[^，。；“\"]{2,16}?))?(?:代办|代跑|帮办)(?:服务|制)?)"),
    (ListKind.RETAIN, r"(?:继续|予以|依法|暂时?)?保留"),
    (ListKind.CANCEL, r"(?:予以|决定|一律|全部)?(?:取消|废止|停止(?:执行|使用|收取|索要)?)"),
    (
        ListKind.CANCEL,
        rf"(?:一律)?(?:不再|不得|无需|无须|不需要?|不用|不必|停止|免(?:于|予|除)?)(?:要求)?(?:申请人|当事人|群众|企业|其)?(?:再|另行)?{_ASK}",
    ),
    (ListKind.CANCEL, r"(?=改(?:为|由|用|以))"),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _EFFECTS)
_NOTE = re.compile(r"[（(]\s*(?:原)?(?:设定|法律|政策)?依据(?:为|是)?\s*[:：]?\s*")
_BASIS_CLAUSE = re.compile(r"[，,]\s*(?:原)?(?:设定|法律|政策)依据(?:为|是)?\s*[:：]?\s*([^，,。；;]+)")
_SET_BY = re.compile(
    r"^(?:依据|根据|按照)?(?P<basis>(?:《[^》]{2,60}》|[^，。；《》“]{0,20}号令?)[^“”，。；]{0,60}?)(?:所|中|里)?(?:设定|规定|要求)(?:提供|提交)?的?(?=.{2,})"
)
_FOR = re.compile(
    r"^(?:在)?(?:申请|申报|办理)?(?P<matter>[^，。；“”《》]{2,40}?)(?:时|中|过程中|环节|业务)?(?:所|应当?|须)?(?:需要?|要求)?(?:申请人|当事人)?"
    r"(?:提供|提交|出具|开具|索要|收取|需要|所需)的(?=.{2,})"
)
_LEAD_LIST = re.compile(r"^(?:下列|以下|如下)?[^“”，。；:：]{0,16}[:：]\s*")
_BODY_END = re.compile(r"(?:派出所|公安机关|社区|居委会|村委会|委员会|街道|乡镇|政府|机关|部门|单位|局|办|中心|站|所)$")
_IDLE = re.compile(r"^(?:决定|一律|依法|全部|予以|现|拟|将|对|我[市县省区局]|本[市县省区局]|即日起|自[^，]{2,12}起|[，,、\s])+$")

_TITLED = re.compile(r"《([^《》]{2,30}(?:证明(?:书|表|信)?|声明))》(?!第)")  # a proof named like a book, not a law
_FOR_ITEM = re.compile(
    r"^(?P<matter>[^“”，。；《》:：]{2,30}?)(?:中的?|时所?(?:提交|提供|需要?)的?|(?:环节|业务|事项)的?|所需的?|[:：][^“”，。；]{0,20})$"
)
_SUBJECT = r"(?:申请人|当事人|纳税人|居民|群众|企业|用人单位|个体工商户|参保人|公民|市民|村民)"
_VAGUE = re.compile(
    r"[的了和与后]|不必要|各(?:类|种|项)|相关|有关|一批|部分|所有|上述|清单|没有|其他|任何|全部|此类|这|该|\d+项|[一二三四五六七八九十]+[项批]"
)


@dataclass(frozen=True, slots=True)
class _Object:
    name: str
    basis: str | None
    matter: str | None


def _take_apart(phrase: str) -> _Object:
    """Split “办理…时提交的” and “《…》第…条设定的” off the front of a name."""
    text = phrase.strip(" ,，:：")
    basis = matter = None
    found = _SET_BY.match(text)
    if found:
        basis, text = found["basis"].strip(), text[found.end() :]
    found = _FOR.match(text)
    if found and re.search(rf"{_NOUN}$", text[found.end() :] or "") and re.match(r"在|申请|申报|办理", text):
        matter, text = found["matter"].strip(), text[found.end() :]
    return _Object(text.strip(_Q + " 的"), basis, matter)


def _names(phrase: str, quoted: bool) -> list[_Object]:
    """The proofs that a phrase names. Bare names must read like proofs and are split where each part does."""
    if quoted:
        first = QUOTE.search(phrase)
        lead = _take_apart(phrase[: first.start()] + "证明") if first and first.start() else _Object("", None, None)
        return [_Object(n.strip(), lead.basis, lead.matter) for n in QUOTE.findall(phrase)]
    whole = _take_apart(phrase)
    if not re.search(rf"{_NOUN}$", whole.name) or not 3 <= len(whole.name) <= 60 or _VAGUE.match(whole.name):
        return []
    parts = re.split(r"[、和及与]", whole.name)
    if len(parts) > 1 and all(len(p) >= 4 and p.endswith(("证明", "证明材料", "证书")) for p in parts):
        return [_Object(p, whole.basis, whole.matter) for p in parts]
    return [whole]


def _after(text: str) -> tuple[list[_Object], int]:
    """Objects right after an active verb, and where they end."""
    lead = _LEAD_LIST.match(text) if QUOTE.search(text) else None
    start = lead.end() if lead else 0
    head = re.match(r"[^“”\"「『，,。；;（(]{0,4}(?:《[^》]+》[^“”\"「『。；]{0,60})?[^“”\"「『，,。；;]{0,30}", text[start:])
    run = _QUOTES.match(text, start + (head.end() if head else 0))
    if run:
        tail = re.match(r"(?:等)?(?:\d+|[一二三四五六七八九十]+)?项?(?:证明(?:材料|事项|文件)?|材料)?", text[run.end() :])
        return _names(text[start : run.end()], True), run.end() + (tail.end() if tail else 0)
    plain = re.split(r"[，,。；;:：]|[（(]\s*(?:原)?(?:设定)?依据", text, maxsplit=1)[0]
    return _names(plain, False), len(plain)


def _before(text: str) -> tuple[list[_Object], str]:
    """Objects before a passive effect (“…”予以取消; 对…证明实行告知承诺), and the text before them."""
    runs = list(_QUOTES.finditer(text))
    if runs:
        run = runs[-1]
        gap = text[run.end() :]
        if not re.fullmatch(r"(?:等)?\d*项?(?:证明(?:材料|事项)?|材料)?[，,]?(?:现|也|均|都|将|由[^，。；]{2,12})?", _cut(gap)[1]):
            return [], text
        lead = re.split(r"(?:^|(?<=[，,中时]))(?:对|将|为|就|把)", text[: run.start()])
        opened = len(lead) > 1
        return _names((lead[-1] if opened else "") + run.group(), True), "".join(lead[:-1]) if opened else text[: run.start()]
    clause = text.rstrip("，, ")
    pieces = re.split(r"[，,。；;](?![^（(]*[)）])", clause)
    pushed = re.match(r"^(?P<head>.*?)(?:^|(?<=[中时，,]))(?:对|将|为|就|把)(?P<object>.+)$", pieces[-1])
    if pushed:
        return _names(pushed["object"], False), "".join(p + "，" for p in pieces[:-1]) + pushed["head"]
    return _names(pieces[-1], False), "，".join(pieces[:-1])


def _cut(text: str) -> tuple[str | None, str]:
    """Take a bracketed (原设定依据:…) or a clause 原设定依据为… out of ``text``, brackets inside it respected."""
    found = _NOTE.search(text)
    if found:
        depth = 1
        for i in range(found.end(), len(text)):
            depth += {"（": 1, "(": 1, "）": -1, ")": -1}.get(text[i], 0)
            if depth == 0:
                return text[found.end() : i].strip() or None, text[: found.start()] + text[i + 1 :]
        return text[found.end() :].strip() or None, text[: found.start()]
    clause = _BASIS_CLAUSE.search(text)
    return (clause.group(1).strip(), text[: clause.start()] + text[clause.end() :]) if clause else (None, text)


def _matter(text: str) -> str | None:
    """The matter named before the verb: “…中”, “办理…时”, “在…环节”; None for an idle opening (决定, 自即日起)."""
    plain = re.sub(r"[，,:：\s]+$", "", text.strip())
    plain = re.sub(r"^(?:在|对|从|自[^，]{2,12}起[，,]?|决定|现|即日起[，,]?|将|拟)+", "", plain)
    timed = plain.endswith(("时", "时候"))
    needed = re.search(r"[，,]?(?:原|本)?(?:需|须|应|要求|需要)(?:提供|提交|出具)的?$", plain)
    plain = plain[: needed.start()] if needed else plain
    plain = re.sub(r"(?:的)?(?:过程中|环节中|环节|业务中|中|时|的?时候)$", "", plain).strip(" ，,：:")
    plain = re.sub(rf"^{_SUBJECT}?(?:申请)?办理(?=.{{4,}})", "", plain) if timed or needed or plain.endswith("的") else plain
    plain = re.sub(rf"^{_SUBJECT}(?:办理(?=.{{4,}})|(?=申请|申报|申领))", "", plain)
    plain = re.sub(r"(?<=.{4})业务$", "", plain)
    plain = plain.removesuffix("的")
    return plain if len(plain) >= 2 and not _IDLE.fullmatch(plain) else None


def _entries(kind: ListKind, objects: list[_Object], before: str, after: str, body: str | None = None) -> list[ListEntry]:
    basis, rest = _cut(after.strip())
    replacement = re.sub(r"^[，,；;。:：\s]*(?:后(?=[由凭改以通]))?[，,；;。:：\s]*", "", rest).strip(" 。；;，,") or None
    matter = _matter(before)
    issuer = body
    if kind is ListKind.NOT_ISSUED_BY and matter and _BODY_END.search(matter):
        issuer, matter = issuer or matter, None
    return [
        ListEntry(kind, o.name, o.matter or matter, None, o.basis or basis, None, issuer, replacement, path_of(kind, replacement))
        for o in objects
        if o.name
    ]


def read_item(sentence: str, above: ListKind | None = None) -> list[ListEntry]:
    """Entries of one sentence; empty when it is no statement of a list.

    ``above``: the effect of the heading over it, used when the sentence names a proof and no effect of its own.
    """
    text = _TITLED.sub(r"“\1”", sentence.strip().rstrip("。；;"))
    for kind, pattern in _COMPILED:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            body = groups.get("body")
            if found.end() > found.start():  # 改为… is no verb with an object after it
                objects, end = _after(text[found.end() :])
                if objects:
                    return _entries(kind, objects, text[: found.start()], text[found.end() + end :], body)
            note, plain = _cut(text[: found.start()])
            objects, before = _before(plain)
            if objects and (found.end() > found.start() or re.search(r"[对将把]", plain)):
                made = _entries(kind, objects, before, text[found.end() :], body)
                return [replace(e, original_basis=e.original_basis or note) for e in made]
    if above is not None:
        objects, end = _after(text)
        if objects:
            first = QUOTE.search(text)
            lead = _FOR_ITEM.match(text[: first.start()]) if first else None
            return _entries(above, objects, lead["matter"] if lead else "", text[end:])
    return []
