"""Plain text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
import re

from charset_normalizer import from_bytes

from ingest.blocks import Block, Blocks, Cell, Paragraph, Table
from ingest.glyphs import clean, visible
from ingest.grid import lay_out
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")


def decode(data: bytes, name: str) -> str:
    """Decode bytes as UTF-8 (with or without mark), UTF-16, GB18030 or what the detector finds; line ends become ``\\n``.

    Raises :class:`RejectedFile` when no encoding fits.
    """
    text: str | None = None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = data.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    if text is None or (text.count("\x00") > len(text) // 10):
        best = from_bytes(data).best()
        text = str(best) if best is not None else data.decode("gb18030", errors="replace")
    if text.count("\ufffd") > max(3, len(text) // 100):
        raise RejectedFile(f"文件《{name}》的文字编码无法识别。请另存为 UTF-8 编码再导入。")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").replace("\x00", "")


def _finish(format_: str, blocks: list[Block], text: str, problems: tuple[Problem, ...] = ()) -> Blocks:
    return Blocks(format_, tuple(blocks), problems=problems, meta=(("characters", str(visible(text))), ("raw", text)))


def read_plain(data: bytes, name: str) -> Blocks:
    """Each non-empty line is a paragraph; three or more lines with the same number of tabs in a row are a table."""
    text = clean(decode(data, name))
    blocks: list[Block] = []
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        tabs = lines[i].strip().count("\t")
        j = i
        while tabs and j < len(lines) and lines[j].strip("\n ").count("\t") == tabs:
            j += 1
        if tabs and j - i >= 3:
            blocks.append(_table([line.split("\t") for line in lines[i:j]], len([b for b in blocks if isinstance(b, Table)]) + 1))
            i = j
            continue
        if lines[i].strip():
            blocks.append(Paragraph(lines[i].strip()))
        i += 1
    return _finish("txt", blocks, text)


def read_markdown(data: bytes, name: str) -> Blocks:
    """Headings carry the styles title (``#``) and heading, pipe tables become tables, other lines paragraphs."""
    text = clean(decode(data, name))
    blocks: list[Block] = []
    lines = text.split("\n")
    tables = 0
    dropped = 0
    i = 0
    while i < len(lines):
        line = lines[i]
        if line.count("|") >= 2 and i + 1 < len(lines) and _RULE.match(lines[i + 1]) and "|" in lines[i + 1]:
            j = i + 2
            while j < len(lines) and "|" in lines[j] and lines[j].strip():
                j += 1
            tables += 1
            rows = [_pipe_cells(row) for k, row in enumerate(lines[i:j]) if k != 1]
            blocks.append(_table(rows, tables, header_rows=1))
            dropped += visible("".join(lines[i:j])) - visible("".join("".join(r) for r in rows))
            i = j
            continue
        heading = _HEADING.match(line.strip())
        if heading:
            blocks.append(Paragraph(heading.group(2), style="title" if len(heading.group(1)) == 1 else "heading"))
            dropped += visible(line) - visible(heading.group(2))
        elif line.strip():
            blocks.append(Paragraph(line.strip()))
        i += 1
    made = _finish("md", blocks, text)
    return Blocks("md", made.blocks, meta=(("characters", str(visible(text) - dropped)), ("raw", text)))


def _pipe_cells(line: str) -> list[str]:
    inner = line.strip().strip("|")
    return [re.sub(r"<br\s*/?>", "\n", c.strip()).replace("\\|", "|") for c in re.split(r"(?<!\\)\|", inner)]


def _table(rows: list[list[str]], number: int, header_rows: int | None = None) -> Table:
    locators = [Locator(table=number, row=r + 1) for r in range(len(rows))]
    cells = [[Cell(text.strip(), locators[r]) for text in row] for r, row in enumerate(rows)]
    return Table(lay_out(cells, locators), Locator(table=number), header_rows)


def read_csv(data: bytes, name: str) -> Blocks:
    """One table; the separator is found among comma, tab, semicolon and bar. Formulas stay text and are never evaluated."""
    text = clean(decode(data, name))
    sample = "\n".join(text.split("\n")[:50])
    separator = max(",\t;|", key=lambda c: (sum(line.count(c) > 0 for line in sample.split("\n")), sample.count(c)))
    problems: tuple[Problem, ...] = ()
    csv.field_size_limit(10_000_000)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=False))
    except csv.Error as error:
        raise RejectedFile(f"文件《{name}》不是完整的 CSV 表格。请在表格软件中另存为 .xlsx 再导入。") from error
    if text.count('"') % 2:
        problems = (Problem("CSV_QUOTES", "引号不成对，部分单元格可能并在一起，请核对。"),)
    locators = [Locator(table=1, row=r + 1) for r in range(len(rows))]
    cells = [[Cell(value.strip(), locators[r]) for value in row] for r, row in enumerate(rows)]
    table = Table(lay_out(cells, locators), Locator(table=1))
    count = sum(visible(v) for row in rows for v in row)
    return Blocks("csv", (table,), problems=problems, meta=(("characters", str(count)),))
