"""Keys → citations of stored texts. A key is a norm's (``yhtl-44``), a ``slot:NAME``, a list row (``row:17``) or a stored reference (``ref:…``).

Every citation carries the stored words: the source's own where the library has that version, else our gist, marked as one.
"""

from __future__ import annotations

from datetime import date

from assistant.facts import Evidence
from assistant.match import rank
from assistant.question import Query
from assistant.world import World
from knowledge.norms import EffectKind, Norm
from knowledge.store import StoredEntry, StoredProvision
from knowledge.text import law_name
from knowledge.types import Citation, Status, TextKind
from knowledge.validity import status_on

# doctrine slots: norms that state the doctrine for every matter, the most local first, then the national ones named here
_SLOT_EFFECTS = {
    "lists": (EffectKind.LISTS, "yhtl-44"),
    "shares": (EffectKind.SHARES, "zx716-7"),
    "commits": (EffectKind.COMMITS, "gbf20-42-def"),
    "liability": (EffectKind.LIABILITY, "yhtl-69"),
    "verifies": (EffectKind.VERIFIES, ""),
    "agency": (EffectKind.AGENCY, ""),
    "substitutes": (EffectKind.SUBSTITUTES, ""),
}
_SLOT_TOPICS = {
    "lists": ("list_management", "proof_core", "local_proof", "cancellation"),
    "commits": ("commitment", "local_commitment"),
    "e_licence": ("e_certificate",),
    "procedure": ("procedure", "service_conditions"),
    "liability": ("liability",),
}
_SLOT_KEYS = {
    "commit_person": ("szxy-59", "ay-29", "gbf20-42-person"),
    "local_rule_limit": ("lff23-93", "lff15-82"),
    "dept_rule_limit": ("lff23-91", "lff15-80"),
    "not_issued": ("mf20-20",),
    "catch_all": ("hn-28", "gd-29", "sh24-24"),
    "rule_cleanup": ("sdsft19", "hn47", "gbf18-47-1"),
    "commit_choice": ("szxy-62", "ay-26", "gd-36", "gbf20-42-person"),
    "commit_false": ("bj24-33", "sh24-27", "sdyh-29", "zj-14", "ay-27", "gbf20-42-check"),
    "commit_scope": ("szxy-59", "sh24-27", "bj24-33", "sdyh-29", "gbf20-42-scope"),
    "commit_local": ("szxy-57", "gd-36", "cq-50", "sh24-29", "bj24-33", "sdyh-29", "zj-14"),
    "paper": ("sh24-24", "zj-6", "cq-42", "zx716-11"),
    "guide": ("sh24-24", "bj24-32", "ay-23", "hn-28", "gd-29"),
    "intermediary": ("ay-30", "yhtl-43"),
    "data_doubt": ("zj-7",),
    "agency_here": ("ay-15",),
}


class Citer:
    """Resolves keys for one query; refs and citations come from the library, never from the rules."""

    def __init__(self, world: World, query: Query, evidence: Evidence) -> None:
        self.world, self.query, self.evidence = world, query, evidence
        self.chain = world.chain(query.region)
        stale = [f.norm for f in evidence.stale]
        self.past = {n.key for n in stale} | {k for n in stale for k in n.companions}

    def refs(self, key: str) -> list[str]:
        """Stored references for a key; empty when the library holds nothing for it."""
        return [c.ref for c in self._resolve(key)]

    def citations(self, keys: tuple[str, ...], limit: int) -> tuple[Citation, ...]:
        """Citations in the order of the keys, no reference twice, at most ``limit``; real provisions the question itself names come along."""
        out: list[Citation] = []
        wanted = list(keys)
        named = [f"ref:{c.ref}" for c in self.evidence.claims if c.state == "ok" and c.ref]
        wanted[3:3] = named[:2]
        for key in wanted:
            for found in self._resolve(key):
                if found.ref not in {c.ref for c in out}:
                    out.append(found)
        return tuple(out[:limit])

    def _resolve(self, key: str) -> list[Citation]:
        if key.startswith("slot:"):
            return [c for n in self._slot(key[5:]) for c in self._norm(n)]
        if key.startswith("row:"):
            entry = self.world.library.entry(int(key[4:]))
            return [entry_citation(entry, self._about_a_law(entry))] if entry else []
        if key.startswith("ref:"):
            found = self.world.library.provision(key[4:])
            return [provision_citation(found, self.query.as_of)] if found else []
        norm = self.world.norms.book.get(key)
        return self._norm(norm) if norm else []

    def _about_a_law(self, stored: StoredEntry) -> bool:
        """A table drawn up about a law is not the law's own words."""
        return bool(stored.title) and bool(self.world.library.instruments(law_name(stored.title or "")))

    def _norm(self, norm: Norm) -> list[Citation]:
        if norm.region not in self.chain and norm.region not in ("全国",):
            return []
        if norm.in_force_on(self.query.as_of) is False and norm.key not in self.past:
            return []
        found = self.world.text_of(norm)
        return [norm_citation(norm, found, self.query.as_of)] if found else []

    def _slot(self, name: str) -> list[Norm]:
        """The norms that stand for a doctrine here on the day, most local first, at most two."""
        day, book = self.query.as_of, self.world.norms.book
        if name == "like":
            return [f.norm for f in self.world.norms.alike(self.query, day, self.chain)[:1]]
        if name in _SLOT_KEYS:
            found = [n for k in _SLOT_KEYS[name] if (n := book.get(k)) and n.region in self.chain and n.in_force_on(day) is not False]
            return sorted(found, key=lambda n: self.chain.index(n.region))[:2]
        topics = _SLOT_TOPICS.get(name, ())
        effect, national = _SLOT_EFFECTS.get(name, (None, ""))
        out = []
        for norm in book:
            if norm.region not in self.chain or norm.region == "全国" or norm.in_force_on(day) is False:
                continue
            if (norm.topic in topics and _for_all(norm)) or (
                effect and any(e.effect is effect and (e.general or effect is EffectKind.AGENCY) for e in norm.effects)
            ):
                out.append(norm)
        mine = self.world.norms.weigh(self.query.text)
        near = self.evidence.near

        def order(n: Norm) -> tuple[float, int, int, str]:
            likeness = self.world.norms.likeness(n, mine) + 0.2 * near.get(n.key, 0.0)
            return (-round(likeness, 2), self.chain.index(n.region), rank(n.level), n.key)

        out.sort(key=order)
        base = book.get(national) if national else None
        return out[:3] + ([base] if base is not None else [])


