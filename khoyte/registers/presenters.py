"""Records as pages show them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from khoyte.foundation.calendar import format_date, working_days_between
from khoyte.foundation.identifiers import mask
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Kind, Link, Pages, Table, Tag, Tone
from khoyte.registers import content as contents
from khoyte.registers.checking import check
from khoyte.registers.content import Content
from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.documents import JPEG
from khoyte.registers.known import register
from khoyte.registers.ladder import STATE_LABELS, State
from khoyte.registers.models import Case, Document, Evidence, Record, Rejection, Step, Version
from khoyte.registers.queries import UNCONFIRMED, names_of
from khoyte.units import queries as units

TONES: dict[State, Tone] = {
    State.DRAFT: "info",
    State.IN_REVIEW: "wait",
    State.RETURNED: "warn",
    State.CONFIRMED: "good",
    State.WITHDRAWN: "bad",
}
YES, NO = Text(vi="Có", en="Yes"), Text(vi="Không", en="No")
SOURCES = {
    "form": Text(vi="nhập trên trang", en="typed into the page"),
    "api": Text(vi="phần mềm gửi", en="sent by software"),
    "import": Text(vi="nhập từ tệp", en="imported"),
    "command": Text(vi="nhập bằng lệnh", en="entered by command"),
    "issued": Text(vi="hệ thống cấp khi xác nhận", en="issued on confirmation"),
}
ACTS = {
    "submit": Text(vi="Gửi rà soát", en="Sent for review"),
    "confirm": Text(vi="Xác nhận", en="Confirmed"),
    "return": Text(vi="Trả lại bổ sung", en="Returned"),
    "withdraw": Text(vi="Rút hồ sơ", en="Withdrawn"),
    "settle": Text(vi="Giải quyết khác biệt", en="Difference settled"),
}


def state_tag(record: Record) -> Tag:
    state = State(record.state)
    return Tag(TONES[state], STATE_LABELS[state])


Names = Mapping[str, str]
CODES_ALONE: Names = {}


def value_words(field: Field, value: Any, *, masked: bool = False, names: Names | None = None) -> str:
    """A value as people read it, in the language of the page; "" for none.

    A code stands with its name; `names`: those of many values, asked for at once (`names_in`).
    """
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return formats.said(YES if value else NO)
    if field.kind == "code":
        return formats.said(field.labels_by_code.get(value, value))
    if isinstance(value, list | tuple):
        known = names_in(field, [value]) if names is None else names
        return "; ".join(_with_name(str(one), known) for one in value)
    if field.kind == "integer":
        shown = formats.number(value)
        return f"{shown} {formats.said(field.measure)}" if field.measure else shown
    if field.kind in ("date", "partial_date"):
        return day_words(str(value))
    if field.is_document:
        # Two documents are told apart by the beginning of their digests.
        return formats.said(DOCUMENT.fill(digest=str(value)[:8]))
    if field.sealed and masked:
        return mask(value)
    return _with_name(str(value), names_in(field, [value]) if names is None else names)


def names_in(field: Field, values: Iterable[Any]) -> Names:
    """What the values of a field are called, of all that are shown together; {} for a field without names."""
    asked = field.names or (units.names_of if field.kind == "facility_code" and field.references else None)
    if asked is None:
        return CODES_ALONE
    given = (value if isinstance(value, list | tuple) else [value] for value in values if value)
    codes = {str(one) for several in given for one in several}
    return asked(codes) if codes else CODES_ALONE


def unit_words(code: str) -> str:
    """A unit as people know it, with its code; "" for none."""
    return _with_name(code, units.names_of([code])) if code else ""


def _with_name(code: str, names: Names) -> str:
    return f"{names[code]} ({code})" if names.get(code) else code


def form_words(declaration: Declaration, content: Mapping[str, Any]) -> dict[str, str]:
    """Content as the form of its register shows it, a text for every field."""
    return {
        name: day_words(value) if value and declaration.by_name[name].kind == "partial_date" else value or ""
        for name, value in contents.raw_of(declaration, content).items()
    }


DOCUMENT = Text(vi="Có tài liệu (mã tệp {digest})", en="A document (file {digest})")


def day_words(written: str) -> str:
    """05/03/2026, 03/2026 or 2026: as much as is known."""
    if len(written) == 10:
        return format_date(date.fromisoformat(written))
    return "/".join(reversed(written.split("-")))


# Lists


def register_rows(lines: Iterable[tuple[Declaration, int, int]]) -> Table:
    """The registers with how many records one may see and how many of them wait to be sent."""
    return Table(
        title=Text(vi="Các sổ đăng ký", en="Registers"),
        name="registers",
        columns=(
            Column("label", Text(vi="Sổ", en="Register"), head=True),
            Column("steward", Text(vi="Đơn vị chủ quản", en="Steward")),
            Column("records", Text(vi="Hồ sơ", en="Records"), "number"),
            Column("open", Text(vi="Chưa xác nhận", en="Not confirmed"), "number"),
        ),
        rows=[
            {
                "label": Cell(one.label, href=f"/so-dang-ky/{one.name}"),
                "steward": one.steward,
                "records": records,
                "open": Cell(
                    unsent, href=f"/so-dang-ky/{one.name}?trang-thai={UNCONFIRMED}" if unsent else ""
                ),
            }
            for one, records, unsent in lines
        ],
        empty=Text(vi="Chưa có sổ đăng ký nào.", en="There is no register."),
    )


def record_table(
    declaration: Declaration,
    records: Sequence[Record],
    *,
    pages: Pages | None = None,
    downloads: Sequence[Link] = (),
    links: Sequence[Link] = (),
    whole: bool = False,
) -> Table:
    """One line per record; `whole` shows every field but those that are sealed (for a sheet)."""
    fields = listed_fields(declaration, whole=whole)
    if declaration.named_by:
        other = register(declaration.by_name[declaration.named_by].references).declaration
        pointed = Column(NAMED, other.label, head=True)
        columns = [pointed, *(column_of(field) for field in fields)]
    else:
        columns = [Column(fields[0].name, fields[0].label, head=True), *map(column_of, fields[1:])]
    columns.append(Column("state", Text(vi="Trạng thái", en="State"), "tag"))
    return Table(
        title=declaration.label,
        name="records",
        columns=columns,
        rows=_record_rows(declaration, fields, records, whole=whole),
        total=pages.total if pages else None,
        pages=pages,
        empty=EMPTY,
        downloads=downloads,
        links=links,
    )


def listed_fields(declaration: Declaration, *, whole: bool = False) -> list[Field]:
    """The columns of a list: what names the record first."""
    chosen = [field for field in declaration.fields if (field.listed or whole) and not field.sealed]
    return sorted(chosen, key=lambda field: field.name != declaration.title[0])


EMPTY = Text(
    vi="Chưa có hồ sơ nào theo nội dung tìm và bộ lọc. Kê khai từng hồ sơ hoặc nhập từ tệp Excel.",
    en="No record for this search. Declare records one by one or import a sheet.",
)


def column_of(field: Field) -> Column:
    """Its cells hold whole numbers and days themselves, the rest as words."""
    return Column(field.name, field.label, _LISTED_AS.get(field.kind, "text"))


_LISTED_AS: Mapping[str, Kind] = {"integer": "number", "date": "day"}


NAMED = "named"


def _record_rows(
    declaration: Declaration, fields: Sequence[Field], records: Sequence[Record], *, whole: bool
) -> list[dict[str, object]]:
    """A sheet (`whole`) has codes alone, as it is read back."""
    found = [contents.content_of(declaration, record) for record in records]
    names = names_of(declaration, found)
    called = {
        field.name: CODES_ALONE if whole else names_in(field, [one[field.name] for one in found])
        for field in fields
    }
    return [_record_row(declaration, fields, called, *one) for one in zip(records, found, names, strict=True)]


def _record_row(
    declaration: Declaration,
    fields: Sequence[Field],
    called: Mapping[str, Names],
    record: Record,
    content: Mapping[str, Any],
    name: str,
) -> dict[str, object]:
    row: dict[str, object] = {}
    for field in fields:
        value = content[field.name]
        row[field.name] = value if field.kind == "integer" else _in_list(field, value, called[field.name])
        if field.kind == "date":
            row[field.name] = date.fromisoformat(str(value)) if value else None
    head = NAMED if declaration.named_by else fields[0].name
    words = row.get(head) or name
    if not words and declaration.named_by:
        words = mask(content[declaration.named_by] or "")
    row[head] = Cell(words or "–", href=f"/so-dang-ky/{declaration.name}/{record.pk}")
    row["state"] = state_tag(record)
    return row


def _in_list(field: Field, value: Any, names: Names) -> str:
    """Of a document only whether there is one."""
    return formats.said(YES if value else NO) if field.is_document else value_words(field, value, names=names)


# One record


@dataclass(frozen=True)
class Section:
    label: Text
    facts: Sequence[Fact]


def sections(
    declaration: Declaration,
    content: Mapping[str, Any],
    proofs: Mapping[str, Evidence],
    *,
    masked: bool,
    documents_at: str = "",
) -> list[Section]:
    """Facts by section, each with what is known of its truth; empty ones only where they are required.

    `documents_at`: below which address the record's documents are opened.
    """
    found: dict[Text, list[Fact]] = {}
    for field in declaration.fields:
        words = value_words(field, content.get(field.name), masked=masked)
        if words or field.required:
            found.setdefault(field.group, []).append(
                Fact(
                    field.label,
                    words,
                    href=f"{documents_at}/{field.name}"
                    if words and field.is_document and documents_at
                    else "",
                    note=_proof_words(declaration, proofs.get(field.name)) if words else "",
                )
            )
    return [Section(label, facts) for label, facts in found.items()]


PROOFS = {
    "population": Text(vi="khớp CSDL quốc gia về dân cư", en="agrees with the population database"),
    "population_mismatch": Text(
        vi="KHÔNG khớp CSDL quốc gia về dân cư", en="does NOT agree with the population database"
    ),
    "population_not_found": Text(
        vi="không tìm thấy trong CSDL quốc gia về dân cư", en="not found in the population database"
    ),
    "population_cancelled": Text(
        vi="số đã bị hủy theo CSDL quốc gia về dân cư", en="cancelled, says the population database"
    ),
    "population_deceased": Text(
        vi="đã mất theo CSDL quốc gia về dân cư", en="deceased, says the population database"
    ),
}
"""What a check against the population database found: evidence beside reviews, never a transition."""


def _proof_words(declaration: Declaration, evidence: Evidence | None) -> Text:
    if evidence is None:
        return Text(vi="tự kê khai", en="declared")
    levels = {**PROOFS, **{level.name: level.label for level in declaration.ladder}}
    levels["paper"] = Text(vi="văn bản đã ký", en="signed paper")
    how = levels.get(evidence.source, Text(vi="đã xác nhận khi nhập sổ", en="confirmed on entry"))
    return Text(vi="{how}, {day}", en="{how}, {day}").fill(how=how, day=formats.day(evidence.at))


Beside = Callable[[Record, Mapping[str, Any]], "Section | None"]
_BESIDE: dict[str, list[Beside]] = {}


def announce_beside(register_name: str, beside: Beside) -> None:
    """A room says what stands on the page of its register's records beside their own fields."""
    _BESIDE.setdefault(register_name, []).append(beside)


