"""Generated layouts with known truth (``tests/documents``), boxes cut out of the page and read, and small pages drawn here."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from pathlib import Path

import pdfplumber
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ingest.formats import read
from ingest.glyphs import clean
from ingest.pages import crop_png, page_count, page_png
from ingest.parse import parse_bytes, parse_file
from knowledge.errors import NotFound
from knowledge.types import DocKind, ParsedDocument

DOCUMENTS = Path(__file__).parent / "documents"
FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
FIELDS = ("matter", "original_basis", "requesting_body", "issuing_body", "replacement")


def _manifest() -> dict[str, list[dict[str, str]]]:
    rows = defaultdict(list)
    for line in (DOCUMENTS / "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        rows[row["file"]].append(row)
    return rows


MANIFEST = _manifest()
_parsed: dict[str, ParsedDocument] = {}


def parsed(file: str) -> ParsedDocument:
    if file not in _parsed:
        _parsed[file] = parse_file(DOCUMENTS / file)
    return _parsed[file]


def squash(text: str | None) -> str:
    return "".join((text or "").split()).replace("（", "(").replace("）", ")").replace("，", ",").replace("：", ":").strip("。；")


@pytest.mark.parametrize("file", sorted(MANIFEST))
def test_every_layout_gives_every_row_and_cell(file: str) -> None:
    found, truth = parsed(file), MANIFEST[file]
    assert [squash(e.proof_name) for e in found.entries] == [squash(r["proof_name"]) for r in truth]
    for entry, row in zip(found.entries, truth, strict=True):
        for field in FIELDS:
            if row.get(field):
                assert squash(getattr(entry, field)) == squash(row[field]), (file, field)
        assert entry.list_kind.value == row["list_kind"]
    assert squash(found.title) == squash(truth[0]["list_title"]) and found.doc_number == truth[0]["doc_number"]
    assert found.conservation.holds


@pytest.mark.parametrize("file", sorted(f for f in MANIFEST if f.endswith(".pdf")))
def test_the_box_of_a_row_holds_the_row(file: str) -> None:
    with pdfplumber.open(DOCUMENTS / file) as pdf:
        chars = [p.chars for p in pdf.pages]
    for entry in parsed(file).entries:
        assert entry.locator.boxes
        seen: Counter[str] = Counter()
        for page, x0, top, x1, bottom in entry.locator.boxes:
            for c in chars[int(page) - 1]:
                x, y = (c["x0"] + c["x1"]) / 2, (c["top"] + c["bottom"]) / 2
                if x0 - 1 <= x <= x1 + 1 and top - 1 <= y <= bottom + 1:
                    seen.update(clean(c["text"]))
        assert not Counter("".join(entry.proof_name.split())) - seen, (file, entry.proof_name)


def test_path_from_free_text_in_generated_layouts() -> None:
    right = total = 0
    for file, truth in MANIFEST.items():
        for entry, row in zip(parsed(file).entries, truth, strict=True):
            total += row["path"] != "unknown"
            right += row["path"] != "unknown" and entry.path.value == row["path"]
    assert right >= 0.9 * total


def draw(*pages: list[tuple[float, float, str, float]]) -> bytes:
    """A PDF of texts ``(x, y from the top, text, size)``; a negative size draws in white."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for texts in pages:
        for x, y, text, size in texts:
            canvas.setFillGray(1 if size < 0 else 0)
            canvas.setFont(FONT, abs(size))
            canvas.drawString(x, A4[1] - y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


COLUMNS = (60, 110, 300, 420)


def _row(y: float, *cells: str) -> list[tuple[float, float, str, float]]:
    return [(x, y, text, 10) for x, text in zip(COLUMNS, cells, strict=False) if text]


def test_borderless_table_goes_on_over_pages_without_a_heading() -> None:
    first = [(200, 60, "取消的证明事项清单", 18), *_row(100, "序号", "证明名称", "办理事项", "取消后的办理方式")]
    first += [c for n in range(1, 4) for c in _row(100 + 30 * n, str(n), f"甲{n}证明", "低保", "部门核查")]
    second = [c for n in range(4, 7) for c in _row(30 * n, str(n), f"甲{n}证明", "低保", "部门核查")]
    found = parse_bytes(draw(first, second), "a.pdf")
    assert [e.serial for e in found.entries] == list("123456")
    assert found.entries[5].locator.page == 2 and found.title == "取消的证明事项清单"


def test_hidden_text_is_kept_apart_and_reported() -> None:
    found = read(draw([(60, 100, "看得见的一行字", 12), (60, 200, "看不见的指令", -12), (60, 300, "极小的字", 1)]), "a.pdf")
    assert "看不见" not in found.text and len(found.hidden) == 2
    assert [p.code for p in found.problems] == ["HIDDEN_TEXT"]


def test_running_heads_and_page_numbers_are_no_text() -> None:
    pages = [[(250, 40, "清江市公报", 9), (60, 200, f"这是第{n}页的正文。", 12), (290, 820, f"- {n} -", 9)] for n in (1, 2, 3)]
    found = read(draw(*pages), "a.pdf")
    assert [getattr(b, "text", "") for b in found.blocks if getattr(b, "style", "") == "body"] == [
        f"这是第{n}页的正文。" for n in (1, 2, 3)
    ]


def test_wrapped_lines_become_one_paragraph_and_articles_stay_apart() -> None:
    line = "各有关单位应当按照本办法的规定办理证明事项清理工作并且做好衔接和宣传解释工作方便群"
    texts = [(84, 100, "第一条 " + line[:34], 12), (60, 120, "众办事。", 12), (84, 140, "第二条 本办法自印发之日起施行。", 12)]
    found = read(draw([(60, 80, line, 12), *texts]), "a.pdf")
    assert [b.text[:3] for b in found.blocks if hasattr(b, "style")] == [line[:3], "第一条", "第二条"]


def test_pages_without_text_are_named() -> None:
    found = read(draw([(60, 100, "有字的一页", 12)], []), "a.pdf") if not _scans() else None
    assert found is None or found.pages_without_text == (2,)


def _scans() -> bool:
    from ingest.formats import READERS

    return "scan" in READERS


def test_a_regulation_in_pdf_is_a_law() -> None:
    lines = [(200, 60, "清江市摊位管理办法", 18)]
    lines += [(84, 80 + 30 * n, f"第{'一二三四五'[n - 1]}条 摊位由主管部门统一编号。", 12) for n in range(1, 6)]
    found = parse_bytes(draw(lines), "摊位.pdf")
    assert found.kind is DocKind.LAW and [p.number for p in found.provisions] == [1, 2, 3, 4, 5]


def test_page_images() -> None:
    data = (DOCUMENTS / "sideways.pdf").read_bytes()
    entry = parsed("sideways.pdf").entries[0]
    plain, marked = page_png(data, 1), page_png(data, 1, boxes=entry.locator.boxes)
    assert plain != marked and Image.open(io.BytesIO(plain)).size == Image.open(io.BytesIO(marked)).size
    assert Image.open(io.BytesIO(crop_png(data, entry.locator.boxes[0]))).width > 20
    assert page_count(data) == 1
    with pytest.raises(NotFound, match="没有第 9 页"):
        page_png(data, 9)


def test_borderless_table_without_serials_and_with_wrapped_headings() -> None:
    """Rows are told by the strip between them; a heading broken over two lines is one heading; the parent of two columns is a storey."""
    head = [(60, 100, "证明名称", 10), (180, 94, "实施基本情况", 10), (150, 108, "索要单位", 10), (230, 108, "开具单位", 10)]
    head += [(330, 94, "取消后的", 10), (330, 107, "办理方式", 10)]
    body = []
    for n, name in enumerate(("单身证明", "收入证明", "住房证明")):
        y = 135 + 40 * n
        body += [
            (60, y, name, 10),
            (150, y, "民政局", 10),
            (230, y, "社区", 10),
            (330, y, "由民政部门在", 10),
            (330, y + 13, "系统内核查", 10),
        ]
    found = parse_bytes(draw([(200, 60, "取消的证明事项清单", 18), *head, *body]), "a.pdf")
    assert [(e.proof_name, e.requesting_body, e.issuing_body, e.replacement) for e in found.entries] == [
        (name, "民政局", "社区", "由民政部门在系统内核查") for name in ("单身证明", "收入证明", "住房证明")
    ]


def test_columns_that_nearly_touch_are_told_apart() -> None:
    """The cells of one line stand less than half a character from each other."""
    rows = [
        ("序号", "证明名称", "办理事项", "取消后的办理方式"),
        *((str(n), "居住情况证明及其他材料", f"子女入学报名{n}", "部门核查") for n in (1, 2, 3)),
    ]
    drawn = [(x, 100.0 + 30 * n, text, 9.0) for n, row in enumerate(rows) for x, text in zip((60, 90, 193, 290), row, strict=True)]
    found = parse_bytes(draw([(200, 60, "取消的证明事项清单", 18), *drawn]), "a.pdf")
    assert [(e.proof_name, e.matter) for e in found.entries] == [("居住情况证明及其他材料", f"子女入学报名{n}") for n in (1, 2, 3)]


def test_a_lower_storey_of_the_heading_may_stand_apart() -> None:
    head = [*_row(100, "序号", "证明名称", "实施基本情况"), (300, 118, "索要单位", 10), (420, 118, "开具单位", 10)]
    rows = [c for n in (1, 2, 3) for c in _row(118 + 30 * n, str(n), f"甲{n}证明", "民政局", "派出所")]
    found = parse_bytes(draw([(200, 60, "取消的证明事项清单", 18), *head, *rows]), "a.pdf")
    assert [(e.proof_name, e.requesting_body, e.issuing_body) for e in found.entries] == [
        (f"甲{n}证明", "民政局", "派出所") for n in (1, 2, 3)
    ]


def test_the_star_of_a_seal_is_no_word_of_a_cell() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for x, y, text, size in [
        (200.0, 60.0, "取消的证明事项清单", 18.0),
        *_row(100, "序号", "证明名称", "办理事项"),
        *_row(130, "1", "甲证明", "低保"),
        *_row(160, "2", "乙证明", "低保"),
    ]:
        canvas.setFont(FONT, size)
        canvas.drawString(x, A4[1] - y, text)
    canvas.setFillColorRGB(0.9, 0, 0)
    canvas.setFont(FONT, 40)
    canvas.drawString(340, A4[1] - 165, "★")
    canvas.save()
    assert [(e.proof_name, e.matter) for e in parse_bytes(out.getvalue(), "a.pdf").entries] == [("甲证明", "低保"), ("乙证明", "低保")]
