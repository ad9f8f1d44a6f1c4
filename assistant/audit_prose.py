"""Running text → what it demands: items below a line that opens a list, lists that read like materials, and sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.audit_cells import BASIS_TAIL, MARK, basis_in, clean, issuer_in, matter_in_heading, purpose_of, title_matter
from assistant.audit_demand import NOT_CATCH, PAPER, Demand, catch_all, pieces
from assistant.audit_spoken import open_ended, spoken
from ingest.blocks import Blocks, Paragraph
from ingest.requirements import extract_from_sentence, extract_requirements
from knowledge.types import Locator, ParsedDocument, Provision, Requirement

_OPENS = re.compile(
    r"(?:申请|申报|申办|办理|所需|需要?|应当?|须|提交|提供|报送|递交|携带|收取|上报|准备)[^。；]{0,14}(?:材料|资料|要件|文件|证件|证明|手续)(?:清单|目录|如下|包括|有)?[^。；：:]{0,10}[：:]?\s*$"
    r"|(?:材料|资料|要件|文件|证件|证明|手续)(?:清单|目录)?(?:如下|包括|有)?\s*[：:]\s*$|下列[^。；]{0,12}[：:]\s*$"
    r"|(?:备齐|备好|带齐|带好|交齐|准备好?|携带|提交|提供)[^，。；：:]{0,8}[：:]\s*$"
    r"|(?:带|准备|提交|交|提供|拿|要|需|备)(?:些|上|好)?(?:什么|哪些|啥)(?:材料|证件|东西|证明|手续|资料)?(?:来|去|过来)?[？?]?\s*$"
)
_HEADING = re.compile(
    r"^(?:(?:需要?|应当?|须|必须|所需|需要?携带|应当携带|需要?提交|应当提交|提交|申请|申报|申办|办理|办事|报送|携带|准备|事项|登记|备案)的?)*(?:材料|资料|要件|证件|证明材料|文件)(?:清单|目录|要求|如下)?$"
)
LABEL = re.compile(
    r"(?:材料|资料|要件|证件|手续)(?:清单|目录|名称)?(?:之?[一二三四五六七八九十]+|\d+)?$|^(?:申请|申报|提交|所需|办理)(?:材料|资料|要件|证明)"
)
_CLOSES = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十]{1,3}[)）、.．]\s*)?(?:办理|受理|审批|服务)?(?:流程|程序|步骤|时限|期限|条件|依据|地点|时间|机构|单位|对象|范围|方式|结果|收费|咨询|监督|投诉|联系|审查|法律责任|附则|其他事项|注意事项)"
)
_NO_LIST = re.compile(
    r"不得|无需|无须|不再|不需|不用|不必|不要|不收|别再|免交|免带|免于|免予|免提|取消|结果|送达|发给|核发|颁发|出具的?(?:材料|文书)|领取的"
)
_FORBIDS = re.compile(r"(?:不得|严禁|禁止|不应|不能|不准)[^。；]{0,30}(?:要求|索要|索取|收取|让|责令)[^。；]{0,40}$")
_SPOKEN = re.compile(r"^[问答]\s*[：:]|(?:应当|必须|须|可以)[^，。；]{1,60}。$")
_SENTENCE = re.compile(r"应当|必须|不得|负责|可以")
_ASKS = re.compile(
    r"(?:应当?|必须|须|请|需要?|还要|要)(?:[^，。；（）《》]{0,12}?)(?:提交|提供|出示|出具(?!的)|携带|交验|递交|持有?|附具|附上|附送|附|带上)"
    r"|[，：][^，。；（）《》]{0,10}(?:提交|提供|附具|附上|附送|带上|出示)(?!的)"
)
_SPARED = re.compile(r"(?<!用)不用|不必|无需|无须|(?<!需)不需|不再|(?<!要)不要|不收|免于|免予|免提|免交|免带|取消")
_BRACKETS = re.compile(r"[（(](?:[^（）()]|[（(][^（）()]*[)）])*[)）]")
_VERB = re.compile(r"提交|提供|出示|携带|交验|递交|报送|^[持凭交带]|[，：]")
PLAIN = re.compile(r"[\s\u3000]+")


# ---------- running text ----------
def prose(blocks: Blocks, document: ParsedDocument) -> Iterator[Demand]:
    """Paragraphs: items below a line that opens a list of materials; elsewhere only sentences that demand."""
    matter, listing = title_matter(document.title, blocks), False
    unheaded = _runs(blocks)
    own, spared = matter, False
    for number, block in enumerate(blocks.blocks):
        if not isinstance(block, Paragraph):
            listing = False
            continue
        text = block.text.strip()
        if block.style in ("header", "footer", "caption") or not text or text == document.title or block.locator.sheet:
            continue
        if _heads(block) and own is None:
            matter = matter_in_heading(text) or matter
        if _spares(text):
            listing, spared = False, True
            continue
        spared = spared and not (_heads(block) or _opens(text, False) or _ASKS.search(text)) and bool(MARK.match(text) or names_paper(text))
        if spared:
            continue  # an item below 以下不用带：
        if _opens(text, listing) and not ((listing or number in unheaded) and catch_all(text)):
            listing = True
            yield from _sentences(text, matter, block.locator, document.title or "") if "，" in text else ()
            continue
        if listing and ((_CLOSES.match(text) and not names_paper(text)) or (block.style in ("title", "heading") and not MARK.match(text))):
            listing = False
        head, _, tail = text.partition("：")
        if tail and LABEL.search(PLAIN.sub("", MARK.sub("", head))) and len(head) <= 16:
            for piece in _split_inline(tail):
                yield from item(piece, matter, block.locator, True, None)
        elif number in unheaded or (listing and (MARK.match(text) or (len(text) <= 60 and not _SPOKEN.search(text)))):
            for piece in pieces(text):
                yield from item(piece, matter, block.locator, True, None)
        else:
            listing = listing and len(text) <= 120
            yield from _sentences(text, matter, block.locator, document.title or "")


def _runs(blocks: Blocks) -> frozenset[int]:
    """Numbered or bulleted lines standing together that read like materials: a list of materials whatever its heading says."""
    out: set[int] = set()
    run: list[tuple[int, str]] = []
    before = ""
    for number, block in enumerate((*blocks.blocks, None)):
        text = block.text.strip() if isinstance(block, Paragraph) else ""
        if text and MARK.match(text) and len(text) <= 90 and not _heads(block):
            run.append((number, MARK.sub("", text).strip()))
            continue
        if len(run) >= 2 and not _NO_LIST.search(before) and sum(names_paper(t) for _, t in run) >= 0.5 * len(run):
            out.update(n for n, _ in run)
        run, before = [], text
    return frozenset(out | _bare_runs(blocks))


def _spares(text: str) -> bool:
    """Whether a line opens a list of what need not be brought: 以下不用带：, 不再提交的材料."""
    plain = MARK.sub("", text).strip()
    return (
        len(plain) <= 30
        and not plain.endswith(("？", "?"))
        and bool(_SPARED.search(plain))
        and (plain.endswith(("：", ":")) or not re.search("[，。；]", plain))
        and not names_paper(re.sub(r"(?:材料|证明|资料|证件|手续)(?:清单|目录)?[：:]?$", "", plain))
    )


def _heads(block: object) -> bool:
    return isinstance(block, Paragraph) and block.style in ("title", "heading")


def _bare_runs(blocks: Blocks) -> set[int]:
    """Lines without number or bullet (the reader has dropped it) below a heading, nearly all of which name one paper each."""
    out: set[int] = set()
    run: list[tuple[int, str]] = []
    below = ""  # the heading that the run stands under; empty outside one
    for number, block in enumerate((*blocks.blocks, None)):
        text = block.text.strip() if isinstance(block, Paragraph) else ""
        if text and below and not _heads(block) and not MARK.match(text) and len(BASIS_TAIL.sub("", text)) <= 60:
            run.append((number, text))
            continue
        if len(run) >= 2 and not _NO_LIST.search(below) and sum(names_paper(t) for _, t in run) >= 0.75 * len(run):
            out.update(n for n, _ in run)
        run, below = [], text if _heads(block) else ""
    return out


def names_paper(text: str) -> bool:
    """Whether a line names one paper, or is a catch-all; a basis behind it does not count."""
    bare = BASIS_TAIL.sub("", text).rstrip("。；;，,")
    return catch_all(text) or (not _SENTENCE.search(bare) and bool(PAPER.search(bare)))


def _opens(text: str, listing: bool) -> bool:
    """Whether a line opens a list of materials; inside one, a numbered line does so only with a colon or as a bare heading."""
    plain = MARK.sub("", text).strip()
    if _HEADING.match(plain.rstrip("：:")):
        return True
    if listing and MARK.match(text) and not text.endswith(("：", ":")):
        return False
    return bool(_OPENS.search(text))


def _split_inline(tail: str) -> list[str]:
    """申请材料：甲；乙；丙 as items."""
    found = pieces(tail)
    return [p.strip() for part in found for p in re.split(r"[；;]", part) if p.strip()] if len(found) == 1 else found


def item(text: str, matter: str | None, where: Locator, listing: bool, basis: str | None) -> Iterator[Demand]:
    """One list item or cell: a bare name counts where the list is one of materials."""
    plain = MARK.sub("", text).strip()
    if not plain or NOT_CATCH.search(plain):
        return
    if catch_all(plain):
        yield Demand(plain, plain.rstrip("。；;"), matter, basis, where, kind="item", context=text, catch_all=True)
        return
    if _ASKS.search(_BRACKETS.sub("", BASIS_TAIL.sub("", plain))):  # a whole sentence among the items
        yield from _grouped(_read(plain, matter), plain, matter, where)
        return
    bare = re.sub(r"[，,].*$", "", _BRACKETS.sub("", BASIS_TAIL.sub("", plain)))
    found = [r for r in extract_from_sentence(bare if listing and len(bare) >= 3 else plain, matter=matter) if not r.negative]
    if listing and len(found) == 1 and found[0].material != bare and bare.endswith(found[0].material) and not _VERB.search(bare):
        found = [replace(found[0], material=bare)]  # 勤俭持家证明 is no 家证明
    if (
        not found
        and listing
        and len(plain) <= 60
        and re.search(r"[证照书表单簿件函卡册章][（(。；;，]?|说明|报告|合同|协议|材料|证明", plain)
    ):
        found = [Requirement("", clean(plain), bool(re.search("证明|证实", plain)))]
    if not found and not listing:
        return
    own = basis_in(plain) or basis
    for r in found:
        shown = plain if len(found) == 1 else _around(plain, r.material)
        yield _of(r, shown.rstrip("。；;"), matter, own, where, "item", plain)


def _sentences(text: str, matter: str | None, where: Locator, title: str) -> Iterator[Demand]:
    """Sentences that demand, read as a law's are."""
    yield from _grouped(_read(text, matter, title), text, matter, where)