def beside(register_name: str, record: Record, content: Mapping[str, Any]) -> "list[Section]":
    found = (one(record, content) for one in _BESIDE.get(register_name, ()))
    return [section for section in found if section is not None]


@dataclass(frozen=True)
class Happening:
    """One line of the history."""

    at: Any
    what: Text
    who: str
    lines: Sequence[Text]


def history(declaration: Declaration, versions: Sequence[Version], steps: Sequence[Step]) -> list[Happening]:
    """Newest first: versions with what they changed, and acts of review with their reasons."""
    found = [_version_line(declaration, version, before) for version, before in _with_before(versions)]
    found += [_step_line(declaration, step) for step in steps]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _with_before(versions: Sequence[Version]) -> list[tuple[Version, Version | None]]:
    return list(zip(versions, [*versions[1:], None], strict=True))


def _version_line(declaration: Declaration, version: Version, before: Version | None) -> Happening:
    source = SOURCES.get(version.source, Text(vi=version.source, en=version.source))
    if before is None:
        what = Text(vi="Kê khai ({source})", en="Declared ({source})").fill(source=source)
        return Happening(version.recorded_at, what, version.recorded_by, [])
    what = Text(
        vi="Sửa thành bản {n} ({source}), áp dụng từ {day}", en="Version {n} ({source}), from {day}"
    ).fill(n=version.number, source=source, day=format_date(version.effective_from))
    now = contents.opened_content(declaration, version)
    then = contents.opened_content(declaration, before)
    lines = [
        Text(vi="{label}: {old} → {new}", en="{label}: {old} → {new}").fill(
            label=field.label,
            old=value_words(field, then[field.name], masked=True) or "–",
            new=value_words(field, now[field.name], masked=True) or "–",
        )
        for field in declaration.fields
        if field.name in version.changed
    ]
    return Happening(version.recorded_at, what, version.recorded_by, lines)


