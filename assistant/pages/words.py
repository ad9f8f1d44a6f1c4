"""The words of the pages in Chinese and English. Law, lists and decisions stay in Chinese; only the frame around them is translated."""

from __future__ import annotations

LANGUAGES = ("zh", "en")
HTML_LANG = {"zh": "zh-CN", "en": "en"}

_WORDS: dict[str, tuple[str, str]] = {
    "brand": ("减证", "Jianzheng"),
    "tagline": ("这份证明，该不该要", "Is this proof really required?"),
    "nav": ("主导航", "Main navigation"),
    "nav.ask": ("问一问", "Ask"),
    "nav.lists": ("查清单", "Lists"),
    "nav.overview": ("看全局", "Overview"),
    "nav.library": ("资料库", "Library"),
    "nav.reports": ("举报线索", "Reports"),
    "skip": ("跳到正文", "Skip to content"),
    "tool.large": ("大字", "Large type"),
    "tool.theme": ("深浅色", "Light or dark"),
    "tool.lang": ("English", "中文"),
    "tool.account": ("账号", "Account"),
    "login.title": ("登录", "Sign in"),
    "login.lead": (
        "群众不用登录。窗口、审核和管理人员登录后能看台账、管理资料。",
        "Citizens need no account. Staff sign in to see ledgers and to manage sources.",
    ),
    "login.name": ("账号", "Name"),
    "login.secret": ("口令", "Secret"),
    "login.go": ("登录", "Sign in"),
    "login.as": ("已登录：{name}（{rank}）", "Signed in: {name} ({rank})"),
    "login.out": ("退出", "Sign out"),
    "setup.title": ("设置管理员", "Make the first administrator"),
    "setup.lead": (
        "还没有管理员。请输入启动服务的终端里印出的设置口令，再定一个账号和口令（至少 10 个字符）。",
        "There is no administrator yet. Enter the code printed where the server was started, then choose a name and a secret (10 characters or more).",
    ),
    "setup.code": ("设置口令", "Setup code"),
    "setup.go": ("设置", "Make"),
    "title": ("这份证明，该不该要？", "Is this proof really required?"),
    "lead": (
        "写下办什么事、要什么证明。结论由公布的法规和清单逐条判断，每一句都能点开原文。",
        "Say what you are applying for and which proof is asked of you. Every answer rests on published law that you can open.",
    ),
    "question": ("问题", "Question"),
    "question.hint": (
        "例如：办理公租房要收入证明吗（按 / 开始写，回车提问）",
        "In Chinese, e.g. 办理公租房要收入证明吗 (press / to type, Enter to ask)",
    ),
    "region": ("在哪里办", "Region"),
    "region.auto": ("如 义乌；空着按问题里写的", "e.g. 义乌; empty: as in the question"),
    "day": ("哪一天（空着是今天）", "Day (empty: today)"),
    "role": ("我是", "I am"),
    "role.citizen": ("办事群众", "Citizen"),
    "role.window": ("窗口人员", "Window staff"),
    "role.reviewer": ("审核人员", "Reviewer"),
    "ask": ("问", "Ask"),
    "new": ("重新问", "New question"),
    "examples": ("试一试", "Try one"),
    "suggestions": ("名称提示", "Suggested names"),
    "follow": ("接着上一问", "Following the last question"),
    "follow.drop": ("不接上一问", "Do not follow on"),
    "verdict": ("结论", "Verdict"),
    "path": ("取消路径", "Path"),
    "now": ("现在怎么办", "What to do now"),
    "say.window": ("可以这样对群众说", "Say this to the applicant"),
    "say.citizen": ("可以这样对窗口说", "Say this at the window"),
    "copy": ("复制", "Copy"),
    "copied": ("已复制", "Copied"),
    "basis": ("依据", "Legal basis"),
    "basis.none": ("没有引用依据。", "No citation."),
    "open": ("看原文", "Open the text"),
    "gist": ("要旨，非原文", "Gist, not the original words"),
    "verbatim": ("原文", "Original words"),
    "near": ("为什么不是这些", "Why not these"),
    "steps": ("怎么判断的", "How this was decided"),
    "step.fact": ("事实", "Fact"),
    "step.outcome": ("结论", "Outcome"),
    "step.cites": ("依据", "Basis"),
    "also": ("也可以走", "Also possible"),
    "parts": ("逐样看", "One by one"),
    "scope": ("查了什么", "What was searched"),
    "scope.day": ("按{day}有效的规定", "Rules in force on {day}"),
    "scope.region": ("地区：{region}", "Region: {region}"),
    "scope.scan": (
        "逐条扫描了{instruments}部法规、{provisions}条",
        "Scanned {instruments} instruments, {provisions} provisions one by one",
    ),
    "scope.terms": ("查找的名称：{terms}", "Names searched: {terms}"),
    "scope.corpus": ("资料指纹 {corpus}", "Corpus fingerprint {corpus}"),
    "back": ("还差一点", "One thing first"),
    "back.other": ("都不是，我自己写", "None of these, let me write"),
    "out": ("不在受理范围", "Not something this can answer"),
    "actions": ("带走", "Take away"),
    "print": ("打印", "Print"),
    "letter.verification": ("部门核查函", "Verification letter"),
    "letter.commitment": ("告知承诺书", "Commitment form"),
    "letter.notice": ("一次性告知单", "One-time notice"),
    "letter.complaint": ("投诉信草稿", "Complaint draft"),
    "letter.note": ("给窗口看的说明", "A note for the window"),
    "keys": (
        "快捷键：/ 写问题　回车 提问　c 承诺书　v 核查函　p 打印",
        "Keys: / write, Enter ask, c commitment, v verification letter, p print",
    ),
    "waiting": ("正在查……", "Looking it up…"),
    "empty": ("请先写下问题。", "Please write a question first."),
    "long": ("问题太长了，请写在 2000 字以内。", "Please keep the question under 2000 characters."),
    "bad.day": ("日期“{day}”看不懂，请写成 2026-11-21 这样。", "Cannot read the date “{day}”; write it like 2026-11-21."),
    "bad.region": (
        "没有找到地区“{region}”，请写全称，如 浙江省金华市义乌市。",
        "No region “{region}”; write its full name, e.g. 浙江省金华市义乌市.",
    ),
    "many.region": ("“{region}”有好几个，是哪一个？", "There are several “{region}”. Which one?"),
    "failed": ("这一问没有办成，请再试一次；仍不行请告诉管理员。", "This did not work. Please try again, or tell the administrator."),
    "source.law": ("原文中的位置", "Place in the text"),
    "source.list": ("清单中的位置", "Place in the list"),
    "source.page": ("第{page}页，框出的是这一行", "Page {page}; the row is boxed"),
    "source.whole": ("看整页", "Whole page"),
    "source.file": ("文件", "File"),
    "source.sheet": ("工作表“{sheet}”第{row}行", "Sheet “{sheet}”, row {row}"),
    "source.table": ("第{table}个表第{row}行", "Table {table}, row {row}"),
    "source.gone": ("库里已没有这一条原文。", "The text is no longer in the library."),
    "source.gist": (
        "库里没有这部法规的原文，以下是本项目自写的要旨，引用前请核对公布文本。",
        "The library lacks the original; this is our own gist. Check the published text before quoting.",
    ),
    "status.in_force": ("现行有效", "In force"),
    "status.not_yet_in_force": ("尚未施行", "Not yet in force"),
    "status.amended": ("已被新版本取代", "Superseded"),
    "status.repealed": ("已废止", "Repealed"),
    "status.unknown": ("效力未知", "Status unknown"),
    "footer": (
        "只依据公布的法规和清单判断，不是法律意见。不收集个人信息；像身份证号、电话的数字会自动隐去。",
        "Decided on published law and lists only; not legal advice. No personal data is kept; numbers that look like identity cards or telephones are masked.",
    ),
}

