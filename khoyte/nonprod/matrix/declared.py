"""What every facility of the matrix has declared in the registers, and the one draft of a catalogue.

A practitioner waits for the facility's reviewer, the facility itself for the province, a pharmacy is
confirmed and so open to the public; the other registers hold one row each, for their walls to keep apart.
"""

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone
from PIL import Image

from khoyte.campaigns.models import InspectionEvent
from khoyte.foundation.calendar import today
from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.monitor import actions as plans
from khoyte.monitor.models import Escalation, Task
from khoyte.practice.models import Departure, HoursOverlap, StaffComparison
from khoyte.registers import actions, attaching
from khoyte.registers import content as contents
from khoyte.registers.issuing import SEALED_FOR
from khoyte.registers.known import register
from khoyte.registers.models import (
    Batch,
    Case,
    ColumnMapping,
    Export,
    ExportLine,
    IssuedPaper,
    Key,
    PaperSignature,
    Published,
    Record,
    Rejection,
    Step,
    Tally,
    Version,
)
from khoyte.submissions import catalogue_publication
from khoyte.units.policy import Actor

TASK = 900_001
"""The one task of the matrix: every facility has it, and has said something of it. Of the next nobody has."""

_NUMERALS = ("", "Một", "Hai", "Ba", "Tư", "Năm", "Sáu", "", "", "Chín")


@dataclass(frozen=True)
class Declared:
    """Ids of a facility's practitioner, the case that waits, its public pharmacy, who has no account yet."""

    declared: str
    case: str
    published: str
    registration: str
    overlap: str
    paper: str
    comparison: str
    newcomer: str
    diploma: str
    attended: str
    scope: str

    def words(self, serial: int) -> dict[str, frozenset[str]]:
        return {
            "@declared": frozenset(
                {
                    _full_name(serial),
                    personal_number(serial),
                    clerk(serial),
                    self.declared,
                    self.case,
                    self.paper,
                    self.newcomer,
                    self.diploma,
                    self.attended,
                    self.scope,
                }
            ),
            "@published": frozenset({pharmacy(serial), _certificate(serial)}),
            "@inspection": frozenset({_inspection(serial)}),
        }


def clerk(serial: int) -> str:
    return f"ke-khai-xr-{_NUMERALS[serial]}"


def _full_name(serial: int) -> str:
    return f"Trần Hành Nghề {_NUMERALS[serial]}"


def personal_number(serial: int) -> str:
    return f"99908577000{serial}"


def pharmacy(serial: int) -> str:
    return f"Nhà thuốc Xương Rồng {_NUMERALS[serial]}"


def _certificate(serial: int) -> str:
    return f"{serial}/ĐKKDD-XR"


def _inspection(serial: int) -> str:
    return f"{serial}/TTr-XR"


def _licence(serial: int) -> str:
    return f"00077{serial}/XR-GPHN"


def practitioner_row(code: str, serial: int) -> dict[str, str]:
    return {
        "full_name": _full_name(serial),
        "personal_number": personal_number(serial),
        "birth_date": "1985-04-02",
        "sex": "1",
        "title": "BS",
        "licence_kind": "GPHN",
        "licence_number": _licence(serial),
        "licence_date": "2024-06-01",
        "licence_valid_to": "2029-05-31",
        "licence_issuer": "Sở Y tế",
        "facility": code,
    }


