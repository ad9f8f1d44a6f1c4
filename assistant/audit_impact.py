"""Impact of a new, amended or repealing text: which demands, rows and decisions change, before and after. Nothing is stored.

The text is compared with the versions that the library holds; every row, requirement and legal-basis record that rests on an article which
changed, moved or ended becomes a task. ``confirm`` in the verb stores the text afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from assistant.audit import read_document
from assistant.audit_names import names_proof
from assistant.audit_world import AuditWorld, prepared
from assistant.world import World
from ingest.parse import parse_file
from ingest.requirements import extract_requirements
from knowledge.diff import diff_versions
from knowledge.errors import JianzhengError
from knowledge.references import Mention, find_references
from knowledge.repeals import repeals_of
from knowledge.store import StoredInstrument
from knowledge.text import article_label, law_name
from knowledge.types import ListEntry, ParsedDocument, Provision, Requirement

_STATES = {
    "named": "有效，点名规定",
    "silent": "有效，没有规定这项证明",
    "missing": "没有这一条",
    "ended": "失效",
    "whole": "有效",
}
_SURE = frozenset({"named", "whole"})


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. ``kind``: row (a published or ledger row) | norm (a legal-basis record) | new | dropped (requirements of the text)."""

    kind: str
    what: str
    matter: str | None
    basis: str
    before: str
    after: str
    action: str
    where: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """What a text changes. ``articles``: (kind, old label, new label) of changed articles; ``repeals``: titles that the text ends."""

    title: str
    version: str
    effective: date | None
    known_versions: tuple[str, ...]
    articles: tuple[tuple[str, str, str], ...]
    repeals: tuple[str, ...]
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """Old and new text of one norm (matching name); ``new`` empty when it is repealed."""

    name: str
    title: str
    old: tuple[Provision, ...]
    new: tuple[Provision, ...]
    ended: bool


def impact_of(
    world: World, path: FilePath | str, ledgers: Sequence[FilePath | str] = (), *, title: str | None = None, repeal: bool = False
) -> Impact:
    """What changes when the text of a file takes effect.

    Args:
        world: the library as it is; it is not changed.
        path: a law text (new, amended or repealing) in any format that ingestion reads.
        ledgers: ledgers and guides whose rows are looked at as well; rows in the library always are.
        title: the norm's title where the file does not say it.
        repeal: the file's norm itself is repealed (nothing takes its place).

    Raises:
        JianzhengError: the file cannot be read, or is no text with articles.
    """
    ready = prepared(world)
    document = parse_file(path, kind="law")
    if not document.provisions:
        raise JianzhengError(f"“{FilePath(path).name}”没有读出条文，算不出影响。请用法规、规章或者文件的正文。")
    own = title or (document.instrument.title if document.instrument else document.title) or FilePath(path).stem
    changes = list(_changes(ready, document, own, repeal))
    rows = [*_stored_rows(ready), *_file_rows(ledgers)]
    tasks = [t for c in changes for t in (*_row_tasks(c, rows), *_norm_tasks(ready, c), *_requirement_tasks(ready, c, document))]
    instrument = document.instrument
    held = ready.library.instruments(law_name(own))
    return Impact(
        own,
        instrument.version if instrument else "undated",
        (instrument.effective or instrument.published) if instrument else None,
        tuple(i.instrument.version for i in held),
        tuple((c.kind, c.old_label or "", c.new_label or "") for change in changes if not change.ended for c in _diff(change)),
        tuple(c.title for c in changes if c.ended),
        tuple(sorted(tasks, key=lambda t: (not t.urgent, t.kind, t.where, t.what))),
    )


def _changes(world: AuditWorld, document: ParsedDocument, title: str, repeal: bool) -> Iterator[_Change]:
    """The text itself against its latest version here, and every norm that its repeal clauses end."""
    name = law_name(title)
    held = _latest(world.library.instruments(name))
    old = tuple(p.provision for p in world.library.provisions_of(held.id)) if held else ()
    yield _Change(name, title, old, () if repeal else document.provisions, repeal)
    if document.instrument is not None and not repeal:
        for other_title, other, _, _ in repeals_of(document.instrument, document.provisions):
            last = _latest(world.library.instruments(other))
            yield _Change(other, other_title, tuple(p.provision for p in world.library.provisions_of(last.id)) if last else (), (), True)


def _latest(versions: Sequence[StoredInstrument]) -> StoredInstrument | None:
    return max(versions, key=lambda i: (i.instrument.effective or i.instrument.published or date.min, i.instrument.version), default=None)


def _diff(change: _Change) -> Any:
    return diff_versions(change.old, change.new)


# ---------- rows ----------
def _stored_rows(world: AuditWorld) -> Iterator[tuple[ListEntry, str]]:
    for stored in world.library.entries():
        yield stored.entry, f"{stored.title or stored.file} 第{stored.row_number}行"


def _file_rows(paths: Iterable[FilePath | str]) -> Iterator[tuple[ListEntry, str]]:
    for path in paths:
        _, document = read_document(FilePath(path))
        for entry in document.entries:
            yield entry, f"{FilePath(path).name} 第{entry.locator.row or '?'}行"


def _row_tasks(change: _Change, rows: Iterable[tuple[ListEntry, str]]) -> Iterator[Task]:
    for entry, where in rows:
        if not entry.original_basis or change.name[:4] not in entry.original_basis.replace("中华人民共和国", ""):
            continue
        for mention in find_references(entry.original_basis):
            if mention.name != change.name:
                continue
            before, after = _state(change.old, mention, entry.proof_name), _state(change.new, mention, entry.proof_name)
            if change.ended:
                after = "ended"
            if before == after or (not change.old and after in _SURE):
                continue
            yield _row_task(change, entry, mention, before, after, where)
            break