def _step_line(declaration: Declaration, step: Step) -> Happening:
    levels = {level.name: level.label for level in declaration.ladder}
    what = ACTS[step.act]
    if step.level in levels:
        what = Text(vi="{act} ({level})", en="{act} ({level})").fill(act=what, level=levels[step.level])
    return Happening(step.at, what, step.by, reason_lines(declaration, step.reasons))


def reason_lines(declaration: Declaration, reasons: Mapping[str, str]) -> list[Text]:
    lines = []
    for name, words in reasons.items():
        field = declaration.by_name.get(name)
        label = field.label if field else Text(vi="Lý do chung", en="In general")
        lines.append(Text(vi="{label}: {words}", en="{label}: {words}").fill(label=label, words=words))
    return lines


# Review


@dataclass(frozen=True)
class Compared:
    """A field as declared beside what was confirmed before."""

    name: str
    label: Text
    now: str
    before: str
    changed: bool
    reason: str = ""


def rejection_lines(declaration: Declaration, rejections: Sequence[Rejection]) -> list[Text]:
    """What another system said of a record, by field."""
    lines = []
    for one in rejections:
        field = declaration.by_name.get(one.field)
        label = field.label if field else Text(vi="Cả hồ sơ", en="The whole record")
        lines.append(Text(vi=f"{label.vi}: {one.reason}", en=f"{label.en}: {one.reason}"))
    return lines


