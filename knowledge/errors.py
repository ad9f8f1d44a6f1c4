"""One exception tree, and the problem codes a report may carry.

Every message is Chinese and says what, where, what is allowed, what to do (of-core's ladder: clear, concise, actionable).
"""

from __future__ import annotations


class JianzhengError(Exception):
    """Root of every error this project raises on purpose; ``str(error)`` is a Chinese sentence for the user."""


class RejectedFile(JianzhengError):
    """A file that is refused whole 拒收; the library stays as it was."""


class NotFound(JianzhengError):
    """A reference that names nothing in the library."""


class Ambiguous(JianzhengError):
    """A reference or name that fits several things; ``candidates`` lists them."""

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class LibraryLocked(JianzhengError):
    """Another process is writing to the library."""


class LibraryDamaged(JianzhengError):
    """The store does not open or fails its integrity check."""


class BadRule(JianzhengError):
    """Rule, policy or lexicon data that does not validate."""


class BadSetting(JianzhengError):
    """A setting whose value is not allowed."""


# code → (title, what it means and what to do). Tests check that every code used is listed here.
PROBLEMS: dict[str, tuple[str, str]] = {
    "LAW_EMPTY": ("法规没有正文", "文件只有标题和题注。请核对来源文件，换成完整文本后重新入库。"),
    "LAW_NO_TITLE": ("法规没有标题", "没有认出标题，已用文件名代替。请在文件第一行写明标题后重新入库。"),
    "LAW_UNDATED": ("法规没有日期", "文件名和题注都没有日期，时间效力按未知处理。请在文件名后加（YYYY-MM-DD）或补充题注。"),
    "LAW_MISSING_ARTICLE": ("缺条", "条号不连续，缺少的条没有可引用的文本。请与公布文本核对。"),
    "LAW_REPEATED_ARTICLE": ("重条", "同一条号出现两次，两处都已收录。请与公布文本核对。"),
    "LAW_INLINE_ARTICLE": ("连排的条", "条号没有另起一行，已按条号拆开。请与公布文本核对。"),
    "LAW_FIRST_ARTICLE": ("不从第一条开始", "正文第一个条号不是第一条；如不是分编文件，前面的条号可能缺失。请与公布文本核对。"),
    "ROW_WITHOUT_PROOF": ("缺证明名称的行", "这一行没有证明名称，没有入库。请核对原文件。"),
    "TABLE_WITHOUT_PROOFS": ("不是清单的表", "表格没有证明名称列，没有作为清单读入。"),
    "TABLE_NOT_RECOGNISED": ("认不出表头的表", "没有读入。请核对表头名称，或补上“证明名称”等列名后重新导入。"),
    "ITEM_NOT_READ": ("没有读成条目的段落", "像清单的一项，但没有读出证明名称。请核对原文。"),
    "NO_ROWS": ("清单没有行", "文件像清单，但没有读到任何一行。请核对表头。"),
    "SERIAL_GAP": ("序号断号", "清单序号不连续。请核对原文件是否漏行或分批公布。"),
    "SERIAL_REPEAT": ("序号重复", "清单序号有重复。请核对原文件。"),
    "TOTAL_DIFFERS": ("项数不符", "文中写明的项数与读到的行数不同。请核对是否只附了一部分或按别的口径计数。"),
    "PAGE_WITHOUT_TEXT": ("没有文字的页", "可能是扫描页，没有读入。请安装识别部件或换成文字版。"),
    "CHARACTERS_LOST": ("字数不符", "读入的字少于文件里的字。请核对报告列出的部分。"),
    "PARTIAL_DATE": ("日期不全", "只写到年或月，按未知处理。可用 --published 指定。"),
    "EXTRACTIONS_DIFFER": ("两种方法读出的表不同", "同一个表用另一种方法读出的字或行数不同，可能有漏字漏行。请对照原文件核对。"),
    "ROWS_OUTSIDE_TABLE": ("表外有成栏的字", "有几行字排成几栏却没有读进表格，可能漏了行。请对照原件核对这一段。"),
    "ROWS_BY_SPACING": ("行按行距分开", "扫描件的表没有横线也没有序号，行可能分错。请与原件核对。"),
    "READ_FROM_IMAGE": ("识别出来的文字", "这些页是图片，文字由识别部件读出，可能有个别错字。请与原件核对。"),
    "UNSURE_CHARACTERS": ("识别没有把握", "图片不清楚，这些字可能认错。请与原件核对，必要时用 correct 改正。"),
    "HIDDEN_TEXT": ("隐藏文字", "白色、极小、页面之外或设为隐藏的文字没有当作正文。"),
    "HIDDEN_SHEET": ("隐藏工作表", "已照读，请核对是否应当公开。"),
    "HIDDEN_ROWS": ("隐藏行", "已照读，请核对。"),
    "HIDDEN_COLUMNS": ("隐藏列", "已照读，请核对。"),
    "FORMULA_WITHOUT_VALUE": ("公式没有结果", "公式不会被计算。请在表格软件中打开并保存后重新导入。"),
    "TRACKED_DELETIONS": ("修订痕迹", "已删除的字没有读入，插入的字按已接受读入。"),
    "WATERMARK": ("水印", "斜排文字没有当作正文。"),
    "CSV_QUOTES": ("引号不成对", "部分单元格可能并在一起，请核对。"),
}
