"""`khoyte docs`: pages of docs/ that are made from the code. `--check` compares instead of writing.

Only Vietnamese words of rules and a few English headings: the pages serve officials first, vendors second.
"""

import csv
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path

import click

from khoyte.foundation.calendar import format_date
from khoyte.guidance.guides import guides
from khoyte.legal.evidence import NO_EVIDENCE, Evidence, holds, is_shown, requirements
from khoyte.rules.declaration import QUALITY, Example, Rule
from khoyte.signing import canonical
from khoyte.standards import changes, epochs, standard_on
from khoyte.submissions import limits as receipt_limits
from khoyte.submissions.reader.limits import LIMITS
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.units import exports
from khoyte.units.enums import Role, Scope
from khoyte.units.policy import PERMISSIONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs"
MADE = "<!-- Made by `khoyte docs` from the code; edit the code, not this page. -->"


@click.command(help="Sinh docs/ từ mã nguồn · Write (or --check) the generated pages of docs/.")
@click.option("--check", is_flag=True, help="So sánh, không ghi · Compare only; 1 when they differ.")
def docs(check: bool) -> int:
    stale = 0
    for name, make in PAGES.items():
        path, made = FOLDER / name, make()
        standing = path.read_text(encoding="utf-8") if path.exists() else ""
        if made == standing:
            continue
        stale += 1
        if check:
            click.echo(_difference(standing, made, name), err=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made, encoding="utf-8")
            click.echo(f"docs/{name}")
    return 1 if check and stale else 0


def _difference(standing: str, made: str, name: str) -> str:
    """Its first lines, to see at a glance what was forgotten."""
    lines = difflib.unified_diff(standing.splitlines(), made.splitlines(), name, name, lineterm="", n=0)
    return "\n".join(list(lines)[:20])


NEEDS = {"file": "tệp gửi", "store": "dữ liệu đã lưu", "register": "danh sách đăng ký hành nghề"}


def rules_page() -> str:
    """Every rule by number: declared ones with their examples, those of the field list in one line each."""
    day = epochs()[-1]
    grouped: dict[str, list[Rule]] = {}
    for rule in sorted(RULEBOOK.rules_on(day, standard_on(day)), key=lambda rule: rule.id):
        grouped.setdefault(rule.id, []).append(rule)
    lines = [
        MADE,
        "# Quy tắc kiểm tra dữ liệu",
        "",
        f"Các quy tắc áp dụng cho hồ sơ từ {format_date(day)}. E: chưa đạt; W: cảnh báo; I: thông tin.",
        "Cột *tiếp nhận* là mức khi Khoyte tiếp nhận, *trước khi gửi BHXH* là mức để cơ sở tự rà soát.",
        "",
        *_head("quy tắc", "nội dung", "tiêu chí", "tiếp nhận", "trước khi gửi BHXH", "dữ liệu để kiểm tra"),
    ]
    lines += [_rule_line(number, rules, day) for number, rules in grouped.items()]
    for number, rules in grouped.items():
        lines += _rule_section(number, rules)
    return "\n".join(lines) + "\n"


def _rule_line(number: str, rules: Sequence[Rule], day: date) -> str:
    first = rules[0]
    levels = [
        min((rule.level_on(profile, day) for rule in rules), key="EWI".index)
        for profile in ("store", "precheck")
    ]
    link, label = f"[{number}](#{number.lower()})", first.label.vi.replace("|", "/")
    return _line(link, label, QUALITY[first.quality].vi, *levels, NEEDS[first.needs])


def _rule_section(number: str, rules: Sequence[Rule]) -> list[str]:
    lines = ["", f"## {number}"]
    by_words: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        by_words.setdefault((rule.label.vi, rule.message.vi), []).append(rule)
    for (label, message), same in by_words.items():
        where = sorted({f"{rule.table}.{rule.field}".strip(".") for rule in same} - {""})
        shown = ", ".join(where[:12]) + (f" và {len(where) - 12} trường khác" if len(where) > 12 else "")
        lines += ["", f"**{label}**", "", f"- Thông báo: {message}", f"- Cách sửa: {same[0].hint.vi}"]
        lines += [f"- Căn cứ pháp lý: {same[0].legal}"]
        lines += [f"- Trường: {shown}"] if shown else []
        for example in [example for rule in same for example in rule.examples][:1]:
            lines += _example(example)
    return lines


def _example(example: Example) -> list[str]:
    lines = []
    for title, overlay in (("Ví dụ chưa đạt", example.fails), ("Ví dụ đạt", example.passes)):
        if overlay:
            lines += ["", f"{title}:", "", *_head("bảng", "dòng", "trường", "giá trị"), *_cells(overlay)]
    return lines


