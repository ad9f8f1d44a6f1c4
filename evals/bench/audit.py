"""The reviewer's bench at size: a ledger of 10,000 rows cleaned up by one city's policy, and 200 drafts in one call.

    python -m evals.bench audit [--library DIR] [--rows N] [--drafts N]

Both run the command as a reviewer would, in a process of its own; time is wall and processor time of that process and its children, memory the
highest proportional set size of them together, sampled five times a second.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.bench.ingest import _Peak
from evals.make_drafts import read, write

HOME = Path(__file__).parents[2]
PLACE = "湖北省宜昌市"
BASES = (
    "", "", "无", "《中华人民共和国行政许可法》第三十一条", "《中华人民共和国收养法》第六条", "《优化营商环境条例》第八十八条", "《失业保险条例》第十六条",
    "《中国公民收养子女登记办法》第六条", "部门规章", "《宜昌市政务服务局收件规范》", "《北京市优化营商环境条例》第三十条", "《居住证暂行条例》第九条",
    "《中华人民共和国社会保险法》第五十条", "《流动人口计划生育工作条例》第六条", "《不动产登记暂行条例》第十六条",
)  # fmt: skip
FACTS = (
    "居住", "收入", "家庭收入", "无房", "婚姻状况", "亲属关系", "就业", "失业", "无犯罪记录", "品行", "身体健康", "学历", "工作经历", "经济困难", "住所使用",
    "出生", "死亡", "监护关系", "残疾状况", "养犬", "土地权属", "房屋安全", "无欠费", "无纠纷", "邻里同意", "经营场所", "资产", "纳税", "参保缴费", "退休",
    "在校", "户籍", "生存", "单身", "独生子女", "计划生育", "拆迁", "灾害损失", "务工", "分家析产",
)  # fmt: skip
ENDINGS = ("证明", "情况证明", "证明材料", "状况证明（原件）", "说明（加盖公章）")
MATTERS = (
    "公共租赁住房申请", "最低生活保障申请", "临时救助申请", "收养登记", "失业登记", "居住证申领", "户口迁移", "不动产转移登记", "食品经营许可", "教师资格认定",
    "工伤认定", "养老待遇领取", "残疾人两项补贴申领", "生育登记", "义务教育入学登记", "法律援助申请", "律师执业申请", "医疗救助申请", "住房公积金提取",
    "个体工商户登记", "殡葬补贴申领", "农村危房改造申请", "慈善组织认定", "娱乐场所设立", "保安培训单位备案",
)  # fmt: skip
ASKED_BY = (
    "民政局",
    "人力资源和社会保障局",
    "公安局",
    "自然资源和规划局",
    "卫生健康委员会",
    "教育局",
    "市场监督管理局",
    "住房和城乡建设局",
)
ISSUED_BY = ("社区居民委员会", "村民委员会", "派出所", "用人单位", "街道办事处", "民政局", "医疗机构", "不动产登记中心", "")
HEADINGS = ("序号", "证明名称", "办理事项", "设定依据", "索要单位", "开具单位")


def rows(number: int) -> list[tuple[str, ...]]:
    """Rows of a city's ledger, the same every time: every combination of fact, ending and matter before any comes twice."""
    rng = random.Random(20261121)
    names = list(itertools.product(FACTS, ENDINGS, MATTERS))
    rng.shuffle(names)
    out = []
    for serial, (fact, ending, matter) in zip(range(1, number + 1), itertools.cycle(names), strict=False):
        office = f"宜昌市{rng.choice(ASKED_BY)}"
        out.append((str(serial), fact + ending, matter, rng.choice(BASES), office, rng.choice(ISSUED_BY)))
    return out


def workbook(path: Path, number: int) -> None:
    """The ledger as one sheet of an .xlsx."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_string(0, 0, "宜昌市证明事项清理台账")
        for at, cells in enumerate((HEADINGS, *rows(number)), 1):
            for column, text in enumerate(cells):
                sheet.write_string(at, column, text)


def drafts(folder: Path, number: int) -> list[Path]:
    """Copies of our own drafts in all their formats, and three files that cannot be read among them."""
    folder.mkdir()
    made = [write(draft, folder) for draft in read()]
    out = list(made)
    for serial in itertools.count(2):
        if len(out) >= number - 3:
            break
        for source in made[: number - 3 - len(out)]:
            copy = source.with_stem(f"{source.stem}-{serial}")
            copy.write_bytes(source.read_bytes())
            out.append(copy)
    for name, content in (("坏.docx", b"PK\x03\x04broken"), ("坏.pdf", b"%PDF-1.7 broken"), ("坏.xlsx", b"")):
        (folder / name).write_bytes(content)
        out.append(folder / name)
    return out


def timed(command: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Run the command; wall seconds, processor seconds, peak memory, lines of progress; its standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    running = subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = _Peak(running.pid)
    out, err = running.communicate()
    peak_mb = peak.take()
    peak.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if running.returncode not in (0, 1) or not out.strip():
        raise RuntimeError(err[-800:])
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "processor_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": peak_mb,
        "progress_lines": sum(1 for line in err.splitlines() if line.startswith("[")),
    }, out


def ledger(library: Path, number: int = 10_000) -> dict[str, Any]:
    """Reading, deciding and cleaning up a ledger, its workbooks and lists written."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "宜昌市证明事项清理台账.xlsx"
        workbook(source, number)
        figures, out = timed([*_audit(library), str(source), "--region", PLACE, "--policy", "national", "--out", f"{folder}/out", "--json"])
        report = json.loads(out)
        files = len(list(Path(folder, "out").iterdir()))
        return {"rows": len(report["demands"]), **figures, "findings": len(report["findings"]), "files": files}


def many(library: Path, number: int = 200) -> dict[str, Any]:
    """Many drafts in one call, three of them unreadable."""
    with tempfile.TemporaryDirectory() as folder:
        files = drafts(Path(folder) / "drafts", number)
        figures, out = timed([*_audit(library), *map(str, files), "--json"])
        reports = json.loads(out)
        return {
            "drafts": len(reports),
            **figures,
            "audited": sum(1 for r in reports if not r.get("error") and r["demands"]),
            "refused": [r["file"] for r in reports if r.get("error")],
        }


def _audit(library: Path) -> list[str]:
    return [sys.executable, "-m", "assistant.cli", "--library", str(library), "audit", "--progress"]


def main(argv: Sequence[str] | None = None) -> int:
    """Print one JSON object per measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.bench.audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--library", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--drafts", type=int, default=200)
    args = parser.parse_args(argv)
    from evals.run import full_library

    library = args.library or full_library()
    if args.rows:
        print(json.dumps({"bench": "audit-ledger", **ledger(library, args.rows)}, ensure_ascii=False), flush=True)
    if args.drafts:
        print(json.dumps({"bench": "audit-drafts", **many(library, args.drafts)}, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
