"""A copy of what is stored of a person, to be handed over at their request (right to view and to a copy)."""

from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Column, Table
from khoyte.foundation.look.spreadsheet import workbook
from khoyte.legal.purposes import purposes_on
from khoyte.protection import queries
from khoyte.protection.models import Consent, SubjectRequest
from khoyte.protection.presenters.rights import accesses_table
from khoyte.units.exports import admit
from khoyte.units.models import Unit
from khoyte.units.policy import Actor
from khoyte.visits.limits import by_law
from khoyte.visits.models import Visit

MOST_VISITS = 10_000


def workbook_for(request: SubjectRequest, *, by: Actor, reference: str, language: str) -> bytes:
    """Visits of the requester in the tenant of `by`, and who opened them, as a workbook.

    Written in the caller's transaction: one audit entry per visit, and one for the file.
    """
    key = bytes(request.subject_key)
    with by_law(queries.PURPOSE):
        rows = list(queries.visits_of_person(key, by)[:MOST_VISITS])
    opened = queries.accesses(key, MOST_VISITS, by=by)
    audit.record_all(
        by=by,
        action="visit.provide",
        subject_kind="visit",
        purpose="subject.access",
        entries=[
            audit.Entry(str(row.pk), row.facility, row.province, {"request": str(request.pk)}) for row in rows
        ],
    )
    codes = {row.facility for row in rows} | {row["unit"] for row in opened}
    names = dict(Unit.objects.filter(code__in=codes).values_list("code", "name"))
    mark = admit(by, name=f"ban-sao-{request.pk}", rows=len(rows) + len(opened), reference=reference)
    whose = _FOR.fill(name=queries.subject_of(request).name)
    return workbook(
        [_visits(rows, names), accesses_table(opened, names)],
        [by.unit_name, whose.say(language), mark.say(language)],
        timezone.now(),
    )


def workbook_released(consent: Consent, *, by: Actor, reference: str, language: str) -> bytes | None:
    """Visits that a consent lets be handed on for its purpose, as a workbook; None where it lets none.

    Written in the caller's transaction: one audit entry per visit, and one for the file.
    """
    rows = list(queries.visits_released(consent.purpose, consent, by)[:MOST_VISITS])
    if not rows:
        return None
    audit.record_all(
        by=by,
        action="visit.share",
        subject_kind="visit",
        purpose=consent.purpose,
        entries=[
            audit.Entry(str(row.pk), row.facility, row.province, {"consent": str(consent.pk)}) for row in rows
        ],
    )
    names = dict(Unit.objects.filter(code__in={row.facility for row in rows}).values_list("code", "name"))
    mark = admit(by, name=f"theo-dong-y-{consent.pk}", rows=len(rows), reference=reference)
    purpose = purposes_on(in_vietnam(consent.given_at).date())[consent.purpose].label
    whose = _BY_CONSENT.fill(name=queries.subject_of(consent).name, purpose=purpose)
    return workbook(
        [_visits(rows, names)], [by.unit_name, whose.say(language), mark.say(language)], timezone.now()
    )


_BY_CONSENT = Text(
    "Hồ sơ của {name}, cung cấp theo sự đồng ý cho mục đích: {purpose}",
    "Records of {name}, handed on by consent for: {purpose}",
)
_FOR = Text("Bản sao dữ liệu theo yêu cầu của {name}", "Copy of the data at the request of {name}")


def _visits(rows: list[Visit], names: dict[str, str]) -> Table:
    return Table(
        title=Text("Lượt khám, điều trị", "Visits"),
        name="visits",
        columns=(
            Column("facility", Text("Cơ sở", "Facility"), head=True),
            Column("admitted", Text("Ngày vào", "Admitted"), "moment"),
            Column("discharged", Text("Ngày ra", "Discharged"), "moment"),
            Column("disease", Text("Bệnh chính", "Main disease")),
            Column("name", Text("Họ tên đã ghi", "Name as recorded")),
            Column("born", Text("Ngày sinh đã ghi", "Birth date as recorded")),
        ),
        rows=[
            {
                "facility": names.get(row.facility, row.facility),
                "admitted": row.ngay_vao,
                "discharged": row.ngay_ra,
                "disease": row.ma_benh_chinh,
                "name": row.ho_ten,
                "born": row.ngay_sinh,
            }
            for row in rows
        ],
        empty=Text("Không lưu lượt khám, điều trị nào của người này.", "No visit of this person is stored."),
    )
