"""A facility's request for its first account: asked by anybody, decided by the office that answers for it.

Who asks gets a reference, whatever they wrote: nothing tells whether a facility or a person has an account.
Approval makes the unit (or takes the one that is there), issues its codes and opens the account of the named
administrator. What is asked for follows the provincial portal's form (Decree 96/2023/NĐ-CP, procedure
1.012278): name, address, telephone, form, hours, operating licence, number of the owner.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import add_working_days, today
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.units import actions, facility_codes, letting_in, spoken_codes
from khoyte.units.enums import Role, UnitKind
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import Account, AccountRequest, Unit
from khoyte.units.policy import ANONYMOUS, Actor, Facts, decide
from khoyte.units.training import BEGINNING

WORKING_DAYS = 5
_PURPOSE, _REFERENCE = "account.request", "account.request.reference"
USERNAME = "ten-dang-nhap"
"""What approval adds to what was told: the user name that was given."""


class UnknownRequest(KhoyteError):
    """Not there and not yours answer alike."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text(vi="Không có đề nghị này.", en="There is no such request."))


class Decided(KhoyteError):
    code = "wrong-state"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Đề nghị này đã được quyết định hoặc đã rút.",
                en="This request was decided already, or withdrawn.",
            )
        )


def offices() -> list[Unit]:
    """Who may be asked: provincial health departments and health offices of sectors."""
    rows = Unit.objects.filter(kind=UnitKind.PROVINCE, ended_on=None).exclude(code__startswith=BEGINNING)
    return list(rows.order_by("code"))


def places() -> list[Unit]:
    """Provinces a facility may lie in: those whose code is that of an administrative unit."""
    return [unit for unit in offices() if unit.code.isdigit()]


@transaction.atomic
def ask(*, office: str, place: str, facility_name: str, given_code: str, told: Mapping[str, str]) -> str:
    """Hand a request in and return its reference, shown this once. Called as nobody.

    `told` is what stands in the form of persons and places; it is kept sealed.
    """
    reference = spoken_codes.make()
    row = AccountRequest(
        office=office,
        place=place,
        reference_hash=spoken_codes.hashed(reference, _REFERENCE),
        facility_name=facility_name,
        given_code=given_code,
        told_sealed=_sealed(told),
        asked_at=timezone.now(),
        due_on=add_working_days(today(), WORKING_DAYS),
    )
    AccountRequest.objects.bulk_create([row])  # not read back: who asks may not read
    audit.record(
        by=ANONYMOUS,
        action="account_request.ask",
        subject_kind="account_request",
        subject_id=str(row.pk),
        province=office,
    )
    return reference