def _for_all(norm: Norm) -> bool:
    """Whether a norm speaks of every matter (one made for blood donors or travellers does not stand for a doctrine)."""
    return any(e.general or not e.matter_words for e in norm.effects)


def norm_citation(norm: Norm, found: StoredProvision, day: date) -> Citation:
    """A norm as it stands in the library: verbatim text, or the gist with its number only where that was verified."""
    base = provision_citation(found, day)
    article = norm.article if norm.article_verified and norm.article_kind == "number" else None
    verbatim = found.provision.text_kind is TextKind.VERBATIM
    return Citation(
        ref=base.ref,
        title=norm.title,
        article=base.article if verbatim else article or (norm.article if norm.article_kind == "section" else None),
        level=str(norm.level),
        text=base.text,
        text_kind=base.text_kind,
        doc_number=norm.doc_number,
        issuer=norm.issuer,
        effective=base.effective or (norm.effective.isoformat() if norm.effective else None),
        status="in_force" if norm.in_force_on(day) else base.status,
        region=norm.region,
        document=base.document,
        sha256=base.sha256,
        locator=base.locator,
        source=None if verbatim else f"要旨为本项目自写，核对至{norm.status_checked_to}",
    )


def provision_citation(found: StoredProvision, day: date) -> Citation:
    """A stored article or clause."""
    inst = found.instrument.instrument if found.instrument else None
    status = str(status_on(inst, day)) if inst else str(Status.UNKNOWN)
    return Citation(
        ref=found.ref,
        title=inst.title if inst else found.title,
        article=found.label,
        level=str(inst.level) if inst else "unknown",
        text=found.text,
        text_kind=found.provision.text_kind,
        doc_number=inst.doc_number if inst else None,
        issuer=inst.issuer if inst else None,
        effective=inst.effective.isoformat() if inst and inst.effective else None,
        status=status,
        region=inst.region if inst else None,
        document=found.file,
        sha256=found.sha256,
        locator=found.provision.locator,
    )


def entry_citation(stored: StoredEntry, summary: bool = False) -> Citation:
    """A list row; its text is the row's own cells, ``summary`` when the table is somebody's digest of a law."""
    entry = stored.entry
    cells = [
        entry.matter,
        entry.proof_name,
        entry.purpose,
        entry.original_basis,
        entry.requesting_body,
        entry.issuing_body,
        entry.replacement,
    ]
    serial = f"序号{entry.serial}" if entry.serial else f"第{stored.row_number}行"
    return Citation(
        ref=stored.ref,
        title=stored.title or stored.file,
        article=serial,
        level="normative_document",
        text="｜".join(c for c in cells if c),
        text_kind=TextKind.GIST if summary else TextKind.VERBATIM,
        doc_number=stored.doc_number,
        issuer=stored.issuer,
        effective=(stored.effective or stored.published).isoformat() if (stored.effective or stored.published) else None,
        status="in_force",
        region=stored.region,
        document=stored.file,
        sha256=stored.sha256,
        locator=entry.locator,
    )
