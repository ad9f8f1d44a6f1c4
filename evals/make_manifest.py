"""Writes ``corpora/manifest.toml``: hash, kind, title and expected counts of every file under ``corpora``.

``python -m evals.make_manifest [--documents]``; with ``--documents`` the data files (toml, jsonl, md) are left out. Counts are
taken from the sources that a person wrote (``evals/demo/*.tsv``, the lines of a csv list, the records of a jsonl or toml file),
never from our own parser: the test compares the parser with them.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORPORA = ROOT / "corpora"
MANIFEST = CORPORA / "manifest.toml"
TEXTS = Path(__file__).parent / "demo"

# demo file → (kind, list kind or "", title, source of the rows)
DEMO: dict[str, tuple[str, str, str, str]] = {
    "cancel-first-batch.xlsx": ("list", "cancel", "清江市人民政府办公室关于公布第一批取消证明事项目录的通知", "cancel-1.tsv"),
    "cancel-second-batch.pdf": ("list", "cancel", "清江市人民政府办公室关于公布第二批取消证明事项目录的通知", "cancel-2.tsv"),
    "retained.docx": ("list", "retain", "清江市人民政府办公室关于公布保留的证明事项清单的通知", "retain.tsv"),
    "commitment.html": ("list", "commitment", "清江市司法局关于公布证明事项告知承诺制目录的通知", "commitment.tsv"),
    "agency.docx": ("list", "agency", "清江市政务服务管理办公室关于公布证明材料代办目录的通知", "agency.tsv"),
    "not-issued-by-committees.html": (
        "list",
        "not_issued_by",
        "清江市民政局关于公布村（居）民委员会不应出具证明事项清单的通知",
        "not-issued.tsv",
    ),
    "sharing-catalogue.xlsx": ("list", "", "清江市政务数据共享目录（证明类）", "sharing.tsv"),
    "ledger-civil.xlsx": ("ledger", "ledger", "清江市民政局证明事项清理台账", "ledger-civil.tsv"),
    "ledger-labour.xlsx": ("ledger", "ledger", "清江市人力资源和社会保障局证明事项清理台账", "ledger-labour.tsv"),
    "ledger-housing.xlsx": ("ledger", "ledger", "清江市住房和城乡建设局证明事项清理台账", "ledger-housing.tsv"),
    "public-rental-guide.docx": ("guide", "", "公共租赁住房申请办事指南", "guide.tsv"),
    "temporary-relief-draft.docx": ("draft", "", "清江市临时救助实施办法（送审稿）", "draft.txt"),
}
LIST_KINDS = {"取消": "cancel", "保留": "retain", "告知承诺": "commitment", "不应出具": "not_issued_by"}


def describe(path: Path) -> dict[str, str | int]:
    """What the manifest says of one file: kind, title and the number of rows, materials, articles or records to expect."""
    if path.name in DEMO:
        kind, list_kind, title, source = DEMO[path.name]
        lines = len((TEXTS / source).read_text("utf-8").splitlines()) - 1  # a heading or a title comes first
        count = {"guide": "materials", "draft": "articles"}.get(kind, "rows")
        return {"kind": kind, **({"list_kind": list_kind} if list_kind else {}), "title": title, count: lines}
    if path.suffix == ".csv":
        with open(path, encoding="utf-8", newline="") as file:
            (caption,), (title,), _meta, _head, *rows = csv.reader(file)
        kind = next(kind for word, kind in LIST_KINDS.items() if word in caption)
        return {"kind": "list", "list_kind": kind, "title": title, "rows": len(rows)}
    if path.suffix == ".jsonl":
        return {"kind": "records", "records": sum(1 for line in path.read_text("utf-8").splitlines() if line.strip())}
    if path.suffix == ".toml":
        tables = tomllib.loads(path.read_text("utf-8"))
        return {"kind": "records", "records": sum(len(value) if isinstance(value, list | dict) else 1 for value in tables.values())}
    return {"kind": "note"}


def files() -> list[Path]:
    """Every file under ``corpora`` but the manifest, in a fixed order."""
    found = (path for path in CORPORA.rglob("*") if path.is_file() and path != MANIFEST and not path.name.startswith("."))
    return sorted(found, key=lambda path: path.relative_to(CORPORA).as_posix())


def is_document(path: Path) -> bool:
    """True for what ``ingest`` reads, False for data that a module reads by itself."""
    return path.suffix not in (".toml", ".jsonl", ".md")


def render(paths: list[Path]) -> str:
    """The manifest's text."""
    out = ["# Written by `python -m evals.make_manifest`; tests/test_corpora.py compares it with the files and with what the parser finds."]
    for path in paths:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        out += ["", "[[file]]", f'path = "{path.relative_to(CORPORA).as_posix()}"', f'sha256 = "{digest}"']
        out += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in describe(path).items()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)) + "\n"


def main(*, documents_only: bool = False) -> None:
    """Rewrites the manifest."""
    MANIFEST.write_text(render([path for path in files() if not documents_only or is_document(path)]), encoding="utf-8")


if __name__ == "__main__":
    main(documents_only="--documents" in sys.argv[1:])
