"""The parts of a cell or sentence that demands something: who issues it, what it is for, on which basis; the matter in a title. Pure."""

from __future__ import annotations

import re

from ingest.blocks import Blocks, Paragraph
from knowledge.lexicon import lexicon
from knowledge.regions import find_regions

MARK = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．:：]|第[一二三四五六七八九十]+[项、]|[①-⑳⑴-⒇❶-❿➀-➓●○■◆◇□☐☑√✓▪·•*\-—–])\s*"
)
_PAREN_BASIS = re.compile(
    r"(?:设定|设立|法律|政策|制定)?(?:依据|根据)\s*(?:是|为|[：:])?\s*(?P<basis>《(?:[^，。；]|[，；](?=《))+?)(?=[）)]?[。；;]?\s*$|[）)]|[，。；](?!《))"
)
_PAREN_ISSUER = re.compile(
    r"[（(]由?(?P<who>[^（）()，。；]{2,20}?)(?:负责)?(?:出具|开具|核发|提供|盖章|盖公章|证实|签章)[^（）()]{0,8}[)）]"
)
_ISSUER = re.compile(
    r"^(?:须|应当?|需|请|未|没有|凭|持|提供|提交|由|经)*(?P<who>[^，。；、（）()]{2,24}?)(?:统一|负责|依法)?(?:出具|开具|核发|签发|签署|盖章|盖公章|开立|证实)的"
)
_STAMP = re.compile(
    r"(?:加?盖|盖有)(?P<who>[^（）()，。；]{0,16}?)(?:公章|印章|章)|(?P<by>[^（）()，。；、]{2,16}?)(?:盖章|签章|证实|出证)"
)
_OWN = re.compile(r"^(?:申请人|本人|自备|自行|窗口|申请单位|企业|法定代表人|原件|复印|自己)|窗口|自备|自行填|免费")
_VAGUE_BODY = re.compile(r"相关|有关|单位$|部门$|机构$|申请人|窗口|本人|要求|自备")
_RULED = re.compile(r"(?:的(?:有关|相关)?(?:规定|要求|精神|条款)|(?:有关|相关)?规定|要求|的)$")
BASIS_TAIL = re.compile(
    r"\s*(?:——|—|--|－|｜|\||，|,|；|;|：|:)?\s*[（(\[【]?(?:设定|设立|法律|政策)?(?:依据|根据)\s*(?:是|为|[：:])?\s*《.*$"
)
_PURPOSE = re.compile(r"[（(](?:仅|只)?(?:用于|用以|供|适用于?|办理)")


def purpose_of(cell: str) -> tuple[str, str | None]:
    """``(the cell without it, the matter)`` of a closing （用于…）, brackets inside it included; the cell and None without one."""
    text = cell.strip()
    if not text.endswith(("）", ")")):
        return cell, None
    for start in _PURPOSE.finditer(text):
        depth = 0
        for at in range(start.start(), len(text)):
            depth += (text[at] in "（(") - (text[at] in "）)")
            if depth == 0:
                break
        if at == len(text) - 1:
            matter = re.sub(r"(?:时|用|使用)$", "", text[start.end() : -1]).strip()
            return text[: start.start()], matter or None
    return cell, None


def basis_in(text: str) -> str | None:
    """The basis that a cell or sentence claims itself: （依据：《…》第…条）, 依照《…》第…条提交…; None when it names none."""
    hit = _PAREN_BASIS.search(text)
    if hit:
        return _RULED.sub("", hit.group("basis").strip())
    cited = re.search(r"(?:根据|依据|依照|按照|按|符合|依)\s*(《[^《》]*(?:《[^《》]*》[^《》]*)*》[^，。；提应]{0,30})", text)
    if cited:
        return _RULED.sub("", cited.group(1).strip())
    bare = re.search(r"[（(](《[^（）()]+》[^（）()]*)[)）]", text)
    return _RULED.sub("", bare.group(1).strip()) if bare else None


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
    plain, about = re.subn(r"^(.{0,24}?)关于(?:进一步)?(?:规范|做好|加强|优化|明确|调整)", r"\1", plain)
    plain = re.sub(r"^关于(?:印发|公布|发布|修订)?", "", re.sub(r"^.{0,24}?关于(?=印发|公布|发布)", "关于", plain))
    plain = re.sub(r"(?:的)?(?:通知|公告|通告)$", "", plain)
    places = [m for m in find_regions(plain) if m.start == 0]
    plain = plain[places[0].end :] if places else re.sub(r"^[^，。]{1,6}?(?:县|市|区|旗|州)(?![省市县区旗场政民])", "", plain)
    plain = re.sub(r"^[^，。]{0,12}?(?:局|厅|委员会|人民政府|街道办事处|镇人民政府)", "", plain)
    tail = r"(?:的)?(?:办事|服务|办理|申办|申请|业务|受理|审批|许可|工作|实施|管理|操作|暂行)*(?:指南|须知|指引|手册|流程|告知单?|一次性告知书?|办法|细则|规定|规则|规程|规范|通知|公告|说明|材料清单|清单|台账|一问一答|问答|常见问题|问题解答|答疑|怎么办|告知书|告知|明白[卡纸书]|说明白|一张纸|小?贴士|提示单?)(?:[一二三四五六七八九十]*)$"
    if about and plain.endswith("工作"):
        return plain.removesuffix("工作") or None
    found = re.match(r"^(.{2,40}?)" + tail, plain)
    return found.group(1) if found else None


def title_matter(title: str | None, blocks: Blocks | None) -> str | None:
    """The matter in a document's title; where what was taken for one says nothing (a rule of =====), that of the first line which does."""
    if blocks is None or (title and re.search("[\u4e00-\u9fff]", title)):
        return matter_in_title(title)
    lines = (b.text for b in blocks.blocks[:6] if isinstance(b, Paragraph))
    return next((m for line in lines if (m := matter_in_title(line.strip()))), None)


def matter_in_heading(heading: str) -> str | None:
    """The matter that a heading inside a page names: ❶ 高龄津贴，带上这些来 → 高龄津贴; None for 申请材料 and the like."""
    plain = re.split(r"[，,：:？?！!（(]", MARK.sub("", heading).strip())[0]
    plain = re.sub(
        r"(?:怎么|如何|要|需|在哪|去哪)[^，。]{0,8}$|(?:的)?(?:办事|服务|办理|申办|申请)*(?:指南|须知|指引|流程|所需|材料|手续)+$",
        "",
        plain,
    )
    known = [m for m in lexicon().find_matters(plain) if m.name]
    return plain if known and 3 <= len(plain) <= 20 else None


def clean(name: str) -> str:
    """A material's name without quantity words and brackets that only say how to hand it in."""
    out = BASIS_TAIL.sub("", MARK.sub("", name).strip()).rstrip("。；;，,")
    out = re.sub(r"[（(][^（）()]*(?:原件|复印|一式|份|核验|留存|盖章|填写|窗口|依据|《)[^（）()]*[)）]", "", out)
    return re.sub(r"(?:原件|复印件|及|和|各)*[一二三四五六七八九十两\d]+\s*[份张页式]$", "", out).strip() or name