def _row_task(change: _Change, entry: ListEntry, mention: Mention, before: str, after: str, where: str) -> Task:
    moved = _moved(change, mention, entry.proof_name)
    if after == "ended":
        action = "依据失效：停止索要，从清单中删去；另有依据的，改引后重新审核"
    elif moved:
        action = f"条号变动：依据改引{moved}"
    elif after in _SURE:
        action = "新文本作了规定：恢复或者补列依据，按新条文核对"
    else:
        action = "新文本不再规定：停止索要，转入取消清单，公布替代办法"
    kind = str(entry.list_kind)
    urgent = after not in _SURE and not moved and kind in ("retain", "commitment", "ledger")
    old = _STATES.get(before, before) if change.old else "库中没有旧文本"
    return Task("row", entry.proof_name, entry.matter, f"《{change.title}》{mention.label}", old, _STATES[after], action, where, urgent)


def _state(provisions: Sequence[Provision], mention: Mention, proof: str) -> str:
    """What a text says of the proof at the place cited: named | silent | missing | whole (only the norm is cited)."""
    if not provisions:
        return "missing"
    if mention.number is None:
        return "named" if any(names_proof(p.text, proof) for p in provisions) else "whole"
    found = [p for p in provisions if p.number == mention.number and p.sub == mention.sub]
    if not found:
        return "missing"
    return "named" if any(names_proof(p.text, proof) for p in found) else "silent"


def _moved(change: _Change, mention: Mention, proof: str) -> str | None:
    """The article of the new text that carries the same words now, when the cited one no longer does."""
    if mention.number is None or change.ended:
        return None
    label = article_label(mention.number, mention.sub)
    for c in _diff(change):
        if c.old_label and c.old_label.startswith(label) and c.new_label and not c.new_label.startswith(label):
            target = re.match(r"第[^条]+条(?:之[一二三四五六七八九十]+)?", c.new_label)
            at = target.group() if target else c.new_label
            if any(p.label == at and names_proof(p.text, proof) for p in change.new):
                return at
    return None


# ---------- norms and requirements ----------
def _norm_tasks(world: AuditWorld, change: _Change) -> Iterator[Task]:
    for norm in world.norms.book.of(change.name):
        numbers = [m for m in find_references(f"《{norm.title}》{norm.article or ''}") if m.number is not None]
        if norm.ended is not None or not numbers:
            continue
        for effect in norm.effects:
            for proof in effect.proofs[:3]:
                before, after = _state(change.old, numbers[0], proof), "ended" if change.ended else _state(change.new, numbers[0], proof)
                if change.old and before != after and before == "named":
                    moved = _moved(change, numbers[0], proof)
                    action = f"依据记录改到{moved}" if moved else "涉及这项证明的结论要重判，依据记录停用或者更新"
                    matter = effect.matters[0] if effect.matters else None
                    yield Task("norm", proof, matter, norm.cite, _STATES[before], _STATES[after], action, f"依据记录 {norm.key}", not moved)


def _requirement_tasks(world: AuditWorld, change: _Change, document: ParsedDocument) -> Iterator[Task]:
    """Proofs that the new text asks for and the old did not, and the other way round."""
    if change.ended:
        return
    old = [r for p in change.old for r in extract_requirements(p, title=change.title)]
    new = list(document.requirements)
    for kind, mine, other in (("new", new, old), ("dropped", old, new)):
        if kind == "dropped" and not change.new:
            continue
        for r in mine:
            if r.is_proof and not r.negative and not any(_same(r, o) for o in other):
                yield _requirement_task(world, change, r, kind)


def _requirement_task(world: AuditWorld, change: _Change, r: Requirement, kind: str) -> Task:
    label = _label(r.provision)
    if kind == "dropped":
        return Task(
            "dropped", r.material, r.matter, f"《{change.title}》{label}", "点名要求", "不再要求", "停止索要，修改办事指南", "法规条文"
        )
    listed = [x for x in world.cancelled if x.stored.entry.proof_name == r.material]
    action = (
        f"已取消的“{r.material}”又由法规设定：核对取消清单" if listed else "核对能否共享、核验或者承诺，能的不要求提交；不能的补列保留清单"
    )
    return Task("new", r.material, r.matter, f"《{change.title}》{label}", "没有要求", "点名要求", action, "法规条文", bool(listed))


def _label(ref: str) -> str:
    found = re.search(r"#art_(\d+)(?:-(\d+))?", ref)
    return article_label(int(found.group(1)), int(found.group(2) or 0)) if found else ""


def _same(a: Requirement, b: Requirement) -> bool:
    return a.negative == b.negative and (a.material == b.material or a.material in b.material or b.material in a.material)


def impact_json(found: Impact) -> dict[str, Any]:
    """The impact as ``impact --json`` prints it."""

    data = asdict(found)
    data["effective"] = found.effective.isoformat() if found.effective else None
    data["articles"] = [{"kind": k, "old": o, "new": n} for k, o, n in found.articles]
    data["counts"] = {kind: sum(1 for t in found.tasks if t.kind == kind) for kind in ("row", "norm", "new", "dropped")}
    return data


__all__ = ["Impact", "Task", "impact_json", "impact_of"]
