"""Lists drawn at random: the same rows under other headings, orders, borders, fonts, papers and formats, with their truth.

    python -m evals.vary_lists [--count N] [--seed S] [--formats pdf,html,docx,xlsx,scan] [--rows FILE.jsonl] [--out DIR]

Readers tuned to the documents at hand fail here. Rows come from the demo city, or from a file in the form of ``../shared/lists/rows.jsonl``.
PDF pages are printed by Chromium, as the list documents beside the project are. The same seed gives the same documents.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from evals import lists
from evals.make_demo import read
from evals.officefiles import Column, Sheet, html_table, write_docx, write_xlsx

HOME = Path(__file__).parents[1]
FORMATS = ("pdf", "html", "docx", "xlsx")
HEADINGS = {  # domain notes, sections B and C
    "proof_name": "证明名称 证明事项名称 证明材料名称 证明事项 证明材料 证照（证明）名称 取消的证明 证明文件 拟取消的证明事项 涉及的证明材料",
    "matter": "办理事项 办理用途 涉及事项 行政审批服务事项 办事事项名称 用于办理何事项 事项名称 政务服务事项",
    "original_basis": "设定依据 设定及保留依据 依据名称、文号及条文内容 办事依据 设定依据（法律法规名称及条款） 原设定依据 依据",
    "requesting_body": "索要单位 索要部门 索证单位 索证明单位 使用单位 实施部门 责任部门 要求提供证明的单位",
    "issuing_body": "开具单位 出具单位 开具部门 出具机构 证明开具单位 原出具单位",
    "replacement": "取消后办理方式 取消后的办理方式 取消替代方式 替代方式 替代措施 规范后的办理方式 核查方式 取消后如何办理",
}
KIND_WORDS = {
    "cancel": "取消的证明事项目录 取消证明事项清单 证明事项取消目录 取消的证明材料清单",
    "retain": "保留的证明事项清单 证明事项保留目录 保留证明材料清单 继续保留的证明事项目录",
    "commitment": "实行告知承诺制的证明事项清单 证明事项告知承诺制目录 实施告知承诺的证明事项清单",
    "not_issued_by": "不再出具的证明事项清单 不应由基层出具的证明目录 不再开具证明事项清单",
    "agency": "代办证明事项清单 实行代办的证明事项目录",
}
FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC", "WenQuanYi Zen Hei")
BORDERS = {
    "grid": "td,th{border:1px solid #000}",
    "grey": "td,th{border:.5px solid #999}th{background:#dde}",
    "across": "td,th{border-bottom:1px solid #333}",
    "three": "table{border-top:2px solid;border-bottom:2px solid}thead tr:last-child th{border-bottom:1px solid}",
    "zebra": "tbody tr:nth-child(odd){background:#eee}th{background:#ccd}",
    "none": "td,th{padding:5px 8px}",
    "double": "td,th{border:3px double #000}",
    "dotted": "td,th{border:1px dashed #444}",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One document as drawn: file name, table, list kind, its rows' truth and the look of the page."""

    file: str
    format: str
    sheet: Sheet
    kind: str
    rows: tuple[dict[str, Any], ...]
    fields: tuple[str, ...]
    look: str
    border: str
    wide: bool
    seal: bool


