"""Workbooks: .xlsx through calamine (openpyxl only where rows are hidden), .xls through xlrd."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from ingest.blocks import Blocks, Cell, Table
from ingest.glyphs import clean, visible
from ingest.grid import fill_merged
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

MAX_CELLS = 3_000_000


def cell_text(value: object) -> str:
    """Print a cell as a reader would see it: whole numbers without ``.0``, dates as ISO, no surrounding space."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (time, timedelta)):
        return str(value)
    return clean(str(value)).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _sheet(
    rows: Sequence[Sequence[object]], name: str, merges: Sequence[tuple[int, int, int, int]], offset: tuple[int, int] = (0, 0)
) -> Table | None:
    """Build a table of one sheet: physical row numbers, merged ranges filled, trailing empty columns cut. None for an empty sheet."""
    width = max((len(r) for r in rows), default=0)
    grid = [
        [Cell(cell_text(row[c] if c < len(row) else None), Locator(sheet=name, row=r + 1 + offset[0])) for c in range(width)]
        for r, row in enumerate(rows)
    ]
    used = [c for c in range(width) if any(row[c].text for row in grid)]
    if not used:
        return None
    right = max([used[-1] + 1, *(m[3] + 1 - offset[1] for m in merges if m[3] + 1 - offset[1] <= width)])
    last = max(r for r, row in enumerate(grid) if any(c.text for c in row)) + 1
    shifted = [(a - offset[0], b - offset[1], c - offset[0], d - offset[1]) for a, b, c, d in merges]
    kept = [row[:right] for row in grid[:last]]
    return Table(fill_merged(kept, [m for m in shifted if m[0] >= 0 and m[1] >= 0]), Locator(sheet=name))


def _count(tables: Sequence[Table]) -> str:
    return str(sum(visible(c.text) for t in tables for row in t.rows for c in row if not c.inherited))


def read_xlsx(data: bytes, name: str) -> Blocks:
    """Every sheet with content is a table (hidden sheets and rows are read and reported)."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:
        raise RejectedFile(f"工作簿《{name}》打不开，可能已损坏或设有密码。请在表格软件中打开后另存为 .xlsx 再导入。") from error
    problems = list(_hidden(data))
    tables: list[Table] = []
    raw = 0
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if (sheet.height or 0) * (sheet.width or 0) > MAX_CELLS:
            raise RejectedFile(f"工作簿《{name}》的工作表“{meta.name}”超过 {MAX_CELLS} 个单元格。请删去空白区域或拆分后再导入。")
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        raw += sum(visible(cell_text(v)) for row in rows for v in row)
        merges = [(a[0], a[1], b[0], b[1]) for a, b in (sheet.merged_cell_ranges or [])]
        table = _sheet(rows, meta.name, merges)
        if table is None:
            continue
        tables.append(table)
        if meta.visible != SheetVisibleEnum.Visible:
            problems.append(Problem("HIDDEN_SHEET", f"工作表“{meta.name}”是隐藏的，已照读，请核对。", table.locator))
    return Blocks("xlsx", tuple(tables), problems=tuple(problems), meta=(("characters", str(raw)),))


def _hidden(data: bytes) -> list[Problem]:
    """Look for hidden rows or columns and for formulas without a stored result, in the sheet parts themselves."""
    found: list[Problem] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
                continue
            text = archive.read(part)
            hidden = [int(m) for m in re.findall(rb'<row [^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"', text)]
            if hidden:
                found.append(
                    Problem("HIDDEN_ROWS", f"{part.rsplit('/', 1)[-1]} 有 {len(hidden)} 个隐藏行（第 {hidden[0]} 行起），已照读，请核对。")
                )
            if re.search(rb'<col [^>]*?\bhidden="(?:1|true)"', text):
                found.append(Problem("HIDDEN_COLUMNS", f"{part.rsplit('/', 1)[-1]} 有隐藏列，已照读，请核对。"))
            empty = len(re.findall(rb"<f[ >/](?:(?!</c>).)*?</f>\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>", text, re.S))
            if empty:
                found.append(
                    Problem(
                        "FORMULA_WITHOUT_VALUE", f"{empty} 个公式单元格没有保存计算结果，按空白处理。请在表格软件中打开并保存后重新导入。"
                    )
                )
    return found


def read_xls(data: bytes, name: str) -> Blocks:
    """Old binary workbooks, with merged ranges. A text file that merely ends in .xls never reaches this reader."""
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
    except NotImplementedError:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    except Exception as error:
        raise RejectedFile(f"工作簿《{name}》打不开，可能已损坏或设有密码。请另存为 .xlsx 再导入。") from error
    tables: list[Table] = []
    problems: list[Problem] = []
    for sheet in book.sheets():
        rows = [[_xls_value(book, cell) for cell in sheet.row(r)] for r in range(sheet.nrows)]
        merges = [(r0, c0, r1 - 1, c1 - 1) for r0, r1, c0, c1 in sheet.merged_cells]
        table = _sheet(rows, sheet.name, merges)
        if table is not None:
            tables.append(table)
            if sheet.visibility:
                problems.append(Problem("HIDDEN_SHEET", f"工作表“{sheet.name}”是隐藏的，已照读，请核对。", table.locator))
    return Blocks("xls", tuple(tables), problems=tuple(problems), meta=(("characters", _count(tables)),))


def _xls_value(book: Any, cell: Any) -> object:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            value: datetime = xlrd.xldate_as_datetime(cell.value, book.datemode)
            return value
        except (ValueError, OverflowError):
            return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    return cell.value
