"""A parsed file → every material it demands of an applicant: table rows, list items and sentences, each with its claimed basis and place. Pure.

``demand`` is the cell or sentence as written, so that a reviewer finds it again; ``name`` is the material in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Blocks, Paragraph, Table
from ingest.requirements import extract_from_sentence, extract_requirements
from ingest.rows import proof_column
from ingest.tables import LogicalTable, logical_tables
from knowledge.regions import find_regions
from knowledge.types import DocKind, ListEntry, ListKind, Locator, ParsedDocument, Provision, Requirement

_MARK = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．:：]|第[一二三四五六七八九十]+[项、]|[①-⑳●○■◆·•*\-—–])\s*")
_SUBMARK = re.compile(r"(?:^|[\n；;。])\s*(?=(?:[（(]?\d{1,2}[)）.．、](?!\d)|[①-⑳]|[（(][一二三四五六七八九十]{1,3}[)）]))")
_OPENS = re.compile(
    r"(?:申请|申报|申办|办理|所需|需要?|应当?|须|提交|提供|报送|递交|携带|收取|上报|准备)[^。；]{0,14}(?:材料|资料|要件|文件|证件|证明|手续)(?:清单|目录|如下|包括|有)?[^。；：:]{0,10}[：:]?\s*$"
    r"|(?:材料|资料|要件|文件|证件|证明|手续)(?:清单|目录)?(?:如下|包括|有)?\s*[：:]\s*$|下列[^。；]{0,12}[：:]\s*$"
)
_HEADING = re.compile(
    r"^(?:(?:需要?|应当?|须|必须|所需|需要?携带|应当携带|需要?提交|应当提交|提交|申请|申报|申办|办理|办事|报送|携带|准备|事项|登记|备案)的?)*(?:材料|资料|要件|证件|证明材料|文件)(?:清单|目录|要求|如下)?$"
)
_LABEL = re.compile(r"(?:材料|资料|要件|证件|手续)(?:清单|目录|名称)?$|^(?:申请|申报|提交|所需|办理)(?:材料|资料|要件|证明)")
_CLOSES = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十]{1,3}[)）、.．]\s*)?(?:办理|受理|审批|服务)?(?:流程|程序|步骤|时限|期限|条件|依据|地点|时间|机构|单位|对象|范围|方式|结果|收费|咨询|监督|投诉|联系|审查|法律责任|附则|其他事项|注意事项)"
)
_PAREN_BASIS = re.compile(r"(?:设定|设立|法律|政策|制定)?(?:依据|根据)\s*(?:是|为|[：:])?\s*(?P<basis>《.+?)(?=[）)]?[。；;]?\s*$|[）)])")
_FILL = (
    r"(?:(?:法律|法规|规章|政策|国家|省|市|县|区|上级|本级|主管|部门|行政|机关|单位|窗口|经办|受理|审批|审核|登记|发证|承办|工作)*"
    r"(?:需要?|应当?|必须|必要|要求|规定|认为|可能|可以|提交|提供|出具|报送|补充|补正|核实|办理|申请|申报|依法|根据|情况|实际|视|有关|相关|涉及|所需|指定|确需|合理|的|或者?|和|及|与|、|等|以及|在|中|时|有|由|为|者|人|材料|证明|文件|凭证|佐证|资料|手续|支撑|补强))*"
)
_CATCH = re.compile(
    rf"(?<![无没])(?<!没有)(?:其他|其它|别的|另外){_FILL}(?:材料|资料|文件|证明|手续|证件|要件|凭证|佐证)"
    r"|(?<![无没])(?<!没有)(?:其他|其它|别的)[^。；，、《》]{0,12}(?:要求|规定|需要|认为|指定|通知)的?[^。；，、《》]{0,8}(?:材料|资料|文件|证明|手续|证件|要件|凭证)$"
    rf"|(?:等|及|和|与|以及)(?:其他)?(?:相关|有关){_FILL}(?:证明|材料|资料|文件)+"
    r"|^(?:根据|视|按照?)[^。；《》]{0,16}(?:需要|情况|要求)[^。；《》]{0,12}(?:补充|提交|提供|要求)[^。；《》]{0,10}(?:材料|证明|资料|文件)"
    r"|认为(?:有)?(?:必要|需要|应当?)[^。；《》]{0,14}(?:材料|证明|资料|文件)|^(?:[^，。；《》]{0,12}(?:规定|要求|需要)的?)?(?:有关|相关|必要)的?(?:证明|材料|资料|文件)+$"
    r"|(?:补充|追加|增加)[^。；《》]{0,8}(?:有关|相关|必要)(?:的)?(?:材料|证明|资料|文件)|^(?:法律|法规|规章|政策|上级|窗口|工作人员)[^。；《》]{0,14}(?:要求|规定|指定|需要)的[^。；《》]{0,6}(?:材料|证明|资料|文件)+$"
)
_NOT_CATCH = re.compile(r"不得|无需|无须|不再|不需|除[^。；]{0,20}外")
_PURPOSE = re.compile(r"[（(](?:仅|只)?(?:用于|用以|供|适用于?|办理)(?P<matter>[^（）()]+?)(?:时|用|使用)?[)）]\s*$")
_PAREN_ISSUER = re.compile(
    r"[（(]由?(?P<who>[^（）()，。；]{2,20}?)(?:负责)?(?:出具|开具|核发|提供|盖章|盖公章|证实|签章)[^（）()]{0,8}[)）]"
)
_ISSUER = re.compile(
    r"^(?:须|应当?|需|请|凭|持|提供|提交|由|经)*(?P<who>[^，。；、（）()]{2,24}?)(?:统一|负责|依法)?(?:出具|开具|核发|签发|签署|盖章|盖公章|开立|证实)的"
)
_STAMP = re.compile(
    r"(?:加?盖|盖有)(?P<who>[^（）()，。；]{0,16}?)(?:公章|印章|章)|(?P<by>[^（）()，。；、]{2,16}?)(?:盖章|签章|证实|出证)"
)
_OWN = re.compile(r"^(?:申请人|本人|自备|自行|窗口|申请单位|企业|法定代表人|原件|复印|自己)|窗口|自备|自行填|免费")
_VAGUE_BODY = re.compile(r"相关|有关|单位$|部门$|机构$|申请人|窗口|本人|要求|自备")
_PAPER = re.compile(
    r"(?:证明|材料|文件|资料|证件|证|书|表|单|函|簿|照|报告|合同|协议|说明|凭证|票据|章程)(?:原件|复印件)?(?:[（(][^（）()]*[)）])?$"
)
_NAMELESS = re.compile(
    r"^(?:有关|相关|上述|下列|以下|前款|申请|申报|办理|所需|所有|全部|必要|规定|要求|齐全|完整|真实|的|和|及|证明|材料|文件|资料|手续|证件)+$"
)
_PLAIN = re.compile(r"[\s\u3000]+")


@dataclass(frozen=True, slots=True)
class Demand:
    """One material demanded. ``order`` counts in reading order from 1; ``kind``: row | item | sentence; ``serial`` as printed."""

    demand: str
    name: str
    matter: str | None
    basis: str | None
    locator: Locator
    order: int = 0
    kind: str = "row"
    purpose: str | None = None  # 用于… in the cell itself
    issuer: str | None = None
    requester: str | None = None
    context: str = ""
    catch_all: bool = False
    list_kind: ListKind = ListKind.LEDGER
    entry: ListEntry | None = None
    requirement: Requirement | None = None


def demands_of(blocks: Blocks, document: ParsedDocument) -> tuple[Demand, ...]:
    """Every demand of a file in reading order; negative sentences (不得要求提供…) and list effects (取消) are none."""
    requester = document.issuer
    found = [*_rows(document), *_tables(blocks, document)]
    found += _provisions(document) if document.provisions and document.kind in (DocKind.DRAFT, DocKind.LAW) else _prose(blocks, document)
    ordered = sorted(found, key=lambda d: (d.locator.chars or (1 << 40, 0))[0])
    unique: dict[tuple[str, object], Demand] = {}
    for d in ordered:
        if _NAMELESS.match(d.name) and not d.catch_all:
            continue
        unique.setdefault((_PLAIN.sub("", d.demand) + d.name, d.locator.chars or d.locator), d)
    return tuple(replace(d, order=n, requester=d.requester or requester) for n, d in enumerate(unique.values(), 1))


def catch_all(text: str) -> bool:
    """兜底: an open-ended demand that names no material (其他需要提交的材料, 窗口认为必要的证明)."""
    plain = re.sub(r"《[^》]*》", "", _MARK.sub("", text))
    return bool(_CATCH.search(plain)) and not _NOT_CATCH.search(plain)


# ---------- tables ----------
def _rows(document: ParsedDocument) -> Iterator[Demand]:
    for entry in document.entries:
        parts = pieces(entry.proof_name)
        if len(parts) < 2:
            yield row_demand(entry, document)
            continue
        for part in parts:
            made = list(_item(part, entry.matter or matter_in_title(document.title), entry.locator, True, entry.original_basis))
            yield from (replace(d, kind="row", requester=entry.requesting_body, entry=entry) for d in made)


def row_demand(entry: ListEntry, document: ParsedDocument) -> Demand:
    """A row of a guide or ledger as a demand."""
    cell = entry.proof_name
    purpose = _PURPOSE.search(cell)
    name = _clean(cell[: purpose.start()] if purpose else cell)
    return Demand(
        demand=cell,
        name=name,
        matter=entry.matter or matter_in_title(document.title),
        basis=entry.original_basis or basis_in(cell),
        locator=entry.locator,
        kind="row",
        purpose=purpose.group("matter").strip() if purpose else None,
        issuer=issuer_in(cell, entry.issuing_body),
        requester=entry.requesting_body,
        context="｜".join(v for _, v in entry.extra),
        catch_all=catch_all(cell),
        list_kind=entry.list_kind,
        entry=entry,
    )


def _tables(blocks: Blocks, document: ParsedDocument) -> Iterator[Demand]:
    """Tables without a heading of their own (label | content): cells that list materials, or name one."""
    read = {(e.locator.sheet, e.locator.table, e.locator.row) for e in document.entries}
    if not any(isinstance(b, Table) for b in blocks.blocks):
        return
    logical, loose = logical_tables(blocks.blocks)
    matter = matter_in_title(document.title)
    for nameless in logical:
        if proof_column(nameless) is None and document.kind not in (DocKind.LIST, DocKind.NOTICE):
            yield from _nameless(nameless, document)
    strangers = set(loose)
    for table in (b for b in blocks.blocks if isinstance(b, Table) and b in strangers):
        for row in table.rows:
            if row and (row[0].locator.sheet, row[0].locator.table, row[0].locator.row) in read:
                continue
            label = row[0].text if row else ""
            listing = bool(_LABEL.search(_PLAIN.sub("", label)))
            basis = next((c.text for c in row if "《" in c.text and not extract_from_sentence(c.text)), None)
            for cell in row[1:] if len(row) > 1 else row:
                if cell.inherited or not cell.text or cell.text == basis:
                    continue
                for text in pieces(cell.text):
                    yield from _item(text, matter, cell.locator, listing, basis)


def _nameless(table: LogicalTable, document: ParsedDocument) -> Iterator[Demand]:
    """A table whose heading names no proofs (名称 | 依据): the column that reads most like a column of materials."""
    basis = table.columns.first("original_basis")
    taken = {c for f in ("serial", "original_basis", "issuing_body", "requesting_body", "matter") for c in table.columns.of(f)}
    shares = []
    for column in range(len(table.columns.headings)):
        cells = [r.cells[column] for r in table.rows if r.cells[column].strip()]
        if column not in taken and cells:
            shares.append((sum(1 for c in cells if _PAPER.search(_MARK.sub("", c))) / len(cells), -column))
    if not shares or max(shares)[0] < 0.6:
        return
    best = -max(shares)[1]
    issuer = table.columns.first("issuing_body")
    for row in table.rows:
        cell = row.cells[best].strip()
        if not cell:
            continue
        entry = ListEntry(
            ListKind.LEDGER,
            cell,
            original_basis=(row.cells[basis].strip() or None) if basis is not None else None,
            issuing_body=(row.cells[issuer].strip() or None) if issuer is not None else None,
            locator=row.locator,
        )
        yield row_demand(entry, document)


def pieces(text: str) -> list[str]:
    """The numbered or line-separated items of one cell; the cell itself when it has none."""
    parts = [p.strip() for p in _SUBMARK.split(text) if p and p.strip()]
    out = [line.strip() for part in parts for line in (part.split("\n") if not _SUBMARK.search(part) else [part]) if line.strip()]
    return out or [text]


# ---------- running text ----------
def _prose(blocks: Blocks, document: ParsedDocument) -> Iterator[Demand]:
    """Paragraphs: items below a line that opens a list of materials; elsewhere only sentences that demand."""
    matter, listing = matter_in_title(document.title), False
    for block in blocks.blocks:
        if not isinstance(block, Paragraph):
            listing = False
            continue
        text = block.text.strip()
        if block.style in ("header", "footer", "caption") or not text or text == document.title or block.locator.sheet:
            continue
        if _opens(text, listing):
            listing = True
            yield from _sentences(text, matter, block.locator, document.title or "") if "，" in text else ()
            continue
        if listing and (_CLOSES.match(text) or (block.style in ("title", "heading") and not _MARK.match(text))):
            listing = False
        head, _, tail = text.partition("：")
        if tail and _LABEL.search(_PLAIN.sub("", _MARK.sub("", head))) and len(head) <= 16:
            for piece in _split_inline(tail):
                yield from _item(piece, matter, block.locator, True, None)
        elif listing and (_MARK.match(text) or len(text) <= 60):
            for piece in pieces(text):
                yield from _item(piece, matter, block.locator, True, None)
        else:
            listing = listing and len(text) <= 120
            yield from _sentences(text, matter, block.locator, document.title or "")


def _opens(text: str, listing: bool) -> bool:
    """Whether a line opens a list of materials; inside one, a numbered line does so only with a colon or as a bare heading."""
    plain = _MARK.sub("", text).strip()
    if _HEADING.match(plain.rstrip("：:")):
        return True
    if listing and _MARK.match(text) and not text.endswith(("：", ":")):
        return False
    return bool(_OPENS.search(text))


def _split_inline(tail: str) -> list[str]:
    """申请材料：甲；乙；丙 as items."""
    found = pieces(tail)
    return [p.strip() for part in found for p in re.split(r"[；;]", part) if p.strip()] if len(found) == 1 else found


def _item(text: str, matter: str | None, where: Locator, listing: bool, basis: str | None) -> Iterator[Demand]:
    """One list item or cell: a bare name counts where the list is one of materials."""
    plain = _MARK.sub("", text).strip()
    if not plain or _NOT_CATCH.search(plain):
        return
    if catch_all(plain):
        yield Demand(plain, plain.rstrip("。；;"), matter, basis, where, kind="item", context=text, catch_all=True)
        return
    bare = re.sub(r"[（(](?:[^（）()]|[（(][^（）()]*[)）])*[)）]|[，,].*$", "", plain)
    found = [r for r in extract_from_sentence(bare if listing and len(bare) >= 3 else plain, matter=matter) if not r.negative]
    if (
        not found
        and listing
        and len(plain) <= 60
        and re.search(r"[证照书表单簿件函卡册章][（(。；;，]?|说明|报告|合同|协议|材料|证明", plain)
    ):
        found = [Requirement("", _clean(plain), bool(re.search("证明|证实", plain)))]
    if not found and not listing:
        return
    own = basis_in(plain) or basis
    for r in found:
        shown = plain if len(found) == 1 else _around(plain, r.material)
        yield _of(r, shown.rstrip("。；;"), matter, own, where, "item", plain)


def _sentences(text: str, matter: str | None, where: Locator, title: str) -> Iterator[Demand]:
    """Sentences that demand, read as a law's are."""
    provision = Provision("审", "", "paragraph", text, locator=where)
    found = [r for r in extract_requirements(provision, title=title) if not r.negative]
    yield from _grouped(found, text, matter, where)