def declare(code: str, serial: int, name: str, by: Actor) -> Declared:
    """Rows of all registers for one facility, entered by its officer."""

    def make(name: str, content: Mapping[str, str], confirmed: bool = False) -> Record:
        found = register(name)
        return actions.create(register=found, content=content, by=by, source="form", confirmed=confirmed)

    place = {"province": by.province, "commune": "xã Suối Mơ"}
    facility = make("facilities", {"code": code, "name": name, **place})
    said = actions.Responsibility("Tôi cam đoan", "code")
    actions.submit(register=register("facilities"), id=facility.pk, by=by, responsibility=said)
    person = make("practitioners", practitioner_row(code, serial))
    actions.submit(register=register("practitioners"), id=person.pk, by=by)
    come = {"full_name": f"Lê Mới Đến {_NUMERALS[serial]}", "personal_number": f"99908577002{serial}"}
    come |= {"licence_number": f"00079{serial}/XR-GPHN"}
    newcomer = make("practitioners", practitioner_row(code, serial) | come)
    _returned(newcomer, by)
    shop = make("pharmacies", _pharmacy_row(serial, by.province), confirmed=True)
    works = {"personal_number": personal_number(serial), "facility": code}
    placed: Any = make(
        "practice_registrations", {**works, "valid_from": "2025-01-01", "hours": "T2-T6 7:00-11:30"}
    )
    beside = {"record": placed.pk, "facility": code, "province": by.province}
    beside["personal_number_key"] = placed.personal_number_key
    Departure.objects.create(
        **beside, last_day=today(), due_on=today(), said_by_side="facility", said_by=by.name
    )
    overlap = HoursOverlap.objects.create(**beside, other_record=person.pk, other_facility="99999")
    period = {"valid_from": "2025-02-01", "valid_to": "2025-03-01"}
    decided = {"licence_number": _licence(serial), "kind": "suspend", "decision": f"{serial}/QĐ-XR"}
    office = replace(by, unit_code=by.province, unit_kind="province", role="province")
    events = register("licence_events")
    actions.create(register=events, content={**decided, **period}, by=office, source="form")
    acts = {"facility": code, "licence_number": f"{serial}/XR-GPHĐ", "kind": "suspend"}
    stopped = {**acts, "decision": f"{serial}/QĐ-XR", **period}
    actions.create(register=register("facility_licence_events"), content=stopped, by=office, source="form")
    make("facility_services", {"facility": code, "code": "03.1", "name": "Kỹ thuật", "decision": "2/QĐ",
                               "valid_from": "2025-02-01"})  # fmt: skip
    make("trainees", {"full_name": f"Lê Thực Hành {_NUMERALS[serial]}", "facility": code, **period,
                      "personal_number": f"99908577003{serial}", "supervisor": "Người hướng dẫn",
                      "supervisor_licence": _licence(serial)})  # fmt: skip
    make("databases", {"code": f"CSDL-{serial}", "name": f"CSDL{serial}", "kind": "specialised",
                       "owner_name": name, "owner_unit": code, "survey_group": "1"})  # fmt: skip
    # As of a record that no province answers for: the others are counted by province.
    Tally.objects.create(
        register="pharmacies", fact="records", state="draft", number=0, facility=code, province=by.province
    )
    _plan(code, by)
    actions.keep_draft(register=register("pharmacies"), record=None, sealed=b"-", by=by)
    where = {"facility": code, "province": by.province}
    Batch.objects.create(level="facility", cases=[], sample=[], made_by=by.name, **where)
    InspectionEvent.objects.create(
        inspection=time_ordered_id(),
        facility=code,
        province=by.province,
        kind="request",
        day=today(),
        paper=_inspection(serial),
        recorded_by=by.name,
    )
    case = Case.objects.get(record=person.pk, closed_at=None)
    paper = _paper(code, name, person, serial, by)
    _files(code, person, by)
    made = [person.pk, case.pk, shop.pk, placed.pk, overlap.pk, paper, _compared(code, by)]
    made += [newcomer.pk, *_of_person(serial, by)]
    return Declared(*map(str, made))


_OF_PERSON = {
    "diplomas": {"kind": "DH", "specialty": "Y khoa", "issuer": "Trường Đại học Y", "issued_on": "2010"},
    "cme_records": {"activity": "course", "title": "Cấp cứu", "organiser": "Bệnh viện",
                    "ended_on": "2025-02-01", "hours": "8"},
    "scope_items": {"source": "licence", "name": "Nội khoa", "decision": "2/QĐ", "valid_from": "2025-02-01"},
}  # fmt: skip