VERDICT = {
    "may_demand": ("能要", "May be required"),
    "may_not_demand": ("不能要", "May not be required"),
    "conditional": ("看情况", "It depends"),
    "undetermined": ("定不了", "Cannot be decided yet"),
}
PATH = {
    "direct_cancel": ("直接取消", "Dropped outright"),
    "data_sharing": ("数据共享", "Data sharing"),
    "dept_verification": ("部门核验", "Checked between departments"),
    "commitment": ("告知承诺", "Written commitment"),
    "substitute": ("证照或其他材料替代", "Replaced by a licence or other paper"),
    "agency": ("代办", "Obtained on your behalf"),
    "retain": ("保留", "Kept"),
}
LEVEL = {
    "constitution": ("宪法", "Constitution"),
    "law": ("法律", "Law"),
    "admin_regulation": ("行政法规", "Administrative regulation"),
    "state_council_decision": ("国务院决定", "State Council decision"),
    "judicial_interpretation": ("司法解释", "Judicial interpretation"),
    "local_regulation": ("地方性法规", "Local regulation"),
    "dept_rule": ("部门规章", "Departmental rule"),
    "local_rule": ("地方政府规章", "Local government rule"),
    "normative_document": ("规范性文件", "Normative document"),
    "treaty": ("国际条约", "Treaty"),
    "unknown": ("层级未知", "Rank unknown"),
}
WHY_NOT = {
    "rank": ("位阶不够", "Rank too low"),
    "repealed": ("已废止或被取代", "Repealed or replaced"),
    "not_yet_in_force": ("当日还没施行", "Not yet in force"),
    "other_region": ("是别的地区的", "Another region"),
    "other_matter": ("是别的事项的", "Another matter"),
    "other_addressee": ("对象不同", "Another addressee"),
}
LIST_KIND = {
    "cancel": ("取消", "Cancelled"),
    "retain": ("保留", "Retained"),
    "commitment": ("告知承诺", "Commitment"),
    "not_issued_by": ("不应由其出具", "Not to be issued by"),
    "agency": ("代办", "Obtained for you"),
    "ledger": ("台账", "Ledger"),
}
FIELDS = {
    "serial": ("序号", "No."),
    "matter": ("办理事项", "Matter"),
    "proof_name": ("证明名称", "Proof"),
    "purpose": ("用途", "Purpose"),
    "original_basis": ("设定依据", "Basis"),
    "requesting_body": ("索要单位", "Asked by"),
    "issuing_body": ("开具单位", "Issued by"),
    "replacement": ("取消后的办理方式", "What replaces it"),
}


def word(key: str, lang: str = "zh", **values: object) -> str:
    """The words for a key in a language, with ``{name}`` places filled."""
    text = _WORDS[key][LANGUAGES.index(lang)]
    return text.format(**values) if values else text


def choice(table: dict[str, tuple[str, str]], key: str | None, lang: str = "zh") -> str:
    """An entry of one of the tables; an unknown key shows itself."""
    if not key:
        return ""
    return table[key][LANGUAGES.index(lang)] if key in table else key