def _cells(overlay: Mapping[str, Sequence[Mapping[str, str | None]]]) -> Iterable[str]:
    for table, rows in overlay.items():
        if not rows:
            yield f"| {table} | | | (không có bảng) |"
        for number, row in enumerate(rows, 1):
            for name, value in row.items():
                shown = "(không có thẻ XML)" if value is None else f"`{value}`" if value else "(trống)"
                yield _line(table, str(number), name, shown)


def standard_page() -> str:
    """What each legal instrument changed, period by period."""
    lines = [MADE, "# Chuẩn dữ liệu theo thời gian", ""]
    lines += ["Mỗi hồ sơ được kiểm tra theo quy định của ngày ra viện (NGAY_RA)."]
    for epoch in epochs():
        lines += ["", f"## Từ {format_date(epoch)}", ""]
        first = ["- Chuẩn dữ liệu ban đầu theo Quyết định 4750/QĐ-BYT."]
        found = [f"- {row.table} {row.field}: {row.what.vi} ({row.legal})" for row in changes(epoch)]
        lines += found or first
    return "\n".join(lines) + "\n"


def limits_page() -> str:
    """Published limits of receipt and reader."""
    lines = [MADE, "# Limits", "", "The same for intake, pages and `khoyte check`.", ""]
    lines += ["| limit | value |", "|---|---:|"]
    receipt = {name: getattr(receipt_limits, name) for name in sorted(vars(receipt_limits)) if name.isupper()}
    lines += [f"| {name} | {value:,} |" for name, value in receipt.items()]
    exported = {name: getattr(exports, name) for name in ("FILES_PER_DAY", "ROWS_PER_DAY")}
    lines += [f"| export: {name} | {value:,} |" for name, value in exported.items()]
    lines += [f"| reader: {field.name} | {getattr(LIMITS, field.name):,} |" for field in fields(LIMITS)]
    signing = {"WINDOW_BYTES", "IRREGULAR_WINDOW_BYTES", "FRAME_BYTES"}
    lines += [f"| signature: {name} | {getattr(canonical, name):,} |" for name in sorted(signing)]
    return "\n".join(lines) + "\n"


MATRIX = Path(__file__).parents[1] / "nonprod" / "matrix" / "data"
_REACH = {"no": "", "yes": "có", "own": "mình", "province": "tỉnh", "all": "tất cả", "any": "tất cả"}
_KINDS = {"F": "cơ sở", "P": "Sở Y tế", "M": "Bộ Y tế", "D": "Vụ, Cục"}


def permissions_page() -> str:
    """Who may do what, in the sentences of the policy, and what each address answers to each role."""
    lines = [MADE, "# Who may do what", ""]
    lines += _head("act", "who", "scope of tokens", "whose records", "in words")
    for line in PERMISSIONS:
        who = ", ".join(str(role) for role in line.roles)
        scopes = ", ".join(str(scope) for scope in line.scopes)
        lines.append(_line(line.action, who, scopes, line.relation, line.sentence.vi))
    return "\n".join([*lines, *_matrix_section(), *_fields_section()]) + "\n"


def _matrix_section() -> list[str]:
    """The expected table of the authorisation matrix, as far as an auditor needs it."""
    return [
        "",
        "## Mỗi địa chỉ trả lời ai",
        "",
        "Bảng kỳ vọng của ma trận phân quyền (`khoyte fault matrix` thử từng ô). *có*: được phục vụ, yêu cầu"
        " không nêu dữ liệu của ai; *mình*: dữ liệu của đơn vị mình; *tỉnh*: của cơ sở thuộc tỉnh; *tất cả*:"
        " của mọi cơ sở; trống: bị từ chối. *ngoài phạm vi*: mã trả lời cho người có quyền nhưng hỏi dữ liệu"
        " của đơn vị khác, như nhau với dữ liệu không tồn tại.",
        "",
        *_head("địa chỉ", *Role, "mã truy cập", "ngoài phạm vi", "nội dung"),
        *(
            _line(
                f"{row['method']} `{row['route']}{row['ask']}` {row['send']}".rstrip(),
                *(_reach(row[role]) for role in Role),
                _tokens(row),
                row["else"],
                row["sentence"],
            )
            for row in _rows(MATRIX / "expected.csv")
        ),
    ]


