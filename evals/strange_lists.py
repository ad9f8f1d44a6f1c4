"""Lists as other cities word them: headings, titles and layouts of our own invention, written to their formats and read back.

    python -m evals.strange_lists [--out DIR] [--misses N] [--only FILE,…]

The rows are ``evals/datasets/lists/pool.txt``, the documents ``documents.toml`` beside it. They were written without looking at our tables of
headings; the first figures (CHANGELOG, 2026-11-28) are what a list of another city got, today's are what was learned from it. ``.xls`` is
written where the package ``xlwt`` is installed and left out elsewhere.
"""

from __future__ import annotations

import argparse
import csv
import html
import importlib.util
import io
import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals import lists, officefiles
from evals.officefiles import Column, Sheet

HOME = Path(__file__).parents[1]
DATA = Path(__file__).parent / "datasets" / "lists"
POOL = ("proof_name", "matter", "original_basis", "requesting_body", "issuing_body", "replacement", "path")
LETTERS = dict(zip("pmbrit", POOL, strict=False))
LABELS = {
    "direct_cancel": "直接取消",
    "substitute": "证照替代",
    "data_sharing": "网络核验",
    "dept_verification": "部门协查",
    "commitment": "告知承诺",
    "agency": "帮办代办",
}


def pool() -> list[dict[str, str]]:
    """The rows that the documents draw from."""
    lines = (DATA / "pool.txt").read_text("utf-8").splitlines()
    return [dict(zip(POOL, line.split("|"), strict=True)) for line in lines if line and not line.startswith("#")]


def documents() -> list[dict[str, Any]]:
    """The documents, each with its rows under ``items``."""
    rows = pool()
    found: list[dict[str, Any]] = tomllib.loads((DATA / "documents.toml").read_text("utf-8"))["document"]
    return [{**doc, "items": rows[doc["rows"][0] : doc["rows"][1] + 1]} for doc in found]


def _columns(heads: str) -> tuple[Column, ...]:
    out: list[Column] = []
    for head in heads.split("|"):
        group, _, leaf = head.rpartition(">")
        if group and out and isinstance(out[-1], tuple) and out[-1][0] == group:
            out[-1] = (group, (*out[-1][1], leaf))
        else:
            out.append((group, (leaf,)) if group else head)
    return tuple(out)


def _cell(letter: str, row: dict[str, str], number: int) -> str:
    if letter == "n":
        return str(number)
    if letter == "l":
        return LABELS[row["path"]]
    if letter == "u":
        return f"{row['matter']}（{row['requesting_body']}）"
    return row[LETTERS[letter]] if letter in LETTERS else ("是", "/", "详见窗口公告")[number % 3]