def _of_person(serial: int, by: Actor) -> list[uuid.UUID]:
    """What a person may declare, each with a picture, and a picture chosen for one that is not handed in."""
    attaching.choose(register=register("diplomas"), data=photo(10 * serial), by=by)
    made = []
    for place, (name, content) in enumerate(_OF_PERSON.items(), start=1):
        found = register(name)
        kept = attaching.choose(register=found, data=photo(10 * serial + place), by=by)
        told = {
            **content,
            "personal_number": personal_number(serial),
            "document": bytes(kept.sha256).hex(),
        }
        if name == "diplomas":
            told["number"] = f"{serial}/VB-XR"
        made.append(actions.create(register=found, content=told, by=by, source="form").pk)
    return made


def photo(shade: int) -> bytes:
    """A picture like no other's."""
    written = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, 255 - shade, shade // 2)).save(written, "JPEG")
    return written.getvalue()


def _returned(record: Record, by: Actor) -> None:
    """Sent for review, and back: a letter can be written of it."""
    actions.submit(register=register("practitioners"), id=record.pk, by=by)
    reviewer = replace(by, name="nguoi-ra-soat-xr", role="facility_reviewer")
    actions.return_for_correction(
        register=register("practitioners"), id=record.pk, reasons={"": "Thiếu bản sao"}, by=reviewer
    )


def number_of_paper(serial: int) -> str:
    """Of the letter that a facility has written under a number."""
    return f"{serial}/TL-XR"


def _paper(code: str, name: str, person: Record, serial: int, by: Actor) -> str:
    """A paper of the facility with a signature, and a letter with a number; what their files hold nobody
    compares."""
    files = {f"{kind}_sealed": contents.keyring().seal(b"%PDF", SEALED_FOR) for kind in ("docx", "pdf")}
    digests = {"docx_sha256": bytes(32), "pdf_sha256": bytes(32)}
    owner = {"facility": code, "province": by.province}
    same = dict(
        register="practitioners", record=person.pk, record_version=1, unit=code, unit_name=name,
        year=today().year, edition=1, title="-", lines=1, as_of=timezone.now(), issued_by=by.name,
        **owner, **files, **digests,
    )  # fmt: skip
    made = IssuedPaper.objects.create(id=uuid.uuid4(), kind="mau-11", number="", **same)
    IssuedPaper.objects.create(id=uuid.uuid4(), kind="tra-lai", number=number_of_paper(serial), **same)
    PaperSignature.objects.create(
        paper=made.pk, way="server", by=by.name, state="unchecked", pdf_sha256=bytes(32),
        pdf_sealed=files["pdf_sealed"], **owner,
    )  # fmt: skip
    return str(made.pk)


def _files(code: str, person: Record, by: Actor) -> None:
    """A file made for another system with one line sent back, and columns explained once."""
    owner = {"facility": code, "province": by.province}
    named = {"register": "practitioners", **owner}
    made = Export.objects.create(
        layout="x", layout_from="2026-01-01", unit=code, chosen="all", rows=1, made_by=by.name, **named
    )
    ExportLine.objects.create(export=made.pk, row=2, record=person.pk, version=1, **owner)
    Rejection.objects.create(
        export=made.pk, record=person.pk, version=1, reason="-", told_by=by.name, **named
    )
    ColumnMapping.objects.create(
        unit=code, fingerprint=bytes(16), number=1, headings=[], columns={}, made_by=by.name, **named
    )


def _compared(code: str, by: Actor) -> uuid.UUID:
    """A list of health workers that was compared, and agreed."""
    return StaffComparison.objects.create(
        facility=code, province=by.province, rows=1, counts={"same": 1}, made_by=by.name,
        lines_sealed=contents.keyring().seal(b"[]", "practice.staff_comparison"),
    ).pk  # fmt: skip