def by_reference(reference: str) -> AccountRequest | None:
    """The request with this reference, within the caller's transaction, whoever asks."""
    digest = spoken_codes.hashed(reference, _REFERENCE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('khoyte.reference', %s, true)", [digest.hex()])
    return AccountRequest.objects.filter(reference_hash=digest).first()


def waiting(actor: Actor) -> QuerySet[AccountRequest]:
    """Open requests of the actor's office, the most urgent first."""
    rows = AccountRequest.objects.filter(state="open").order_by("due_on", "id")
    return rows.filter(office__in=actor.provinces)


def request_of(id: uuid.UUID, actor: Actor) -> AccountRequest:
    """A request the actor may decide. Raises UnknownRequest."""
    found = AccountRequest.objects.filter(pk=id).first()
    if found is None or not decide(actor, "account_request.decide", Facts(province=found.office)):
        raise UnknownRequest
    return found


def told(request: AccountRequest) -> dict[str, str]:
    """What the applicant wrote of persons and places, opened."""
    return orjson.loads(Keyring.held().open(bytes(request.told_sealed), _PURPOSE))


def told_of(facility: str) -> dict[str, str]:
    """What the facility wrote when it asked for its account; nothing where it did not, or is another's."""
    rows = AccountRequest.objects.filter(unit=facility, state="approved")
    newest = rows.order_by("-decided_at").first() if facility else None
    return told(newest) if newest else {}


def _sealed(told: Mapping[str, str]) -> bytes:
    return Keyring.held().seal(orjson.dumps(dict(told)), _PURPOSE)


def note_read(request: AccountRequest, *, by: Actor) -> None:
    """Who asks for an account is told of by name and number: reading it is an event."""
    audit.record(
        by=by,
        action="account_request.read",
        subject_kind="account_request",
        subject_id=str(request.pk),
        province=request.office,
    )


def known_facility(request: AccountRequest) -> Unit | None:
    """The facility that holds the code the applicant gave, for the eyes of the office alone."""
    return facility_codes.in_force(request.given_code) if request.given_code else None


@dataclass(frozen=True)
class Approved:
    """What an approval made; `one_time_code` is shown to the officer this once."""

    unit: Unit
    account: Account
    one_time_code: str
    sent_to: str = ""


@transaction.atomic
def approve(id: uuid.UUID, *, code: str = "", shared_with: str = "", by: Actor) -> Approved:
    """Make the facility and its administrator's account. Raises UnknownRequest, Decided, WrongUnit.

    Without a code the lowest free one of the province is issued. `shared_with`: code of a department that
    reviews the facility beside the office.
    """
    row = _open(id, by)
    unit = _unit(row, code, by)
    if shared_with:
        unit.shared_with = _department(shared_with)
        unit.save(update_fields=["shared_with"])
    facility_codes.issue_national(unit, by=by)
    written = told(row)
    account, one_time_code = letting_in.open_account(
        unit=unit.code, role=Role.FACILITY_ADMIN, full_name=written["nguoi-quan-tri"], by=by
    )
    # The applicant reads the user name by the reference; the code comes by another way.
    row.told_sealed = _sealed({**written, USERNAME: account.username})
    _decide(row, "approved", "", by, unit=unit.code)
    reach = letting_in.Reach(phone=written.get("dien-thoai", ""), mail=written.get("thu-dien-tu", ""))
    return Approved(unit, account, one_time_code, letting_in.send_code(account, one_time_code, reach))


@transaction.atomic
def withdraw(reference: str) -> AccountRequest:
    """The applicant takes an open request back; nobody speaks. Raises UnknownRequest, Decided."""
    row = by_reference(reference)
    if row is None:
        raise UnknownRequest
    # One conditional statement: whoever decides at the same moment is either before or after it.
    taken = AccountRequest.objects.filter(pk=row.pk, state="open").update(
        state="withdrawn", decided_at=timezone.now()
    )
    if not taken:
        raise Decided
    audit.record(
        by=ANONYMOUS,
        action="account_request.withdraw",
        subject_kind="account_request",
        subject_id=str(row.pk),
        province=row.office,
    )
    row.refresh_from_db()
    return row


@transaction.atomic
def refuse(id: uuid.UUID, *, reason: str, by: Actor) -> AccountRequest:
    """Refuse with a reason the applicant reads. Raises UnknownRequest, Decided, WrongUnit without one."""
    row = _open(id, by)
    if not reason.strip():
        raise WrongUnit(
            Text(
                vi="Chưa nêu lý do từ chối. Ghi lý do để cơ sở biết cần bổ sung gì.",
                en="No reason is given. Say what the facility has to add.",
            )
        )
    _decide(row, "refused", reason.strip()[:2000], by)
    return row


def _open(id: uuid.UUID, by: Actor) -> AccountRequest:
    # The office before the request, as a merger takes them: nothing is opened under an office merged away.
    office = request_of(id, by).office
    Unit.objects.select_for_update().filter(pk=office).first()
    row = request_of(id, by)
    row = AccountRequest.objects.select_for_update().get(pk=row.pk)
    if row.state != "open":
        raise Decided
    return row


def _unit(row: AccountRequest, code: str, by: Actor) -> Unit:
    """The facility of the request: the one that is there under this office, or a new one."""
    code = (code or row.given_code or facility_codes.free_short(row.place)).upper()
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        facility_codes.check_free(code)
        unit = actions.create_unit(
            code=code, kind=UnitKind.FACILITY, name=row.facility_name, under=row.office, by=by
        )
    elif unit.kind != UnitKind.FACILITY or unit.province not in by.provinces or unit.ended_on:
        raise WrongUnit(
            Text(
                vi=f"Mã {code} là của đơn vị khác hoặc đã hết hiệu lực. Chọn mã khác hoặc để trống.",
                en=f"{code} belongs to another unit or is of the past. Choose another, or none.",
            )
        )
    facility_codes.keep(unit, code, "short", by=by)
    return unit


def _department(code: str) -> Unit:
    found = Unit.objects.filter(code=code, kind=UnitKind.DEPARTMENT, ended_on=None).first()
    if found is None:
        raise UnknownUnit(code)
    return found


_ACTS = {"approved": "account_request.approved", "refused": "account_request.refused"}


def _decide(row: AccountRequest, state: str, reason: str, by: Actor, unit: str = "") -> None:
    row.state, row.reason, row.unit = state, reason, unit
    row.decided_at, row.decided_by = timezone.now(), by.name
    row.save(update_fields=["state", "reason", "unit", "decided_at", "decided_by", "told_sealed"])
    audit.record(
        by=by,
        action=_ACTS[state],
        subject_kind="account_request",
        subject_id=str(row.pk),
        facility=unit,
        province=row.office,
    )
