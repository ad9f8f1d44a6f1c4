"""Where a document holds: the region of its issuer or title."""

from __future__ import annotations

import re

from ingest.kinds import is_national
from knowledge.regions import AmbiguousRegion, Region, find_regions, parse_region


def _longest(text: str) -> str | None:
    """The region a name begins with or holds; an unknown place (a fictional one) is taken as printed."""
    first = re.split(r"[、,，/／(（]", text)[0]
    region = parse_region(first)
    for length in range(min(len(first), 16), 1, -1):
        opening = parse_region(first[:length])
        if isinstance(opening, Region) and (length > 2 or not re.match("[省市县区州]", first[2:])):
            return opening.name
    found = [m for m in find_regions(text) if isinstance(m.region, Region)]
    if found:
        best = max(found, key=lambda m: (m.region.code if m.region else "", -m.start))
        return best.region.name if best.region else None
    if isinstance(region, AmbiguousRegion):
        return None
    printed = re.match(
        r"^((?:[一-龥]{2,4}(?:省|自治区))?(?:[一-龥]{2,5}?(?:市|自治州|地区|盟))?(?:[一-龥]{1,5}?(?:县|区|市|旗))?)(?=[一-龥])", text
    )
    return (
        printed.group(1)
        if printed and len(printed.group(1)) >= 3 and not re.match(r"城市|社区|地区|小区|我[市县省区]|本[市县省区]|全[市县省区]|各", text)
        else None
    )


def region_of(issuer: str | None, title: str | None) -> str | None:
    """Full name of the region the document holds in (``浙江省金华市义乌市``), 全国 for national issuers, None when unknown."""
    for text in (issuer, title):
        if not text:
            continue
        if is_national(text):
            return "全国"
        found = _longest(text)
        if found:
            return found
    return None