def compared(
    declaration: Declaration, now: Mapping[str, Any], before: Mapping[str, Any] | None
) -> list[Compared]:
    """Changed fields first when something was confirmed before; all filled fields otherwise."""
    lines = []
    for field in declaration.fields:
        new = value_words(field, now.get(field.name))
        old = value_words(field, before.get(field.name)) if before else ""
        if new or old or field.required:
            lines.append(Compared(field.name, field.label, new, old, bool(before) and new != old))
    return sorted(lines, key=lambda line: not line.changed)


@dataclass(frozen=True)
class Shown:
    """A document beside the fields that are reviewed: its address, and whether it is seen in the page.

    `before`: where the one that was confirmed stands, if it is another; "" if there is none.
    """

    label: Text
    href: str
    is_picture: bool
    before: str


def documents_shown(
    declaration: Declaration, record: Record, kept: Iterable[Document], then: Mapping[str, Any] | None
) -> list[Shown]:
    """The documents of a record under review; `then` is the content in force."""
    media = {bytes(one.sha256).hex(): one.media for one in kept}
    shown = []
    for field in declaration.documents:
        address = f"/so-dang-ky/{declaration.name}/{record.pk}/tai-lieu/{field.name}"
        digest, earlier = getattr(record, field.name), (then or {}).get(field.name)
        if digest in media:
            before = f"{address}?ban={record.confirmed_version}" if earlier and earlier != digest else ""
            shown.append(Shown(field.label, address, media[digest] == JPEG, before))
    return shown


def queue_table(
    cases: Sequence[Case], labels: Mapping[str, Text], *, today: date, more: Link | None
) -> Table:
    return Table(
        title=Text(vi="Hồ sơ chờ rà soát", en="Waiting for review"),
        name="queue",
        columns=(
            Column("title", Text(vi="Hồ sơ", en="Record"), head=True),
            Column("register", Text(vi="Sổ", en="Register")),
            Column("facility", Text(vi="Cơ sở", en="Facility")),
            Column("opened", Text(vi="Gửi lúc", en="Sent"), "moment"),
            Column("due", Text(vi="Hạn xử lý", en="Due"), "tag"),
        ),
        rows=[
            {
                "title": Cell(case.title, href=f"/ra-soat/{case.pk}"),
                "register": labels.get(case.register, case.register),
                "facility": case.facility,
                "opened": case.opened_at,
                "due": due_tag(case.due_on, today),
            }
            for case in cases
        ],
        empty=Text(
            vi="Không còn hồ sơ nào chờ rà soát. Hồ sơ mới gửi sẽ hiển thị tại đây.",
            en="Nothing waits for review. What is sent next stands here.",
        ),
        links=(more,) if more else (),
    )


def due_tag(due: date, today: date) -> Tag:
    """How long there is, in working days; red when the day is past."""
    words = formats.day(due)
    if due < today:
        late = max(1, working_days_between(due, today))
        text = Text(vi="Quá hạn {n} ngày làm việc ({day})", en="Overdue by {n} working days ({day})")
        return Tag("bad", text.fill(n=late, day=words))
    left = working_days_between(today, due)
    if left <= 0:
        return Tag("warn", Text(vi="Hết hạn hôm nay", en="Due today"))
    text = Text(vi="Còn {n} ngày làm việc ({day})", en="{n} working days left ({day})")
    return Tag("warn" if left <= 1 else "wait", text.fill(n=left, day=words))


# Public


@dataclass(frozen=True)
class PublicNotice:
    """A sentence above the facts of a published record: `tone` as notices have it (good, bad, warn, info)."""

    tone: str
    words: Text


def public_facts(declaration: Declaration, content: Mapping[str, Any]) -> list[Fact]:
    return [
        Fact(field.label, value_words(field, content[field.name]))
        for field in declaration.fields
        if field.public and content.get(field.name) not in (None, "", [])
    ]


def warnings(declaration: Declaration, content: Content) -> list[Text]:
    """What the rules find worth looking at, though it stops nothing, and what to do about it."""
    found = check(declaration, contents.frame_of(declaration, [content]))
    return [
        Text(vi=f"{problem.message.vi} {problem.fix.vi}", en=f"{problem.message.en} {problem.fix.en}")
        for problem in found.problems
        if problem.level == "W"
    ]
