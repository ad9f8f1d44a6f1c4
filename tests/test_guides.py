"""Service guides in running text. All made up."""

from __future__ import annotations

from ingest.parse import parse_bytes
from knowledge.types import DocKind

GUIDE = """清江市摊位登记办事指南(试行)
一、受理单位
清江市城市管理局
二、申请材料
1.申请表(一式两份,窗口提供);
2.居住情况证明(村委会出具);
3.无违法证明(依据:《清江市摊位办法》第三条);
4.其他需要提交的材料。
三、办理流程
1.受理;
2.审核。
"""


def test_numbered_materials_below_their_heading() -> None:
    found = parse_bytes(GUIDE.encode(), "a.txt")
    assert found.kind is DocKind.GUIDE
    assert [(e.serial, e.proof_name) for e in found.entries] == [
        ("1", "申请表"),
        ("2", "居住情况证明(村委会出具)"),
        ("3", "无违法证明"),
        ("4", "其他需要提交的材料"),
    ]
    assert found.entries[1].issuing_body == "村委会" and found.entries[2].original_basis == "《清江市摊位办法》第三条"
    assert {e.matter for e in found.entries} == {"摊位登记"}
    assert all(e.locator.chars for e in found.entries)


def test_materials_run_together() -> None:
    text = "摊位登记办理须知\n申请材料:1.身份证;2.住所证明;3.照片。\n办理时限:五日。"
    found = parse_bytes(text.encode(), "a.txt")
    assert [e.proof_name for e in found.entries] == ["身份证", "住所证明", "照片"]