def _provisions(document: ParsedDocument) -> Iterator[Demand]:
    matter = matter_in_title(document.title)
    by_ref: dict[str, list[Requirement]] = {}
    for r in document.requirements:
        if not r.negative:
            by_ref.setdefault(r.provision.split(".")[0], []).append(r)
    for provision in document.provisions:
        found = by_ref.get(provision.ref, [])
        start = (provision.locator.chars or (0, 0))[0]
        for d in _grouped(found, provision.text, matter, provision.locator):
            where = replace(d.locator, chars=(start + d.requirement.span[0], start + d.requirement.span[1])) if d.requirement else d.locator
            yield replace(d, locator=where)


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
    purpose = _PURPOSE.search(shown)
    return Demand(
        demand=shown,
        name=_clean(r.material),
        matter=matter,
        basis=basis,
        locator=where,
        kind=kind,
        purpose=purpose.group("matter").strip() if purpose else None,
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


# ---------- parts of a cell ----------
def basis_in(text: str) -> str | None:
    """The basis that a cell or sentence claims itself: （依据：《…》第…条）, 依照《…》第…条提交…; None when it names none."""
    hit = _PAREN_BASIS.search(text)
    if hit:
        return hit.group("basis").strip()
    cited = re.search(r"(?:根据|依据|依照|按照|按|符合|依)\s*(《[^《》]*(?:《[^《》]*》[^《》]*)*》[^，。；提应]{0,30})", text)
    if cited:
        return cited.group(1).strip()
    bare = re.search(r"[（(](《[^（）()]+》[^（）()]*)[)）]", text)
    return bare.group(1).strip() if bare else None


def issuer_in(cell: str, column: str | None) -> str | None:
    """Who issues it, by the material's own words first (医疗机构出具的…, （村委会开具）), else by the column."""
    for pattern in (_ISSUER, _PAREN_ISSUER):
        hit = pattern.search(cell)
        if hit and not _OWN.search(hit.group("who")):
            return hit.group("who").strip()
    stamp = _STAMP.search(cell)
    if stamp:
        who = (stamp.group("who") or stamp.group("by") or "").strip()
        if len(who) >= 2 and not _OWN.search(who):
            return who
    if column and not _OWN.search(column) and not _VAGUE_BODY.search(column):
        return column.strip()
    return None


def matter_in_title(title: str | None) -> str | None:
    """The matter that a guide's or draft's title names: X县老年人优待证办理办事指南(试行) → 老年人优待证办理."""
    if not title:
        return None
    plain = re.sub(r"[（(【\[][^（）()【】\[\]]*[)）】\]]", "", title).replace("《", "").replace("》", "")
    plain = re.sub(r"^关于(?:印发|公布|发布|修订)?", "", re.sub(r"^.{0,24}?关于(?=印发|公布|发布)", "关于", plain))
    plain = re.sub(r"(?:的)?(?:通知|公告|通告)$", "", plain)
    places = [m for m in find_regions(plain) if m.start == 0]
    plain = plain[places[0].end :] if places else re.sub(r"^[^，。]{1,6}?(?:县|市|区|旗|州)(?![省市县区旗场政民])", "", plain)
    plain = re.sub(r"^[^，。]{0,12}?(?:局|厅|委员会|人民政府|街道办事处|镇人民政府)", "", plain)
    tail = r"(?:的)?(?:办事|服务|办理|申办|申请|业务|受理|审批|许可|工作|实施|管理|操作|暂行)*(?:指南|须知|指引|手册|流程|告知单?|一次性告知书?|办法|细则|规定|规则|规程|规范|通知|公告|说明|材料清单|清单|台账)(?:[一二三四五六七八九十]*)$"
    found = re.match(r"^(.{2,40}?)" + tail, plain)
    return found.group(1) if found else None


def _clean(name: str) -> str:
    """A material's name without quantity words and brackets that only say how to hand it in."""
    out = _MARK.sub("", name).strip().rstrip("。；;，,")
    out = re.sub(r"[（(][^（）()]*(?:原件|复印|一式|份|核验|留存|盖章|填写|窗口|依据|《)[^（）()]*[)）]", "", out)
    return re.sub(r"(?:原件|复印件|及|和|各)*[一二三四五六七八九十两\d]+\s*[份张页式]$", "", out).strip() or name
