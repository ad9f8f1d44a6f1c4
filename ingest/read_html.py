"""Web pages: the main text in reading order, tables with their spans, navigation and footers set apart."""

from __future__ import annotations

import re
from typing import Any

from lxml import html as lxml_html
from lxml.html import HtmlElement

from ingest.blocks import Block, Blocks, Cell, Paragraph, Table
from ingest.glyphs import clean, visible
from ingest.grid import lay_out
from ingest.read_text import decode
from ingest.unseen import element_unseen
from knowledge.errors import RejectedFile
from knowledge.types import Locator, Problem

_BLOCK = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "nav",
    "aside",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "blockquote",
    "pre",
    "hr",
    "form",
    "fieldset",
    "figure",
    "figcaption",
    "center",
    "address",
    "body",
    "td",
    "th",
    "tr",
    "details",
    "summary",
    "caption",
}
_SKIP = {
    "script",
    "style",
    "noscript",
    "template",
    "head",
    "svg",
    "iframe",
    "select",
    "option",
    "button",
    "input",
    "textarea",
    "object",
    "video",
}
_MARGIN_TAGS = {"nav": "header", "header": "header", "footer": "footer", "aside": "footer"}
_MARGIN_NAMES = re.compile(
    r"(?:^|[-_ ])(nav|navbar|menu|crumbs?|breadcrumb|topbar|header|top|head|toolbar|search|sidebar|side|share|footer|foot|copyright|links?"
    r"|friend|banner|wzdh|dqwz|weizhi|location|position|pager?|pagination|qrcode|print)(?:$|[-_ ])"
)
_CRUMB = re.compile(r"^(当前|您(现)?在的|您所在的|现在)?位置\s*[:：]")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.I)
MAX_DEPTH = 200


def _decode(data: bytes, name: str) -> str:
    found = _CHARSET.search(data[:4096])
    if found and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        encoding = found.group(1).decode("ascii").lower()
        encoding = "gb18030" if encoding in ("gb2312", "gbk", "gb18030") else encoding
        try:
            return data.decode(encoding).replace("\x00", "")
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data, name)


def _hidden(node: HtmlElement) -> bool:
    style = re.sub(r"\s", "", (node.get("style") or "").lower())
    return "display:none" in style or "visibility:hidden" in style or element_unseen(node) or node.get("hidden") is not None


def _margin(node: HtmlElement) -> str | None:
    if node.tag in _MARGIN_TAGS and node.find(".//h1") is None:
        return _MARGIN_TAGS[node.tag]
    names = f"{node.get('class') or ''} {node.get('id') or ''}".lower()
    found = _MARGIN_NAMES.search(names) if names.strip() and node.tag not in ("body", "html") else None
    if found and node.find(".//table") is None and node.find(".//h1") is None and len(node.text_content()) < 1500:
        return "footer" if found.group(1) in ("footer", "foot", "copyright", "links", "link", "friend", "share") else "header"
    return None