def _read(text: str, matter: str | None, title: str = "") -> list[Requirement]:
    read = extract_requirements(Provision("审", "", "paragraph", text), title=title)
    found = [*(r for r in read if not _barred(r)), *spoken(text, [r.material for r in read], matter)]
    return found + list(open_ended(text, [r.sentence or "" for r in found]))


def provisions(document: ParsedDocument) -> Iterator[Demand]:
    """The articles of a draft, each with what it demands."""
    matter = title_matter(document.title, None)
    by_ref: dict[str, list[Requirement]] = {}
    for r in document.requirements:
        by_ref.setdefault(r.provision.split(".")[0], []).append(r)
    for provision in document.provisions:
        read = by_ref.get(provision.ref, [])
        found = [*(r for r in read if not _barred(r)), *spoken(provision.text, [r.material for r in read], matter)]
        found += open_ended(provision.text, [r.sentence or "" for r in found])
        start = (provision.locator.chars or (0, 0))[0]
        for d in _grouped(found, provision.text, matter, provision.locator):
            where = replace(d.locator, chars=(start + d.requirement.span[0], start + d.requirement.span[1])) if d.requirement else d.locator
            yield replace(d, locator=where)


def _barred(r: Requirement) -> bool:
    """Whether the sentence forbids to ask for it (不得以任何理由要求…提供)."""
    before = (r.sentence or "").partition(r.material)[0]
    return r.negative or bool(_FORBIDS.search(before))


