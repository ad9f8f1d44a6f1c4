"""Letters from a decided answer as .docx: verification between departments, commitment, one-time notice, a note for the window, a complaint.

Each repeats the decision and its citations and leaves blanks for names: no personal data goes in. A gist is marked as one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from assistant.answer import PATH_WORDS
from knowledge.lexicon import lexicon
from knowledge.types import Path

BLANK = "＿＿＿＿＿＿＿＿"
LETTERS = {
    "verification": "部门核查函",
    "commitment": "告知承诺书",
    "notice": "一次性告知单",
    "note": "给窗口看的说明",
    "complaint": "投诉信草稿",
}
_SIGN = f"{BLANK}（单位盖章）\n＿＿＿＿年＿＿月＿＿日"


def letters_for(answer: dict[str, Any]) -> tuple[str, ...]:
    """Which letters make sense for an answer: by role, verdict and path. Empty where nothing is decided."""
    if answer["scope"] == "out" or answer["clarify"] or not answer["proof"]:
        return ()
    paths = {answer["path"], *answer["alternatives"]}
    may_doubt = answer["verdict"] != "may_demand"
    staff = ["verification"] if answer["path"] != "direct_cancel" else []
    staff += ["commitment"] if "commitment" in paths else []
    staff += ["notice"]
    citizen = (["note", "complaint"] if may_doubt else []) + (["commitment"] if "commitment" in paths else [])
    return tuple(citizen if answer["role"] == "citizen" else staff)


def letter(kind: str, answer: dict[str, Any]) -> bytes:
    """The .docx of one kind of ``LETTERS``.

    Raises:
        KeyError: an unknown kind.
    """
    paper = _Paper(LETTERS[kind])
    _WRITERS[kind](paper, answer)
    return paper.bytes()


def plain(text: str) -> str:
    """Text without characters that XML cannot carry."""
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF)))


class _Paper:
    """A page in the usual form of official papers: centred title, body of 三号 size, first line indented by two characters."""

    def __init__(self, title: str) -> None:
        self.document = Document()
        self.document.core_properties.author = "减证"
        self.document.core_properties.title = title
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Cm(3.2), Cm(3), Cm(2.8), Cm(2.6)
        self._write(title, size=22, font="方正小标宋简体", align=WD_ALIGN_PARAGRAPH.CENTER, after=14)

    def _write(self, text: str, *, size: float = 15, font: str = "仿宋", align: Any = None, indent: bool = False, after: float = 0) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = align
        form = paragraph.paragraph_format
        form.line_spacing, form.space_after, form.space_before = Pt(size * 1.75), Pt(after), Pt(0)
        form.first_line_indent = Pt(size * 2) if indent else None
        run = paragraph.add_run(plain(text))
        run.font.size, run.font.name = Pt(size), font
        run._element.rPr.rFonts.set(qn("w:eastAsia"), font)

    def head(self, text: str) -> None:
        self._write(text, font="黑体")

    def line(self, text: str) -> None:
        self._write(text)

    def body(self, *texts: str) -> None:
        for text in texts:
            if text:
                self._write(text, indent=True)

    def numbered(self, *texts: str) -> None:
        for number, text in enumerate([item for item in texts if item], 1):
            self._write(f"{number}. {text}", indent=True)

    def sign(self, text: str = _SIGN) -> None:
        self._write("")
        for part in text.split("\n"):
            self._write(part, align=WD_ALIGN_PARAGRAPH.RIGHT)

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()


# ---------- what the answer says ----------
def _proof(answer: dict[str, Any]) -> str:
    return str(answer["proof"]["name"])


def _matter(answer: dict[str, Any]) -> str:
    return str(answer["matter"]["name"]) if answer["matter"] else BLANK


def _fact(answer: dict[str, Any]) -> str:
    record = lexicon().proof(_proof(answer))
    return record.fact if record and record.fact else f"{_proof(answer)}所要说明的事实"


def _holder(answer: dict[str, Any]) -> str:
    record = lexicon().proof(_proof(answer))
    return record.holder if record and record.holder else BLANK


def _basis(answer: dict[str, Any], most: int = 4) -> list[str]:
    """《title》(number)article: words; a gist says so."""
    shown = []
    for cite in answer["citations"][:most]:
        number = f"（{cite['doc_number']}）" if cite["doc_number"] else ""
        gist = "" if cite["text_kind"] == "verbatim" else "（要旨，非原文，引用前请核对公布文本）"
        text = " ".join(str(cite["text"]).split())
        shown.append(
            f"《{cite['title'].strip('《》')}》{number}{cite['article'] or ''}{gist}：{text[:180]}{'……' if len(text) > 180 else ''}"
        )
    return shown


def _path(answer: dict[str, Any]) -> str:
    return PATH_WORDS[Path(answer["path"])] if answer["path"] else ""


def _foot(paper: _Paper, answer: dict[str, Any]) -> None:
    paper._write(
        f"（按{answer['region']}、{answer['as_of']}有效的规定生成，资料指纹 {answer['scan']['corpus'][:12]}；使用前请由经办人核对。）",
        size=10.5,
        after=6,
    )


# ---------- the letters ----------
def _verification(paper: _Paper, answer: dict[str, Any]) -> None:
    paper.line(f"{_holder(answer)}：")
    paper.body(
        f"我单位办理“{_matter(answer)}”事项，需要核实申请人的下列情况。按照规定，这一情况由部门之间核查，不要求申请人提交{_proof(answer)}。请予协助核查。"
    )
    paper.head("一、核查对象")
    paper.body(f"{BLANK}（由经办人线下填写，办结后按规定保管）")
    paper.head("二、核查内容")
    paper.body(_fact(answer))
    paper.head("三、依据")
    paper.numbered(*_basis(answer))
    paper.head("四、回复")
    paper.body(f"请于＿＿＿＿年＿＿月＿＿日前，将核查结果函复我单位。联系人：{BLANK}　联系电话：{BLANK}")
    paper.sign()
    paper.head("核查结果（回函）")
    paper.body("□ 情况属实　　□ 与实际不符　　□ 本单位不掌握", f"说明：{BLANK}{BLANK}")
    paper.sign()
    _foot(paper, answer)


def _commitment(paper: _Paper, answer: dict[str, Any]) -> None:
    paper.head("一、行政机关告知")
    paper.body(f"办理事项：{_matter(answer)}", f"证明名称：{_proof(answer)}", f"证明内容：{_fact(answer)}")
    paper.body("设定依据和承诺依据：")
    paper.numbered(*_basis(answer))
    paper.body(
        "承诺方式：书面承诺，由申请人自愿选择；不愿承诺或者无法承诺的，按一般程序提交证明。作出办理决定前，可以撤回承诺。",
        "不实承诺的后果：办理机关将终止办理、责令限期整改、撤销决定或者依法处罚，并记入信用记录；构成犯罪的，依法追究刑事责任；给他人造成损失的，依法承担民事责任。",
        "核查：办理机关将通过数据共享、部门函询或者现场检查等方式核查承诺内容，不会因核查再要求申请人开具该项证明。",
        "下列情形不适用告知承诺：申请人有较严重的不良信用记录，或者曾作出虚假承诺且信用未修复的。",
    )
    paper.head("二、申请人承诺")
    paper.numbered(
        "已经知晓办理机关告知的全部内容；",
        f"自身符合告知的条件，具体情况为：{BLANK}{BLANK}；",
        "以上承诺是自己真实的意思，所作说明真实、准确；",
        "愿意接受核查，并承担不实承诺的法律责任。",
    )
    paper.sign("申请人（签名）：＿＿＿＿＿＿＿＿\n＿＿＿＿年＿＿月＿＿日")
    paper.sign()
    paper.body("（本文书一式两份，办理机关和申请人各存一份。）")
    _foot(paper, answer)


def _notice(paper: _Paper, answer: dict[str, Any]) -> None:
    paper.body(f"您申请办理“{_matter(answer)}”，关于“{_proof(answer)}”，现一次告知如下：")
    paper.head("一、要不要提交")
    paper.body(_said(answer))
    paper.head("二、现在怎么办")
    paper.body(answer["instead"] or "按下列依据办理。", f"办理方式：{_path(answer)}" if answer["path"] else "")
    paper.head("三、依据")
    paper.numbered(*(_basis(answer) or ["没有查到要求提交这项证明的依据。"]))
    paper.head("四、其他需要补正的材料")
    paper.body(f"{BLANK}{BLANK}{BLANK}（逐项写明名称、依据、可以代替的方式和截止日；不写“其他材料”）")
    paper.head("五、咨询和监督")
    paper.body(f"咨询电话：{BLANK}　　监督：12345 政务服务便民热线")
    paper.sign()
    _foot(paper, answer)


def _said(answer: dict[str, Any]) -> str:
    proof = _proof(answer)
    return {
        "may_demand": f"需要提交{proof}，依据见第三项。",
        "may_not_demand": f"不需要提交{proof}，不会因为没有提交而不受理或者退件。",
        "conditional": f"{proof}是否需要提交，要看具体情况：{answer['summary']}",
        "undetermined": f"{proof}是否需要提交，目前还不能确定，我们先收件并请示，不会因此退件。",
    }[answer["verdict"]]


def _note(paper: _Paper, answer: dict[str, Any]) -> None:
    paper.line("窗口工作人员：")
    paper.body(f"您好。我来办理“{_matter(answer)}”，被要求提交“{_proof(answer)}”。我查到的规定是：")
    paper.numbered(*(_basis(answer) or [f"没有查到要求提交{_proof(answer)}的法律、法规或者国务院决定。"]))
    paper.body(
        f"{answer['summary']}",
        f"可以这样办：{answer['instead']}" if answer["instead"] else "",
        "如果仍然需要这项证明，请写明它的名称、依据的文件和条文，以及到哪里开、能否由我书面承诺或者由你们核查代替。谢谢。",
    )
    _foot(paper, answer)


def _complaint(paper: _Paper, answer: dict[str, Any]) -> None:
    paper.line(f"{BLANK}（受理机关）：")
    paper.body(
        f"本人于＿＿＿＿年＿＿月＿＿日在{BLANK}（单位和窗口）办理“{_matter(answer)}”，被要求提交“{_proof(answer)}”。"
        "我认为这一要求没有依据或者不符合规定，请予核查处理。"
    )
    paper.head("一、经过")
    paper.body(f"{BLANK}{BLANK}{BLANK}（写明谁要的、怎么说的、有没有给出书面依据；不必写身份证号）")
    paper.head("二、规定")
    paper.numbered(*(_basis(answer) or [f"没有查到要求提交{_proof(answer)}的法律、法规或者国务院决定。"]))
    paper.head("三、请求")
    paper.numbered("核查该单位要求提交这项证明的依据；", "没有依据的，责令改正，并按规定受理本人的申请；", "将处理结果告知本人。")
    paper.sign("投诉人：＿＿＿＿＿＿＿＿\n联系方式：＿＿＿＿＿＿＿＿\n＿＿＿＿年＿＿月＿＿日")
    paper.head("可以向哪里反映（由近及远）")
    paper.numbered(
        "当场请窗口说明依据，请其写在一次性告知单上；",
        "12345 政务服务便民热线，或者政务服务“好差评”；",
        "司法部“群众批评——证明事项清理投诉监督平台”；",
        "县级以上司法行政部门（行政执法监督）；",
        "对不予受理等决定不服的，依法申请行政复议或者提起行政诉讼。",
    )
    _foot(paper, answer)


_WRITERS: dict[str, Callable[[_Paper, dict[str, Any]], None]] = {
    "verification": _verification,
    "commitment": _commitment,
    "notice": _notice,
    "note": _note,
    "complaint": _complaint,
}