class _Walker:
    """Collects blocks; inline text gathers until a block boundary flushes it as one paragraph."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.hidden: list[Paragraph] = []
        self.unseen = 0  # of these, the ones that seem meant to deceive: white, tiny, off the page
        self.tables = 0
        self._pending: list[str] = []

    def flush(self, style: str) -> None:
        text = squeeze("".join(self._pending))
        self._pending = []
        for line in text.split("\n"):
            if line.strip():
                self.blocks.append(Paragraph(line.strip(), Locator(), "header" if _CRUMB.match(line.strip()) else style))

    def walk(self, node: HtmlElement, style: str, depth: int = 0) -> None:
        if not isinstance(node.tag, str) or node.tag in _SKIP:
            return
        if depth > MAX_DEPTH:
            raise RecursionError
        if _hidden(node):
            text = squeeze(clean(node.text_content()))
            if text and element_unseen(node):
                self.unseen += 1
            if text:
                self.hidden.append(Paragraph(text))
            return
        style = _margin(node) or style
        if node.tag == "br":
            self._pending.append("\n")
            return
        if node.tag == "table" and _is_data(node):
            self.flush(style)
            self.table(node)
            return
        block = node.tag in _BLOCK
        own = _own_style(node, style) if block else style
        if block:
            self.flush(style)
        if node.text:
            self._pending.append(clean(node.text).replace("\n", " "))
        for child in node:
            self.walk(child, own, depth + 1)
            if child.tail:
                self._pending.append(clean(child.tail).replace("\n", " "))
        if block:
            self.flush(own)

    def table(self, node: HtmlElement) -> None:
        self.tables += 1
        for caption in node.iterchildren("caption"):
            self.blocks.append(Paragraph(cell_text(caption), Locator(), "heading"))
        rows = list(_rows(node))
        where = [Locator(table=self.tables, row=r + 1) for r in range(len(rows))]
        cells = [
            [
                Cell(cell_text(td), where[r], _span(td, "rowspan", len(rows) - r), _span(td, "colspan"))
                for td in row
                if td.tag in ("td", "th")
            ]
            for r, row in enumerate(rows)
        ]
        head = sum(1 for row in rows if row.getparent() is not None and row.getparent().tag == "thead")
        if rows:
            self.blocks.append(Table(lay_out(cells, where), Locator(table=self.tables), head or None))


def squeeze(text: str) -> str:
    """Collapse runs of spaces as a browser would, keep line breaks."""
    return re.sub(r" *\n *", "\n", re.sub(r"[ \t\r\f\v]+", " ", text)).strip()


def _own_style(node: HtmlElement, style: str) -> str:
    if style in ("header", "footer"):
        return style
    names = f"{node.get('class') or ''} {node.get('id') or ''}".lower()
    if node.tag == "h1" or re.search(r"(^|[-_ ])(article-?title|arc-?title|title|bt|xl-?title|con-?title)($|[-_ ])", names):
        return "title"
    if node.tag in ("h2", "h3", "h4", "h5", "h6", "caption", "center"):
        return "heading"
    if node.tag == "p":
        css = re.sub(r"\s", "", (node.get("style") or "").lower())
        if "text-align:center" in css or (node.get("align") or "").lower() == "center":
            return "heading"
        return "body"
    return style


def _span(cell: HtmlElement, name: str, whole: int = 1000) -> int:
    value = (cell.get(name) or "1").strip()
    number = int(value) if value.isdigit() else 1
    return whole if number == 0 else min(number, 1000)


def _rows(table: HtmlElement) -> list[HtmlElement]:
    """Rows of this table only, header groups first, footers last."""
    order = {"thead": 0, "tbody": 1, "tr": 1, "tfoot": 2}
    parts = sorted((n for n in table if isinstance(n.tag, str) and n.tag in order), key=lambda n: order[str(n.tag)])
    rows: list[HtmlElement] = []
    for part in parts:
        rows.extend([part] if part.tag == "tr" else [r for r in part if r.tag == "tr"])
    return rows


def _is_data(table: HtmlElement) -> bool:
    """A layout table holds tables, headings or one column of prose; a data table has two or more columns in two or more rows."""
    if table.find(".//table") is not None or table.find(".//h1") is not None or table.find(".//h2") is not None:
        return False
    widths = [sum(1 for c in row if c.tag in ("td", "th")) for row in _rows(table)]
    return len([w for w in widths if w >= 2]) >= 2


def cell_text(node: HtmlElement) -> str:
    """Text of a cell: line breaks where <br> or block elements stand."""
    parts: list[str] = []

    def collect(n: Any) -> None:
        if isinstance(n.tag, str) and n.tag not in _SKIP and not _hidden(n):
            if n.tag in _BLOCK or n.tag == "br":
                parts.append("\n")
            parts.append((n.text or "").replace("\n", " "))
            for child in n:
                collect(child)
                parts.append((child.tail or "").replace("\n", " "))
            if n.tag in _BLOCK:
                parts.append("\n")

    collect(node)
    return re.sub(r"\n+", "\n", squeeze(clean("".join(parts))))


def _meta(root: HtmlElement) -> list[tuple[str, str]]:
    """Page title and the fields of the government website standard (ArticleTitle, PubDate, ContentSource)."""
    found: list[tuple[str, str]] = []
    names = {"articletitle": "article_title", "pubdate": "published", "contentsource": "source", "sitename": "site"}
    for node in root.iter("meta"):
        key = names.get((node.get("name") or "").lower())
        if key and node.get("content"):
            found.append((key, clean(node.get("content") or "").strip()))
    title = root.find(".//title")
    if title is not None and title.text:
        found.append(("title", clean(title.text).strip()))
    return found


def read_html(data: bytes, name: str) -> Blocks:
    """Read a page. Scripts, forms and hidden elements are no text; navigation, crumbs and footers get the styles header and footer."""
    text = _decode(data, name)
    try:
        parser = lxml_html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
        root = lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text), parser=parser)
    except Exception as error:
        raise RejectedFile(f"网页《{name}》没有可读的内容。请在浏览器中打开后另存为 .html 再导入。") from error
    walker = _Walker()
    body = root.find("body")
    walker.walk(root if body is None else body, "body")
    walker.flush("body")
    if not walker.blocks:
        raise RejectedFile(f"网页《{name}》没有正文文字（可能由脚本生成）。请在浏览器中显示完整后另存，或打印成 PDF 再导入。")
    meta = _meta(root)
    meta.append(("characters", str(_expected(root if body is None else body))))
    problems: tuple[Problem, ...] = ()
    if walker.unseen:
        problems = (Problem("HIDDEN_TEXT", f"网页有 {walker.unseen} 处看不见的文字（白色、极小、透明或移出页面），没有当作正文。"),)
    return Blocks("html", tuple(walker.blocks), hidden=tuple(walker.hidden), problems=problems, meta=tuple(meta))


def _expected(node: Any) -> int:
    """Visible characters below ``node``, counted without looking at blocks."""
    if not isinstance(node.tag, str) or node.tag in _SKIP or _hidden(node):
        return 0
    return visible(clean(node.text or "")) + sum(_expected(child) + visible(clean(child.tail or "")) for child in node)