def _cells(doc: dict[str, Any], items: Sequence[dict[str, str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_cell(letter, row, i) for letter in doc["fields"]) for i, row in enumerate(items, 1))


def sheet_of(doc: dict[str, Any]) -> Sheet:
    """The document's one table."""
    width = len(doc["fields"])
    page = 175 if doc.get("look") == "portrait" else 260
    share = [1 if letter == "n" else 3 for letter in doc["fields"]]
    widths = tuple(page * s / sum(share) for s in share) if doc["file"].endswith(("pdf", "ofd")) else (16.0,) * width
    table = Sheet(doc["title"], _columns(doc["heads"]), _cells(doc, doc["items"]), widths=widths)
    if doc.get("look") == "numbered-proofs":
        pairs = zip(table.rows[::2], table.rows[1::2], strict=True)
        joined = [(str(i), f"1.{a[1]}；\n2.{b[1]}", *a[2:]) for i, (a, b) in enumerate(pairs, 1)]
        table = replace(table, rows=tuple(joined))
    return replace(table, before=tuple(doc.get("before", ())), after=tuple(doc.get("after", ())), merge=tuple(doc.get("merge", ())))


def truth(doc: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines of the manifest."""
    kinds = doc.get("kinds") or [doc["kind"]]
    size = len(doc["items"]) // len(kinds)
    shown = {LETTERS[letter] for letter in doc["fields"] if letter in LETTERS} | ({"matter"} if "u" in doc["fields"] else set())
    told = {"replacement"} <= shown or "l" in doc["fields"]
    out = []
    for i, row in enumerate(doc["items"]):
        kind = kinds[min(i // size, len(kinds) - 1)]
        fields: dict[str, Any] = {f: row[f] if f in shown and row[f] != "无" else None for f in POOL[:-1]}
        if "u" in doc["fields"]:
            fields["matter"] = _cell("u", row, 0)
        path = {"retain": "retain", "commitment": "commitment", "agency": "agency"}.get(kind, row["path"] if told else None)
        if doc.get("look") == "numbered-proofs":
            first = doc["items"][i - i % 2]
            fields |= {f: fields[f] and first[f] for f in POOL[1:-1]}
            path = first["path"]
        whole = {"file": doc["file"], "format": doc["file"].rsplit(".", 1)[1], "list_kind": kind, "list_title": doc["title"]}
        whole["name"] = doc["file"].replace(".", "-")
        out.append({**whole, **fields, "path": None if doc.get("nopath") else path})
    return out


# ---------- formats ----------
def write(doc: dict[str, Any], folder: Path) -> bool:
    """Write one document; False where its format cannot be written here."""
    path, sheet = folder / doc["file"], sheet_of(doc)
    maker = {
        "xlsx": _xlsx,
        "xls": _xls,
        "docx": _docx,
        "html": _html,
        "csv": _csv,
        "pdf": lambda p, s, d: officefiles.write_pdf(p, s, wide=d.get("look") != "portrait"),
        "ofd": _ofd,
        "txt": _txt,
    }[path.suffix[1:]]
    if path.suffix == ".xls" and importlib.util.find_spec("xlwt") is None:
        return False
    maker(path, sheet, doc)
    return True


def _xlsx(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    if "sheets" not in doc and doc.get("look") != "sections":
        officefiles.write_xlsx(path, sheet, name="Sheet1")
        return
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    names = doc.get("sheets", ["Sheet1"])
    size = len(doc["items"]) // len(names)
    for i, name in enumerate(names):
        page = book.create_sheet(name)
        page.append([sheet.title])
        page.append([])
        page.append(sheet.flat())
        rows = _cells(doc, doc["items"][i * size : (i + 1) * size])
        for n, row in enumerate(rows):
            if doc.get("look") == "sections" and n % 7 == 0:
                page.append(["一、市本级部门" if n == 0 else "二、垂直管理单位"])
            page.append(list(row))
    book.save(path)


def _xls(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("目录")
    page.write_merge(0, 0, 0, len(sheet.flat()) - 1, sheet.title)
    for i, line in enumerate(sheet.before, 1):
        page.write(i, 0, line)
    at = 1 + len(sheet.before)
    merged = {(c, r): last for c, r, last in officefiles.runs(sheet)}
    covered = {(c, r) for c, first, last in officefiles.runs(sheet) for r in range(first + 1, last + 1)}
    for i, head in enumerate(sheet.flat()):
        page.write(at, i, head)
    for r, row in enumerate(sheet.rows):
        for c, text in enumerate(row):
            if (c, r) in merged:
                page.write_merge(at + 1 + r, at + 1 + merged[c, r], c, c, text)
            elif (c, r) not in covered:
                page.write(at + 1 + r, c, int(text) if c == 0 and text.isdigit() else text)
    book.save(str(path))


def _docx(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    if doc.get("look") not in ("two-tables", "blank-title-table"):
        officefiles.write_docx(path, sheet)
        return
    file = officefiles.new_docx(sheet.title, wide=True)
    file.add_paragraph(sheet.title)
    if doc["look"] == "blank-title-table":
        officefiles.add_table(file, sheet)
        file.add_paragraph("说明：以上证明一律不再要求提交。")
    else:
        half = len(sheet.rows) // 2
        for head, rows in (("（一）企业登记", sheet.rows[:half]), ("（二）个体登记", sheet.rows[half:])):
            file.add_paragraph(head)
            officefiles.add_table(file, replace(sheet, rows=rows))
    officefiles.save_docx(file, path)


def _html(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    officefiles.write_html(path, sheet, site="清江市人民政府门户网站")


def _csv(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    out = io.StringIO()
    if sheet.title:
        csv.writer(out).writerow([sheet.title])
    csv.writer(out).writerows([sheet.flat(), *sheet.rows])
    path.write_bytes(out.getvalue().encode("gb18030" if ".gb." in path.name else "utf-8-sig"))


def _txt(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    lines = [sheet.title, *sheet.before, "\t".join(sheet.flat()), *("\t".join(row) for row in sheet.rows), *sheet.after]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _ofd(path: Path, sheet: Sheet, doc: dict[str, Any]) -> None:
    from tests.test_read_ofd import line, ofd, text

    scale = 180 / sum(sheet.widths)
    edges = [15.0]
    for width in sheet.widths:
        edges.append(edges[-1] + width * scale)
    rows, y, out = [tuple(sheet.flat()), *sheet.rows], 50.0, [text(40, 25, sheet.title, 5.0)]
    out += [text(60, 33, words, 3.6) for words in sheet.before]
    size = 2.6
    for row in rows:
        pieces = [_wrapped(cell, int((edges[i + 1] - edges[i] - 2) / size)) for i, cell in enumerate(row)]
        height = 4.0 * max(len(p) for p in pieces) + 2
        out.append(line(edges[0], y, edges[-1], y))
        out += [text(edges[c] + 1, y + 3.6 + 4 * k, html.escape(t), size) for c, p in enumerate(pieces) for k, t in enumerate(p) if t]
        out += [line(x, y, x, y + height) for x in edges]
        y += height
    out.append(line(edges[0], y, edges[-1], y))
    path.write_bytes(ofd("".join(out)))


def _wrapped(words: str, width: int) -> list[str]:
    return [words[i : i + width] for i in range(0, len(words), width)] or [""]


def main(argv: Sequence[str] | None = None) -> int:
    """Write, read, score; figures per format, and per file with ``--each``."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.strange_lists", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=HOME / "evals" / "out" / "strange")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--each", action="store_true")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    chosen = [d for d in documents() if not args.only or d["file"] in args.only.split(",")]
    rows = [row for doc in chosen if write(doc, args.out) for row in truth(doc)]
    (args.out / "manifest.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    scorer = HOME.parent / "shared" / "tools" / "score_rows.py"
    if not scorer.exists():
        print(f"documents are in {args.out}; the scorer is not here", file=sys.stderr)
        return 0
    by = "name" if args.each else "format"
    figures, misses = lists.score_rows(scorer, args.out, lists.wanted(args.out / "manifest.jsonl", by=by), args.out / "parsed")
    lists.table_of(lists.flat(figures))
    for miss in misses[: args.misses]:
        print(miss)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