def _grouped(found: Sequence[Requirement], text: str, matter: str | None, where: Locator) -> Iterator[Demand]:
    """One demand per material; a sentence with a single material is shown whole, else the words around that material."""
    for r in found:
        sentence = r.sentence or text
        alone = sum(1 for other in found if other.sentence == r.sentence) == 1
        shown = sentence if alone else _around(sentence, r.material)
        whole = _whole(text, sentence)
        if catch_all(r.material) or (r.strength != "named" and catch_all(shown)):
            yield Demand(shown, r.material, matter or r.matter, None, where, kind="sentence", context=whole, catch_all=True, requirement=r)
            continue
        yield _of(r, shown, matter or r.matter, basis_in(sentence) or basis_in(_lead(text, sentence)), where, "sentence", whole)


def _of(r: Requirement, shown: str, matter: str | None, basis: str | None, where: Locator, kind: str, context: str) -> Demand:
    return Demand(
        demand=shown,
        name=clean(r.material),
        matter=matter,
        basis=basis,
        locator=where,
        kind=kind,
        purpose=purpose_of(shown)[1],
        issuer=r.issuing_body or issuer_in(shown, None),
        requester=r.recipient,
        context=context,
        requirement=r,
    )


def _whole(text: str, sentence: str) -> str:
    """The full sentence (up to 。) that holds a clause."""
    at = text.find(sentence)
    if at < 0:
        return sentence
    begin = text.rfind("。", 0, at) + 1
    end = text.find("。", at + len(sentence) - 1)
    return text[begin : end + 1 if end >= 0 else len(text)].strip()


def _lead(text: str, sentence: str) -> str:
    """The line that opens the list an item stands in (…应当依照《…》第三条提交下列材料：); empty outside a list."""
    at = text.find(sentence)
    colon = text.rfind("：", 0, at) if at > 0 else -1
    return text[text.rfind("。", 0, colon) + 1 : colon] if colon > 0 and "\n" in text[colon:at] else ""


def _around(sentence: str, material: str) -> str:
    """The words of one material in an enumeration: from the last separator before it to the next one behind it."""
    at = sentence.find(material)
    if at < 0:
        return material
    begin = max(sentence.rfind(mark, 0, at) for mark in "，、；：。和及") + 1
    lead = re.search(r".*(?:提交|提供|出示|出具(?!的)|携带|持|凭)", sentence[begin:at])
    begin += lead.end() if lead else 0
    end = at + len(material)
    tail = re.match(r"[（(][^（）()]*[)）]", sentence[end:])
    return sentence[begin : end + (tail.end() if tail else 0)].strip()
