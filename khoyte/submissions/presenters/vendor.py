"""The text a hospital clerk hands to the software vendor: causes, places, law; nothing about patients."""

from collections.abc import Mapping, Sequence
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.submissions.models import Judgement, Submission
from khoyte.submissions.presenters.words import LEVELS
from khoyte.submissions.verdict_queries import Place
from khoyte.submissions.words import cause_words

CAUSES = 20

_HEAD = Text(
    "Kết quả kiểm tra dữ liệu, gói hồ sơ {id}\nTệp {file}, cơ sở {facility}, tiếp nhận lúc {received}\n"
    "Tiếp nhận {n}, đạt {accepted}, chưa đạt {rejected}, tạm giữ {quarantined}\n"
    "Bộ dữ liệu tham chiếu {pack}",
    "Verdict on submission {id}\nFile {file}, facility {facility}, received at {received}\n"
    "Received {n}, accepted {accepted}, rejected {rejected}, quarantined {quarantined}\n"
    "Reference pack {pack}",
)
_CAUSE = Text(
    "{number}. [{rule}, {level}] {cause}\n   Số hồ sơ: {dossiers}, số vị trí: {findings}\n   Cách sửa: "
    "{hint}",
    "{number}. [{rule}, {level}] {cause}\n   Dossiers: {dossiers}, findings: {findings}\n   Remedy: {hint}",
)
_PLACE = Text(
    "   Ví dụ: hồ sơ thứ {position}, MA_LK {ma_lk}{place}",
    "   Example: dossier {position}, MA_LK {ma_lk}{place}",
)
_ROW = Text(", {table} dòng {row} {field}", ", {table} row {row} {field}")


def vendor_text(found: Submission, judged: Judgement, places: Mapping[str, Sequence[Place]]) -> str:
    """Plain text to copy into a letter or ticket, in the language of the page."""
    head = _HEAD.fill(
        id=found.pk,
        file=found.file_name,
        facility=found.facility,
        received=formats.moment(found.received_at),
        n=found.received,
        accepted=found.accepted,
        rejected=found.rejected,
        quarantined=found.quarantined,
        pack=judged.pack,
    )
    causes = [
        _cause_lines(number, row, places.get(row["id"], ()))
        for number, row in enumerate(judged.causes[:CAUSES], start=1)
    ]
    return "\n\n".join([formats.said(head), *causes])


def _cause_lines(number: int, row: Mapping[str, Any], places: Sequence[Place]) -> str:
    words = cause_words(dict(row), formats.language())
    lines = [
        _CAUSE.fill(
            number=number,
            level=LEVELS[words["level"]].label,
            **{name: words[name] for name in ("rule", "cause", "hint")},
            dossiers=row["dossiers"],
            findings=row["findings"],
        )
    ]
    lines += [
        _PLACE.fill(
            position=place.position,
            ma_lk=place.ma_lk,
            place=_ROW.fill(table=place.table, row=place.row, field=place.field) if place.table else "",
        )
        for place in places
    ]
    return "\n".join(formats.said(line).rstrip() for line in lines)