def draw(rng: random.Random, number: int, format_: str, groups: Sequence[list[dict[str, Any]]]) -> Drawn:
    """One document of the given format; every choice comes from ``rng``."""
    rows = rng.choices(groups, weights=[min(len(g), 12) for g in groups])[0]
    start = rng.randrange(max(1, len(rows) - 3))
    rows = rows[start : start + rng.choice((4, 8, 15, 30))]
    kind = rows[0]["list_kind"]
    fields = [f for f in HEADINGS if f in ("proof_name", "matter") or any(r.get(f) for r in rows)]
    fields = [f for f in fields if f == "proof_name" or (any(r.get(f) for r in rows) and rng.random() < 0.85)]
    rng.shuffle(fields)
    if rng.random() < 0.7:
        fields.sort(key=lambda f: list(HEADINGS).index(f) if f != "matter" else rng.choice((-1, 1)))
    columns, order = _columns(rng, fields)
    serial = len(order) == 1 or rng.random() < 0.8
    cells = tuple((*([str(i)] if serial else []), *(str(r.get(f) or "") for f in order)) for i, r in enumerate(rows, 1))
    border = rng.choice(list(BORDERS)) if format_ in ("pdf", "scan") else rng.choice(("grid", "grey", "double"))
    merged = (
        border in ("grid", "grey", "double", "dotted") and rng.random() < 0.4
    )  # without lines nobody can tell how far a merged cell goes
    merge = (order.index("requesting_body") + serial,) if merged and "requesting_body" in order else ()
    sheet = Sheet(rows[0]["list_title"], ((("序号",) if serial else ()) + tuple(columns)), cells, merge=merge)
    sheet = replace(sheet, **_around(rng, rows, kind))  # type: ignore[arg-type]
    look = (
        f"body{{font-family:'{rng.choice(FONTS)}';font-size:{rng.choice((9, 10, 11, 12, 14))}px}}"
        f"table{{border-collapse:collapse;width:{rng.choice((70, 90, 100))}%;table-layout:{rng.choice(('auto', 'fixed'))}}}"
        f"td,th{{padding:{rng.choice((1, 3, 6))}px;text-align:{rng.choice(('left', 'center'))};vertical-align:{rng.choice(('top', 'middle'))}}}"
        f"h1{{text-align:center;font-size:{rng.choice((16, 20, 24))}px}}{BORDERS[border]}"
        + ("thead{display:table-row-group}" if rng.random() < 0.3 else "")
        + ("tr{break-inside:avoid}" if rng.random() < 0.6 else "")
    )
    suffix = "pdf" if format_ == "scan" else format_
    file = f"{number:03d}-{kind}.{'scan.' if format_ == 'scan' else ''}{suffix}"
    return Drawn(file, format_, sheet, kind, tuple(rows), tuple(order), look, border, rng.random() < 0.5, rng.random() < 0.25)


def _columns(rng: random.Random, fields: list[str]) -> tuple[list[Column], list[str]]:
    """Headings, some under a common one, and the order of the fields under them."""
    heads = {f: rng.choice(HEADINGS[f].split()) for f in fields}
    pair = [f for f in fields if f in ("requesting_body", "issuing_body")]
    if len(pair) < 2 or rng.random() < 0.6:
        return [heads[f] for f in fields], fields
    at = fields.index(pair[0])
    rest = [f for f in fields if f not in pair]
    at = min(at, len(rest))
    group: Column = (rng.choice(("实施基本情况", "涉及单位", "单位")), tuple(heads[f] for f in pair))
    return [*(heads[f] for f in rest[:at]), group, *(heads[f] for f in rest[at:])], [*rest[:at], *pair, *rest[at:]]


def _around(rng: random.Random, rows: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    """What stands above and below the table."""
    row = rows[0]
    words = rng.choice(KIND_WORDS[kind].split())
    issuer, number, day = row.get("issuer"), row.get("doc_number"), row.get("published")
    about = rng.choice(("　", " ")).join(filter(None, (issuer and f"发布机构：{issuer}", day and f"发布日期：{day}")))
    before = [*([number] if number and rng.random() < 0.7 else []), *([about] if about and rng.random() < 0.8 else [])]
    if rng.random() < 0.3:
        before.append(f"共{len(rows)}项")
    after = ["注：清单之外的证明，一律不得要求群众提供。"] if rng.random() < 0.4 else []
    if issuer and len(day or "") == 10 and rng.random() < 0.3:
        after += [issuer, f"{int(day[:4])}年{int(day[5:7])}月{int(day[8:10])}日"]
    caption = f"附件{rng.choice(('', '1', '2'))}{rng.choice((' ', '：'))}{words}"
    return {"caption": caption, "before": tuple(before), "after": tuple(after)}


def page_of(doc: Drawn) -> str:
    """The document as a web page, also what Chromium prints."""
    sheet = doc.sheet
    seal = (
        '<svg style="position:absolute;left:55%;top:42%;opacity:.75" width="150" height="150"><circle cx="75" cy="75" r="70" fill="none" '
        'stroke="red" stroke-width="4"/><text x="75" y="95" fill="red" font-size="60" text-anchor="middle">★</text></svg>'
    )
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(sheet.title)}</title><style>{doc.look}</style></head><body>'
        f"<p>{escape(sheet.caption)}</p><h1>{escape(sheet.title)}</h1>"
        + "".join(f"<p>{escape(line)}</p>" for line in sheet.before)
        + html_table(sheet)
        + "".join(f"<p>{escape(line)}</p>" for line in sheet.after)
        + (seal if doc.seal and doc.format != "html" else "")
        + "</body></html>"
    )