def _fields_section() -> list[str]:
    """Who reads which field where."""
    shown = {"clear": "rõ", "masked": "che bớt", "never": "không"}
    return [
        "",
        "## Trường nào ai đọc được",
        "",
        *_head("trường", "hiển thị", "tại", *Role, "mã truy cập", "nội dung"),
        *(
            _line(
                row["what"],
                shown[row["shown"]],
                ", ".join(f"`{route}`" for route in row["where"].split()),
                *(_reach(row[role]) for role in Role),
                _tokens(row),
                row["sentence"],
            )
            for row in _rows(MATRIX / "fields.csv")
        ),
    ]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _reach(cell: str) -> str:
    """One word, or one per kind of unit where the role is held in several."""
    parts = [part.partition("=")[0].rpartition(":") for part in cell.split()]
    return ", ".join(f"{_KINDS[kind]} {_REACH[reach]}" if kind else _REACH[reach] for kind, _, reach in parts)


def _tokens(row: Mapping[str, str]) -> str:
    """Scopes that are served, each with the kinds of unit and how far they reach."""
    said = []
    for scope in Scope:
        parts = [part.split(":") for part in row[scope].split()]
        kinds = ", ".join(f"{_KINDS[kind]} {_reach(reach)}" for kind, reach in parts)
        said += [f"{scope} ({kinds})"] if parts else []
    return "mọi mã" if len(said) == len(Scope) and row["anonymous"] == "yes" else "; ".join(said)


def evidence_page() -> str:
    """What shows that requirements of security are met; what nothing shows stands in red."""
    found = requirements()
    shown = [one for one in found if is_shown(one, ROOT)]
    lines = [
        MADE,
        "# Bằng chứng đáp ứng yêu cầu an toàn thông tin",
        "",
        "Mỗi yêu cầu có một hoặc nhiều bằng chứng: kiểm thử (chạy bằng `make test`), tham số, việc của",
        "đơn vị vận hành, hoặc lý do không áp dụng. Số thứ tự trong các nhóm của TCVN 14423:2026 là của bảng",
        "này, không phải số điều khoản. OWASP ASVS 5.0 được xét theo mục, với các yêu cầu mức 1 và mức 2.",
        "",
        f"{len(shown)}/{len(found)} yêu cầu có đủ bằng chứng. 🔴: chưa đáp ứng hoặc mới đáp ứng một phần.",
        "",
        "Evidence for each requirement; 🔴 marks what nothing shows yet.",
    ]
    for standard in dict.fromkeys(one.standard for one in found):
        own = [one for one in found if one.standard == standard]
        met = sum(one in shown for one in own)
        lines += ["", f"## {standard} ({met}/{len(own)})", "", *_head("yêu cầu", "nội dung", "bằng chứng")]
        for one in own:
            told = "<br>".join(_evidence(line) for line in one.lines)
            lines.append(_line(f"{'' if one in shown else '🔴 '}{one.item}", one.title.vi, told))
    return "\n".join(lines) + "\n"


def _evidence(line: Evidence) -> str:
    note = line.note.vi.replace("|", "/")
    if not holds(line, ROOT):
        told = " ".join(part for part in (f"`{line.evidence}`" if line.evidence else "", note) if part)
        return f"🔴 **{NO_EVIDENCE.vi} / {NO_EVIDENCE.en}**" + (f": {told}" if told else "")
    words = {"test": "kiểm thử", "setting": "tham số", "duty": "việc của đơn vị vận hành", "reason": "lý do"}
    named = [f"`{line.evidence}`"] if line.evidence else []
    return f"{words[line.kind]}: {' '.join([*named, note]).strip()}"


def _head(*titles: str) -> list[str]:
    return [_line(*titles), "|" + "---|" * len(titles)]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _guide_page(name: str) -> Callable[[], str]:
    """A guide in both languages with its pictures, as `/huong-dan` shows it."""

    def write() -> str:
        guide = guides()[name]
        title = f"# {guide.label.vi} · {guide.label.en}"
        lines = [MADE, title, "", guide.about.vi, "", f"*{guide.about.en}*"]
        for place, step in enumerate(guide.steps, start=1):
            lines += ["", f"## {place}. {step.title.vi}", "", step.text.vi, ""]
            lines += [f"*{step.title.en}. {step.text.en}*"]
            if step.picture:
                lines += ["", f"![{step.control}](../../khoyte/guidance/static/khoyte/{step.picture})"]
        return "\n".join(lines) + "\n"

    return write


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page,
    "standard.md": standard_page,
    "limits.md": limits_page,
    "permissions.md": permissions_page,
    "evidence.md": evidence_page,
    **{f"guides/{name}.md": _guide_page(name) for name in guides()},
}