def _plan(code: str, by: Actor) -> None:
    """One task that every facility has, and what this one says of it."""
    by = replace(by, name="nguoi-bao-cao")  # not who declares in the registers
    document = plans.enter_document(code="KH-XR", title="Kế hoạch", agency="Bộ Y tế", by=by)
    Task.objects.get_or_create(
        pk=TASK,
        defaults={"document": document, "kind": "task", "number": "1", "section": "I", "position": 1,
                  "name": "Việc chung", "due_kind": "none", "open_to": "facility", "recorded_by": "xr",
                  "measure": "practitioners_reviewed"},
    )  # fmt: skip
    Task.objects.get_or_create(
        pk=TASK + 1,
        defaults={"document": document, "kind": "task", "number": "2", "section": "I", "position": 2,
                  "name": "Việc chưa ai làm", "due_kind": "none", "open_to": "facility", "recorded_by": "xr",
                  "measure": "practitioners_declared"},
    )  # fmt: skip
    plans.report_progress(task=TASK, state="working", percent=5, words=f"TiếnĐộ({code})", by=by)
    _report({}, by)
    Escalation.objects.get_or_create(
        task_id=TASK, unit=code, unit_name=code, facility=code, province=by.province, level="own",
        due_on=today(), defaults={"days": 1, "told_on": today()},
    )  # fmt: skip


def _report(figures: dict[str, Any], by: Actor) -> None:
    plans.send_report(
        period="month", role="lead", since=today(), until=today(), figures=figures, recipients=["Bộ Y tế"],
        pdf=b"%PDF", way="unsigned", by=by,
    )  # fmt: skip


def declare_more(serial: int, by: Actor) -> None:
    """A draft more and a practitioner sent for review: counts and lists of facility and province change."""
    person = practitioner_row(by.facility, serial) | {
        "personal_number": f"99908577001{serial}",
        "licence_number": f"00078{serial}/XR-GPHN",
    }
    made = actions.create(register=register("practitioners"), content=person, by=by, source="form")
    actions.submit(register=register("practitioners"), id=made.pk, by=by)
    again = {"personal_number": f"99908577003{serial}", "licence_number": f"00080{serial}/XR-GPHN"}
    back = actions.create(register=register("practitioners"), content=person | again, by=by, source="form")
    _returned(back, by)
    _sent_lately(by)
    _compared(by.facility, by)
    _report({"states": {str(one): "done" for one in (TASK, TASK + 1)}}, by)
    plans.report_progress(task=TASK + 1, state="done", percent=100, words="-", evidence="1/BB-XR", by=by)
    more = {"certificate_number": f"{serial}/ĐKKDD-XR-THEM"}
    content = _pharmacy_row(serial, by.province) | more
    actions.create(register=register("pharmacies"), content=content, by=by, source="form")


def _sent_lately(by: Actor) -> None:
    """So many practitioners sent for review, and reviewed, on three days that both ends are forecast."""
    rows = [
        Step(
            register="practitioners", record=uuid.uuid4(), facility=by.facility, province=by.province,
            version=1, act=act, level=level, state=state,
            at=timezone.now() - timedelta(days=number % 3), by=by.name,
        )
        for number in range(12)
        for act, level, state in (("submit", "", "in_review"), ("confirm", "facility", "confirmed"))
    ]  # fmt: skip
    Step.objects.bulk_create(rows)


def _pharmacy_row(serial: int, province: str) -> dict[str, str]:
    return {
        "name": pharmacy(serial),
        "kind": "nha_thuoc",
        "certificate_number": _certificate(serial),
        "certificate_date": "2024-03-05",
        "province": province,
        "commune": "xã Suối Mơ",
    }


def forget(code: str) -> None:
    """What has no column of the facility: before its other rows go."""
    records = list(Version.objects.filter(facility=code).values_list("record", flat=True))
    Key.objects.filter(record__in=records).delete()
    Published.objects.filter(record__in=records).delete()


def catalogue_draft(by: Actor) -> str:
    """A file that was refused: it has the page of drafts, and costs no comparison of packs."""
    made = catalogue_publication.preview(
        name="icd10",
        chunks=[b"khong,phai,danh,muc\n1,2,3,4\n"],
        file_name="nhap-xr.csv",
        valid_from=today(),
        valid_to=None,
        complete=True,
        by=by,
    )
    return str(made.pk)