def truth(doc: Drawn) -> list[dict[str, Any]]:
    """Manifest lines: fields without a column are not asked for, nor is a path that no cell tells."""
    whole = {"file": doc.file, "format": doc.format, "border": doc.border, "list_kind": doc.kind, "list_title": doc.sheet.title}
    told = "replacement" in doc.fields
    shown = [{f: r.get(f) if f in doc.fields else None for f in HEADINGS} for r in doc.rows]
    return [{**whole, **s, "path": r["path"] if told and r.get("replacement") else None} for s, r in zip(shown, doc.rows, strict=True)]


def write_all(documents: Sequence[Drawn], folder: Path) -> None:
    """Every document and ``manifest.jsonl``. Raises RuntimeError where pages must be printed and Chromium is not installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for doc in documents:
        path = folder / doc.file
        if doc.format == "html":
            path.write_text(page_of(doc), "utf-8")
        elif doc.format == "docx":
            write_docx(path, doc.sheet)
        elif doc.format == "xlsx":
            write_xlsx(path, doc.sheet)
    _print([d for d in documents if d.format in ("pdf", "scan")], folder)
    rows = [json.dumps(row, ensure_ascii=False) for doc in documents for row in truth(doc)]
    (folder / "manifest.jsonl").write_text("\n".join(rows) + "\n", "utf-8")


def _print(documents: Sequence[Drawn], folder: Path) -> None:
    if not documents:
        return
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("Chromium is needed to print pages (Debian: apt install chromium fonts-noto-cjk)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        for doc in documents:
            page.set_content(page_of(doc))
            margin = dict.fromkeys(("top", "right", "bottom", "left"), "14mm")
            data = page.pdf(format="A4", landscape=doc.wide, margin=margin, print_background=True)  # type: ignore[arg-type]
            (folder / doc.file).write_bytes(_scan(data, doc) if doc.format == "scan" else data)
        browser.close()


def _scan(data: bytes, doc: Drawn) -> bytes:
    """The pages as a scanner gives them: turned a little, speckled, uneven in brightness, without text."""
    import io

    import numpy as np
    import pypdfium2
    from PIL import Image, ImageFilter

    rng = np.random.default_rng(int(doc.file[:3]))
    pages = []
    for page in pypdfium2.PdfDocument(data):
        image = (
            page.render(scale=150 / 72)
            .to_pil()
            .convert("RGB")
            .rotate(float(rng.uniform(-1.2, 1.2)), Image.Resampling.BICUBIC, fillcolor="white")
        )
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.6))))
        grey = np.asarray(image, dtype=np.float32) + rng.normal(0, 9, (*image.size[::-1], 1))
        pages.append(Image.fromarray(np.clip(grey * float(rng.uniform(0.9, 1.0)), 0, 255).astype(np.uint8)))
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=150, quality=70)
    return out.getvalue()


def demo_rows() -> list[dict[str, Any]]:
    """The demo city's first list in the form of a manifest."""
    about = {"list_title": "清江市取消证明事项目录", "list_kind": "cancel", "issuer": "清江市人民政府办公室", "published": "2019-06-28"}
    return [{**about, "doc_number": "清政办发〔2019〕31号", **row} for row in read("cancel-1")]


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, write, read and score; figures per format and per border."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.vary_lists", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--rows", type=Path, help="rows.jsonl; default: the demo city")
    parser.add_argument("--out", type=Path, default=HOME / "evals" / "out" / "variants")
    parser.add_argument("--misses", type=int, default=0)
    args = parser.parse_args(argv)
    given = [json.loads(line) for line in args.rows.read_text("utf-8").splitlines()] if args.rows else demo_rows()
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in given:
        groups.setdefault((row["list_title"], row["list_kind"]), []).append(row)
    rng, formats = random.Random(args.seed), args.formats.split(",")
    documents = [draw(rng, i, formats[i % len(formats)], list(groups.values())) for i in range(args.count)]
    write_all(documents, args.out)
    scorer = HOME.parent / "shared" / "tools" / "score_rows.py"
    if not scorer.exists():
        print(f"documents are in {args.out}; the scorer is not here", file=sys.stderr)
        return 0
    for by in ("format", "border"):
        rows = lists.wanted(args.out / "manifest.jsonl", by=by)
        read = [doc.file for doc in documents] if by == "border" else []
        figures, misses = lists.score_rows(scorer, args.out, rows, args.out / "parsed", known=read)
        lists.table_of(lists.flat(figures))
        print()
    for miss in misses[: args.misses]:
        print(miss)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
