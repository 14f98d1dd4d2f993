"""Catalogues as pages show them: the list, one catalogue on a day, differences, drafts and publications."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Pages, Table, Tag
from khoyte.submissions.catalogue_impact import Impact
from khoyte.submissions.enums import PublicationState
from khoyte.submissions.models import CataloguePublication
from khoyte.submissions.presenters.words import sheet_link
from khoyte.terminology import CatalogueRelease, ReleaseHeader, administrative_units
from khoyte.terminology.differences import Differences
from khoyte.terminology.model import ICD10_ATTRIBUTES, Attributes, is_set
from khoyte.terminology.queries import KINDS, label_of

STATES = {
    PublicationState.REFUSED: Tag("bad", Text("Tệp có nội dung phải sửa", "The file must be corrected")),
    PublicationState.DRAFT: Tag("wait", Text("Xem trước, chưa công bố", "Preview, not published")),
    PublicationState.PUBLISHED: Tag("info", Text("Đã công bố, đang chọn hồ sơ", "Published, choosing files")),
    PublicationState.REJUDGING: Tag("info", Text("Đã công bố, đang kiểm tra lại", "Judging again")),
    PublicationState.DONE: Tag("good", Text("Đã công bố", "Published")),
}
COMPLETE = Tag("good", Text("Đủ mã", "Complete"))
PARTIAL = Tag("warn", Text("Chưa đủ mã", "Not complete"))
NONE_HELD = Tag("wait", Text("Chưa có", "None held"))
ALTERS = Tag("warn", Text("Làm thay đổi kết quả kiểm tra", "Alters judgement"))
NO_EFFECT = Tag("info", Text("Không ảnh hưởng", "No effect"))
_ATTRIBUTE_NAMES = {
    **ICD10_ATTRIBUTES,
    "name_vi": Text("tên", "name"),
    "name_en": Text("tên tiếng Anh", "English name"),
    "province": Text("tỉnh, thành phố", "province"),
    "district": Text("quận, huyện", "district"),
    "type": Text("loại", "type"),
    "legal": Text("căn cứ", "legal basis"),
    "chapter": Text("chương", "chapter"),
    "kind": Text("cách chuyển đổi", "kind of change"),
    "old_code": Text("mã cũ", "old code"),
    "new_code": Text("mã mới", "new code"),
    "effective_on": Text("ngày hiệu lực", "in force from"),
    "level": Text("cấp", "level"),
}


def address_of(name: str, page: str = "", **asked: str) -> str:
    """The page of a catalogue, or one below it."""
    path = f"/danh-muc/{name}" + (f"/{page}" if page else "")
    return f"{path}?{urlencode(asked)}" if asked else path


def list_table(names: Iterable[str], headers: Sequence[ReleaseHeader], day: date, sheet: str) -> Table:
    """One line per catalogue with the release in force on a day."""
    return Table(
        title=Text("Danh mục dùng chung", "Catalogues"),
        name="catalogues",
        columns=(
            Column("label", Text("Danh mục", "Catalogue"), head=True),
            Column("period", Text("Bản đang áp dụng", "Release in force")),
            Column("size", Text("Số mã", "Codes"), "number"),
            Column("complete", Text("Tình trạng", "State"), "tag"),
            Column("releases", Text("Số bản", "Releases"), "number"),
            Column("source", Text("Nguồn", "Source")),
        ),
        rows=[_list_row(name, headers, day) for name in names],
        empty="",
        downloads=(sheet_link(sheet),),
    )


def _list_row(name: str, headers: Sequence[ReleaseHeader], day: date) -> dict[str, object]:
    own = [header for header in headers if header.name == name]
    now = next((header for header in reversed(own) if header.holds_on(day)), None)
    return {
        "label": Cell(label_of(name), href=address_of(name), note=name),
        "period": period_of(now) if now else None,
        "size": now.size if now else None,
        "complete": (COMPLETE if now.complete else PARTIAL) if now else NONE_HELD,
        "releases": len(own),
        "source": now.source if now else None,
    }


def period_of(header: ReleaseHeader) -> Text:
    """When a release is in force: "Từ 01/07/2026"."""
    start = formats.day(header.valid_from)
    if header.valid_to is None:
        return Text("Từ {start}", "From {start}").fill(start=start)
    return Text("{start} đến {end}", "{start} to {end}").fill(start=start, end=formats.day(header.valid_to))


def releases_table(name: str, headers: Sequence[ReleaseHeader], day: date) -> Table:
    """The releases of a catalogue, newest first, each with a way to what it changed."""
    rows = []
    for place, header in enumerate(headers):
        before = headers[place - 1] if place else None
        rows.append({
            "period": Cell(period_of(header), href=address_of(name, ngay=_first_day(header).isoformat())),
            "size": header.size,
            "complete": COMPLETE if header.complete else PARTIAL,
            "source": header.source,
            "changes": Cell(
                Text("Xem khác nhau với bản trước", "Differences from the one before"),
                href=address_of(name, "khac-nhau", tu=before.valid_from.isoformat(),
                                den=header.valid_from.isoformat()),
            ) if before else None,
        })  # fmt: skip
    return Table(
        title=Text("Các bản theo thời gian hiệu lực", "Releases by period"),
        name="releases",
        columns=(
            Column("period", Text("Hiệu lực", "In force"), head=True),
            Column("size", Text("Số mã", "Codes"), "number"),
            Column("complete", Text("Tình trạng", "State"), "tag"),
            Column("source", Text("Nguồn", "Source")),
            Column("changes", Text("Thay đổi", "Changes")),
        ),
        rows=list(reversed(rows)),
        empty=Text(
            "Chưa có bản nào. Công bố một tệp danh mục để bắt đầu.", "No release yet. Publish a file."
        ),
    )


def _first_day(header: ReleaseHeader) -> date:
    return max(header.valid_from, date(1900, 1, 1))


def codes_table(
    release: CatalogueRelease, codes: Sequence[str], *, day: date, pages: Pages | None, sheet: str
) -> Table:
    """Codes of a release with their names and what else is known of them."""
    return Table(
        title=Text("Mã", "Codes"),
        name="codes",
        columns=(
            Column("code", Text("Mã", "Code"), head=True),
            Column("name", Text("Tên", "Name")),
            Column("known", Text("Thuộc tính", "Attributes")),
        ),
        rows=[_code_row(release.name, code, release.codes[code], day) for code in codes],
        empty=Text("Không tìm thấy mã nào theo từ khóa này.", "No code with these words."),
        total=pages.total if pages else None,
        pages=pages,
        downloads=(sheet_link(sheet),),
    )


def _code_row(name: str, code: str, known: Attributes, day: date) -> dict[str, object]:
    vi, en = known.get("name_vi", ""), known.get("name_en", "")
    return {
        "code": Cell(code, href=address_of(name, "ma", ma=code, ngay=day.isoformat())),
        "name": Cell(vi or en, note=en if vi else ""),
        "known": _attributes_said(name, known),
    }


def _attributes_said(name: str, known: Attributes) -> Text | None:
    """What is known of a code beside its names, in one line."""
    said = [(attribute_name(key), value) for key, value in known.items() if not key.startswith("name_")]
    flags = name == "icd10"
    parts = [
        (label.vi if flags and _is_flag(value) else f"{label.vi}: {value}",
         label.en if flags and _is_flag(value) else f"{label.en}: {value}")
        for label, value in said if is_set(value)
    ]  # fmt: skip
    return Text("; ".join(vi for vi, _ in parts), "; ".join(en for _, en in parts)) if parts else None


def _is_flag(value: str) -> bool:
    return value.lower() in ("1", "x", "true", "có", "yes")


def attribute_name(attribute: str) -> Text:
    return _ATTRIBUTE_NAMES.get(attribute, Text(attribute, attribute))


def code_facts(release: CatalogueRelease, code: str) -> list[Fact]:
    """What one code is, attribute by attribute."""
    known = release.codes[code]
    return [Fact(Text("Mã", "Code"), code)] + [
        Fact(_capital(attribute_name(key)), value) for key, value in known.items()
    ]


def _capital(text: Text) -> Text:
    return Text(text.vi[:1].upper() + text.vi[1:], text.en[:1].upper() + text.en[1:])


def units_table(
    found: administrative_units.Mapped, title: Text, name: str, named: Mapping[str, str]
) -> Table:
    """Units a unit became or was made of; several are candidates, none is preferred."""
    return Table(
        title=title,
        name=name,
        columns=(
            Column("code", Text("Mã", "Code"), head=True),
            Column("label", Text("Tên", "Name")),
            Column("kind", Text("Cách chuyển đổi", "Kind of change")),
            Column("legal", Text("Căn cứ", "Legal basis")),
        ),
        rows=[
            {
                "code": unit.code,
                "label": named.get(unit.code),
                "kind": _kinds(unit.kinds),
                "legal": "; ".join(dict.fromkeys(unit.legal)) or None,
            }
            for unit in found.units
        ],
        empty="",
        note=CERTAINTY[found.certainty],
    )


CERTAINTY = {
    "exact": Text("Chuyển đổi về một đơn vị duy nhất.", "Maps to exactly one unit."),
    "candidate_list": Text(
        "Có nhiều đơn vị: cần địa chỉ chi tiết hoặc chọn thủ công, không tự suy ra một đơn vị.",
        "Several units: the street or a person must decide; none is chosen here.",
    ),
    "unknown": Text("Chưa có bảng chuyển đổi đơn vị hành chính.", "No list of changes is held."),
}


def _kinds(kinds: Sequence[str]) -> Text:
    said = [administrative_units.KINDS[kind] for kind in kinds if kind in administrative_units.KINDS]
    if not said:
        return administrative_units.KINDS["unchanged"]
    return Text(" → ".join(one.vi for one in said), " → ".join(one.en for one in said))


def differences_table(
    found: Differences,
    sheet: str,
    *,
    pages: Pages | None = None,
    first: int | None = None,
    name: str = "changes",
) -> Table:
    """One line per code that differs; those that can alter a judgement first. `first`: only so many."""
    ordered = sorted(found.changes, key=lambda one: (not one.alters, one.code))
    if pages:
        ordered = ordered[(pages.number - 1) * pages.size : pages.number * pages.size]
    cut = first is not None and first < len(ordered)
    return Table(
        title=Text("Mã khác nhau", "Codes that differ"),
        name=name,
        columns=(
            Column("code", Text("Mã", "Code"), head=True),
            Column("kind", Text("Thay đổi", "Change")),
            Column("label", Text("Tên", "Name")),
            Column("changed", Text("Nội dung sửa", "What changed")),
            Column("alters", Text("Kết quả kiểm tra", "Judgement"), "tag"),
        ),
        rows=[
            {
                "code": one.code,
                "kind": KINDS[one.kind],
                "label": one.name or None,
                "changed": Text(*(_changed_said(one.attributes, lang) for lang in ("vi", "en")))
                if one.attributes
                else None,
                "alters": ALTERS if one.alters else NO_EFFECT,
            }
            for one in ordered[:first]
        ],
        empty=Text("Hai bản giống nhau.", "The two are the same."),
        note=_CUT.fill(n=first) if cut else "",
        total=len(found.changes),
        pages=pages,
        downloads=(sheet_link(sheet),),
    )


_CUT = Text("Hiện {n} mã đầu; tải danh sách để xem đủ.", "The first {n}; download the list for all.")


def _changed_said(attributes: Sequence[object], lang: str) -> str:
    return "; ".join(
        f"{attribute_name(one.attribute).say(lang)}: {one.before or '–'} → {one.after or '–'}"  # type: ignore[attr-defined]
        for one in attributes
    )


def difference_facts(found: Differences) -> list[Fact]:
    counts = found.counts()
    return [
        Fact(Text("Thêm", "Added"), counts["added"], "number"),
        Fact(Text("Bỏ", "Removed"), counts["removed"], "number"),
        Fact(Text("Sửa", "Changed"), counts["changed"], "number"),
        Fact(Text("Làm thay đổi kết quả kiểm tra", "Alter judgement"), counts["altering"], "number"),
    ]


def draft_facts(row: CataloguePublication) -> list[Fact]:
    """What was sent, by whom, for which period, and its state."""
    until = formats.day(row.valid_to) if row.valid_to else Text("khi có bản sau", "the next release")
    return [
        Fact(Text("Tình trạng", "State"), STATES[PublicationState(row.state)], "tag"),
        Fact(Text("Tệp", "File"), row.file_name, href="?tai=tep"),
        Fact(
            Text("Hiệu lực", "In force"),
            Text("{start} đến {end}", "{start} to {end}").fill(start=formats.day(row.valid_from), end=until),
        ),
        Fact(Text("Danh mục", "List"), COMPLETE if row.complete else PARTIAL, "tag"),
        Fact(Text("Người gửi tệp", "Sent by"), row.made_by),
        *(
            [Fact(Text("Người công bố", "Published by"), row.published_by),
             Fact(Text("Thời điểm công bố", "Published at"), row.published_at, "moment")]
            if row.published_at else []
        ),
    ]  # fmt: skip


def impact_facts(row: CataloguePublication, found: Impact) -> list[Fact]:
    """How much is touched; None while the worker has not counted."""
    touched = row.touched or {}
    rules = ", ".join(row.rules) if row.rules else Text("Không có", "None")
    return [
        Fact(Text("Quy tắc bị ảnh hưởng", "Rules affected"), rules),
        Fact(Text("Trường dữ liệu", "Fields"), _fields(found) if row.alters else Text("Không có", "None")),
        Fact(Text("Lượt khám, điều trị đã lưu", "Stored visits"), touched.get("visits"), "number"),
        Fact(Text("Gói hồ sơ", "Submissions"), touched.get("submissions"), "number"),
        Fact(Text("Cơ sở", "Facilities"), touched.get("facilities"), "number"),
    ]


def _fields(found: Impact) -> str:
    return ", ".join(f"{table}.{field}" for table, field in found.fields)


def progress_facts(row: CataloguePublication) -> list[Fact]:
    """How far judging again has come."""
    facts = [
        Fact(Text("Gói hồ sơ phải kiểm tra lại", "Files to judge again"), row.to_judge, "number"),
        Fact(Text("Đã kiểm tra lại", "Judged again"), row.judged, "number"),
        Fact(Text("Kết quả thay đổi, đã báo cơ sở", "Changed verdicts, told"), row.changed, "number"),
    ]
    if row.failed:
        facts.append(Fact(Text("Chưa kiểm tra lại được", "Could not be judged"), row.failed, "number"))
    return facts


def problems_table(row: CataloguePublication, sheet: str) -> Table:
    """What to correct, by cell."""
    return Table(
        title=Text("Nội dung phải sửa theo ô", "What to correct, by cell"),
        name="problems",
        columns=(
            Column("cell", Text("Ô", "Cell"), head=True),
            Column("text", Text("Nội dung phải sửa", "What to correct")),
        ),
        rows=[{"cell": one["cell"], "text": Text(one["vi"], one["en"])} for one in row.problems],
        empty="",
        downloads=(sheet_link(sheet),),
    )


def publications_table(rows: Sequence[CataloguePublication], *, may_publish: bool) -> Table:
    """What was published of a catalogue, and how far judging again has come; drafts for publishers."""
    return Table(
        title=Text("Các lần công bố", "Publications"),
        name="publications",
        columns=(
            Column("made", Text("Thời điểm", "When"), "moment", head=True),
            Column("starts", Text("Hiệu lực từ", "In force from"), "day"),
            Column("state", Text("Tình trạng", "State"), "tag"),
            Column("by", Text("Người thực hiện", "By")),
            Column("judged", Text("Đã kiểm tra lại", "Judged again")),
            Column("changed", Text("Kết quả thay đổi", "Changed verdicts"), "number"),
        ),
        rows=[
            {
                "made": Cell(
                    row.published_at or row.made_at,
                    href=address_of(row.name, f"cap-nhat/{row.pk}") if may_publish else "",
                ),
                "starts": row.valid_from,
                "state": STATES[PublicationState(row.state)],
                "by": row.published_by or row.made_by,
                "judged": f"{formats.number(row.judged)}/{formats.number(row.to_judge)}"
                if row.published_at
                else None,
                "changed": row.changed if row.published_at else None,
            }
            for row in rows
        ],
        empty=Text("Chưa có lần công bố nào trên trang này.", "Nothing was published here yet."),
    )


def back_link(name: str) -> Link:
    return Link(address_of(name), label_of(name))
