"""Where a citation stands in its source: an article between its neighbours, a list row among its rows, a page image with the row boxed."""

from __future__ import annotations

from assistant.pages.html import esc, lines, link, tag
from assistant.pages.words import FIELDS, choice, word
from knowledge.store import Library, StoredEntry, StoredInstrument, StoredProvision
from knowledge.types import TextKind

AROUND = 2  # rows or articles shown before and after
FIELD_NAMES = ("serial", "matter", "proof_name", "purpose", "original_basis", "requesting_body", "issuing_body", "replacement")


def in_context(library: Library, ref: str, lang: str) -> str:
    """HTML of the place a stored reference points to; a plain sentence when nothing stands there any more."""
    if "#row_" in ref:
        entry = library.entry(ref)
        return _row(library, entry, lang) if entry else _gone(lang)
    found = library.provision(ref)
    return _article(library, found, lang) if found else _gone(lang)


def title_of(library: Library, ref: str) -> str:
    """What a reference is called in words: 《title》第四十四条, or the list's title and its row."""
    if "#row_" in ref:
        entry = library.entry(ref)
        if entry:
            return f"《{_bare(entry.title or entry.file)}》{_serial(entry)} {entry.entry.proof_name}"
    found = library.provision(ref)
    return f"《{_bare(found.title)}》{found.label}" if found else ref


def _bare(title: str) -> str:
    return title.strip("《》")


def _serial(entry: StoredEntry) -> str:
    return f"序号{entry.entry.serial}" if entry.entry.serial else f"第{entry.row_number}行"


def _gone(lang: str) -> str:
    return tag("p", esc(word("source.gone", lang)), cls="jz-note")


# ---------- a row of a list ----------
def _row(library: Library, entry: StoredEntry, lang: str) -> str:
    rows = library.entries(document_id=entry.document_id)
    at = next((number for number, row in enumerate(rows) if row.ref == entry.ref), 0)
    shown = rows[max(0, at - AROUND) : at + AROUND + 1]
    return page_images(entry, lang) + _rows_table(shown, entry.ref, lang) + _file_line(entry.file, entry.sha256, _place(entry, lang), lang)


def page_images(entry: StoredEntry, lang: str) -> str:
    """The pages of a PDF that carry the row, cut to the row and its surroundings; empty for other formats."""
    pages = sorted({int(box[0]) for box in entry.entry.locator.boxes})
    if not entry.file.lower().endswith(".pdf"):
        return ""
    figures = []
    for page in pages:
        says = word("source.page", lang, page=page)
        image = tag(
            "img", src=link("/source/page.png", ref=entry.ref, page=page, crop=1), alt=f"{says}：{entry.entry.proof_name}", loading="lazy"
        )
        whole = tag(
            "a", esc(word("source.whole", lang)), href=link("/source/page.png", ref=entry.ref, page=page), target="_blank", rel="noopener"
        )
        figures.append(tag("figure", image.removesuffix("</img>"), tag("figcaption", esc(says), "　", whole), cls="jz-page"))
    return "".join(figures)


def _rows_table(rows: list[StoredEntry], marked: str, lang: str) -> str:
    used = [name for name in FIELD_NAMES if any(getattr(row.entry, name) for row in rows)]
    head = tag("tr", *(tag("th", esc(choice(FIELDS, name, lang)), scope="col") for name in used))
    body = []
    for row in rows:
        here = row.ref == marked
        cells = (tag("td", esc(getattr(row.entry, name)), data_label=choice(FIELDS, name, lang)) for name in used)
        body.append(tag("tr", *cells, cls="jz-here" if here else None, aria_current="true" if here else None))
    table = tag("table", tag("thead", head), tag("tbody", *body))
    return tag("div", table, cls="jz-scroll", tabindex="0", role="region", aria_label=word("source.list", lang))


def _place(entry: StoredEntry, lang: str) -> str:
    place = entry.entry.locator
    if place.sheet:
        return word("source.sheet", lang, sheet=place.sheet, row=place.row)
    if place.table and place.row:
        return word("source.table", lang, table=place.table, row=place.row)
    return ""


# ---------- an article of a law ----------
def _article(library: Library, found: StoredProvision, lang: str) -> str:
    home = found.instrument
    if found.provision.text_kind is TextKind.GIST:
        note = tag("p", esc(word("source.gist", lang)), cls="jz-note")
        body = tag("div", tag("h5", esc(found.label)), tag("p", lines(found.text)), cls="jz-article jz-here")
        return _home_line(home, lang) + note + body + _file_line(found.file, found.sha256, "", lang)
    around = _neighbours(library, found)
    articles = "".join(_one(item, found) for item in around)
    headings = " › ".join(found.provision.headings)
    crumbs = tag("p", esc(headings), cls="jz-crumbs") if headings else ""
    return _home_line(home, lang) + crumbs + articles + _file_line(found.file, found.sha256, "", lang)


def _neighbours(library: Library, found: StoredProvision) -> list[StoredProvision]:
    everything = library.provisions_of(found.instrument.id) if found.instrument else library.provisions_in(found.document_id)
    at = next((number for number, item in enumerate(everything) if item.provision.ref == found.provision.ref), None)
    if at is None:
        return [found]
    return everything[max(0, at - 1) : at + 2]


def _one(item: StoredProvision, found: StoredProvision) -> str:
    here = item.provision.ref == found.provision.ref
    text = lines(item.text)
    if here and found.unit is not None:
        start, end, whole = found.unit.start, found.unit.end, item.provision.text
        text = lines(whole[:start]) + tag("mark", lines(whole[start:end])) + lines(whole[end:])
    return tag("div", tag("h5", esc(item.label)), tag("p", text), cls="jz-article jz-here" if here else "jz-article")


def _home_line(home: StoredInstrument | None, lang: str) -> str:
    if home is None:
        return ""
    norm = home.instrument
    days = [
        f"{norm.published}公布" if norm.published else "",
        f"{norm.effective}施行" if norm.effective else "",
        f"{norm.ended}失效" if norm.ended else "",
    ]
    parts = [norm.title, norm.doc_number or "", norm.issuer or "", *days]
    return tag("p", esc("　".join(part for part in parts if part)), cls="jz-home")


def _file_line(file: str, sha256: str, place: str, lang: str) -> str:
    text = f"{word('source.file', lang)} {file}" + (f"　{place}" if place else "") + f"　{word('source.print', lang)} {sha256[:12]}"
    return tag("p", esc(text), cls="jz-file")
