"""Merging, splitting and renaming units by one decision: proposed with counts, confirmed by another person.

Access follows the unit in force. What a unit holds now goes over: accounts, tokens, software, facilities
under it, open requests and cases. What was recorded keeps its old code: nothing of it is rewritten, and the
successor sees it because it took the code over (`Unit.before`; row-level security asks the same). In a split
what was recorded stays with the unit that was split. Every change is written down as a move, so that a
further reorganisation can put things back; nothing is deleted.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from psycopg import sql

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import format_date, today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.units import facility_codes
from khoyte.units.enums import ReorganisationKind, UnitKind
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import (
    Account,
    AccountRequest,
    FacilityCode,
    MachineClient,
    MachineToken,
    Move,
    Reorganisation,
    Unit,
)
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.training import is_training

KINDS = (UnitKind.PROVINCE, UnitKind.FACILITY)


class UnknownReorganisation(KhoyteError):
    """Not there and not yours answer alike."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text(vi="Không có đề nghị sắp xếp này.", en="There is no such reorganisation."))


class NotThisPerson(KhoyteError):
    code = "own-file"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Người lập đề nghị không tự xác nhận. Đề nghị người có quyền khác xác nhận.",
                en="Nobody confirms what they proposed: ask somebody else who may.",
            )
        )


@dataclass(frozen=True)
class Handover:
    """What one unit gives to another. `facilities` and `accounts`: those alone; None: all of them."""

    source: str
    target: str
    kind: str
    facilities: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None

    @property
    def whole(self) -> bool:
        return self.facilities is None and self.accounts is None


@dataclass(frozen=True)
class Carrier:
    """One kind of thing that goes over: which rows a handover moves, and the columns that say whose they are.

    `rows` gives a query set; `columns` are set to the target's code.
    """

    name: str
    label: Text
    rows: Callable[[Handover], "models.QuerySet[Any]"]
    columns: tuple[str, ...] = ("unit_id",)
    values: Callable[[Handover], Mapping[str, str]] | None = None


@dataclass
class Counts:
    """What will move, and how much of what was recorded will be read by the successor under its old code."""

    moves: dict[str, int] = field(default_factory=dict)
    follows: dict[str, int] = field(default_factory=dict)


FOLLOWING: dict[str, Text] = {}
"""Tables of what was recorded, with the words people know it by; rooms above add theirs (`apps.ready`)."""


def follow(table: str, label: Text) -> None:
    FOLLOWING[table] = label


def _all_or(rows: "models.QuerySet[Any]", wanted: tuple[str, ...] | None, name: str) -> Any:
    return rows if wanted is None else rows.filter(**{f"{name}__in": wanted})


def _units_under(handover: Handover) -> Any:
    rows = Unit.objects.filter(under=handover.source, kind=UnitKind.FACILITY)
    if handover.kind != UnitKind.PROVINCE:
        return rows.none()
    return _all_or(rows, handover.facilities, "pk")


def _if_whole(rows: "models.QuerySet[Any]", handover: Handover) -> Any:
    return rows if handover.whole else rows.none()


CARRIERS: list[Carrier] = [
    Carrier(
        "account",
        Text(vi="tài khoản", en="accounts"),
        lambda h: _all_or(Account.objects.filter(unit=h.source), h.accounts, "username"),
    ),
    Carrier(
        "token",
        Text(vi="mã truy cập còn hiệu lực", en="tokens in force"),
        lambda h: _if_whole(
            MachineToken.objects.filter(unit=h.source, revoked_at=None, expires_at__gt=timezone.now()), h
        ),
    ),
    Carrier(
        "client",
        Text(vi="phần mềm xác thực bằng khóa", en="software with keys"),
        lambda h: _if_whole(MachineClient.objects.filter(unit=h.source, revoked_at=None), h),
    ),
    Carrier(
        "facility",
        Text(vi="cơ sở trên địa bàn", en="facilities"),
        _units_under,
        columns=("under_id", "province"),
    ),
    Carrier(
        "request",
        Text(vi="đề nghị cấp tài khoản đang chờ", en="open requests for accounts"),
        lambda h: _if_whole(AccountRequest.objects.filter(office=h.source, state="open"), h),
        columns=("office",),
    ),
]


def carry(carrier: Carrier) -> None:
    """Announce what another room's things go over by (`apps.ready`)."""
    if carrier.name not in {known.name for known in CARRIERS}:
        CARRIERS.append(carrier)


# Plans


def merge_plan(sources: Sequence[str], target: str, name: str = "") -> dict[str, Any]:
    return {"sources": sorted(set(sources)), "target": target, "name": name}


def split_plan(
    source: str, target: str, facilities: Iterable[str] = (), accounts: Iterable[str] = ()
) -> dict[str, Any]:
    """The named facilities and accounts of one unit go to another, which was made before."""
    return {
        "sources": [source],
        "target": target,
        "facilities": sorted(set(facilities)),
        "accounts": sorted(set(accounts)),
    }


def rename_plan(unit: str, name: str) -> dict[str, Any]:
    return {"sources": [], "target": unit, "name": name}


def _handovers(kind: str, plan: Mapping[str, Any]) -> list[Handover]:
    target = Unit.objects.get(pk=plan["target"])
    if kind == ReorganisationKind.SPLIT:
        parts = {"facilities": tuple(plan["facilities"]), "accounts": tuple(plan["accounts"])}
        return [Handover(plan["sources"][0], target.code, target.kind, **parts)]
    return [Handover(source, target.code, target.kind) for source in plan["sources"]]


def _check(kind: str, plan: Mapping[str, Any]) -> str:
    """The one province the plan concerns, "" for more. Raises UnknownUnit, WrongUnit."""
    units = {code: _in_force(code) for code in (*plan["sources"], plan["target"])}
    target = units[plan["target"]]
    kinds = {unit.kind for unit in units.values()}
    if len(kinds) != 1 or not kinds <= set(KINDS):
        raise _wrong("Chỉ sắp xếp giữa các cơ sở, hoặc giữa các Sở Y tế.", "Units must be of one kind.")
    if kind != ReorganisationKind.RENAME and (not plan["sources"] or target.code in plan["sources"]):
        raise _wrong("Đơn vị nhận phải khác đơn vị được sắp xếp.", "A unit is not handed to itself.")
    if kind == ReorganisationKind.RENAME and not plan["name"].strip():
        raise _wrong("Chưa ghi tên mới.", "No new name is given.")
    if kind == ReorganisationKind.SPLIT:
        _check_parts(plan)
    provinces = {unit.province for unit in units.values()}
    of_facilities = kinds == {UnitKind.FACILITY} and len(provinces) == 1
    return target.province if of_facilities else ""


def _check_parts(plan: Mapping[str, Any]) -> None:
    source = plan["sources"][0]
    known = set(Unit.objects.filter(under=source, pk__in=plan["facilities"]).values_list("pk", flat=True))
    named = set(
        Account.objects.filter(unit=source, username__in=plan["accounts"]).values_list("username", flat=True)
    )
    missing = sorted({*plan["facilities"]} - known | {*plan["accounts"]} - named)
    if missing:
        raise _wrong(
            f"Không thuộc đơn vị {source}: {', '.join(missing)}.", f"Not of {source}: {', '.join(missing)}."
        )
    if not plan["facilities"] and not plan["accounts"]:
        raise _wrong("Chưa chọn cơ sở hoặc tài khoản nào.", "No facility and no account is chosen.")


def _in_force(code: str) -> Unit:
    found = Unit.objects.filter(pk=code, ended_on=None).first()
    if found is None:
        raise UnknownUnit(code)
    if is_training(found.code):
        raise _wrong(
            "Đơn vị tập huấn không thuộc diện sắp xếp; tỉnh tập huấn được lập lại bằng lệnh riêng.",
            "Training units are not reorganised; the training province is made anew by its own command.",
        )
    return found


def _wrong(vi: str, en: str) -> WrongUnit:
    return WrongUnit(Text(vi=vi, en=en))


# What will move


def counted(kind: str, plan: Mapping[str, Any]) -> Counts:
    """The dry run: nothing is changed. As far as the transaction's speaker sees."""
    counts = Counts()
    for handover in _handovers(kind, plan):
        for carrier in CARRIERS:
            rows = carrier.rows(handover).count()
            counts.moves[carrier.name] = counts.moves.get(carrier.name, 0) + rows
        if handover.whole:
            for table in FOLLOWING:
                counts.follows[table] = counts.follows.get(table, 0) + _recorded(table, handover)
    return counts


def _recorded(table: str, handover: Handover) -> int:
    column = "province" if handover.kind == UnitKind.PROVINCE else "facility"
    counting = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s")
    with connection.cursor() as cursor:
        cursor.execute(counting.format(sql.Identifier(table), sql.Identifier(column)), [handover.source])
        return cursor.fetchone()[0]


# Acts


@transaction.atomic
def propose(
    *, kind: str, plan: Mapping[str, Any], decision: str, effective_on: date, by: Actor
) -> Reorganisation:
    """Write a proposal down with what it would move. Raises UnknownUnit, WrongUnit."""
    province = _check(kind, plan)
    if not decide(by, "reorganisation.propose", Facts(province=province)):
        raise UnknownUnit(plan["target"])
    if not decision.strip():
        raise _wrong("Chưa ghi số, ngày của quyết định.", "The decision's number and date are missing.")
    counts = counted(kind, plan)
    made = Reorganisation.objects.create(
        kind=kind,
        province=province,
        decision=decision.strip()[:120],
        effective_on=effective_on,
        plan=dict(plan),
        counts={"moves": counts.moves, "follows": counts.follows},
        proposed_by=by.name,
    )
    _record(made, "propose", by)
    return made


def visible(actor: Actor) -> "models.QuerySet[Reorganisation]":
    """Those of the actor's province, of everybody for the ministry; the newest first."""
    rows = Reorganisation.objects.order_by("-id")
    return rows.filter(province__in=actor.provinces) if actor.unit_kind == "province" else rows


def reorganisation_of(id: uuid.UUID, actor: Actor) -> Reorganisation:
    """Raises UnknownReorganisation."""
    found = Reorganisation.objects.filter(pk=id).first()
    if found is None or not decide(actor, "reorganisation.propose", Facts(province=found.province)):
        raise UnknownReorganisation
    return found


@transaction.atomic
def confirm(id: uuid.UUID, *, by: Actor) -> Reorganisation:
    """Carry a proposal out. Raises UnknownReorganisation, NotThisPerson, WrongUnit."""
    row = _proposed(id, by)
    if not decide(by, "reorganisation.confirm", Facts(province=row.province)):
        raise UnknownReorganisation
    if row.proposed_by in by.names:
        raise NotThisPerson
    if row.effective_on > today():
        day = format_date(row.effective_on)
        raise _wrong(f"Quyết định có hiệu lực từ {day}. Xác nhận từ ngày đó.", f"In force from {day}.")
    _hold_units(row.plan)
    if row.kind == ReorganisationKind.REVERSAL:
        _put_back(row, by)
    else:
        _check(row.kind, row.plan)  # things may have changed since it was proposed
        _carry_out(row, by)
    row.state, row.confirmed_at, row.confirmed_by = "done", timezone.now(), by.name
    row.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    _record(row, "confirm", by)
    return row


@transaction.atomic
def drop(id: uuid.UUID, *, by: Actor) -> Reorganisation:
    """Take a proposal back; it stays on record. Raises UnknownReorganisation, WrongUnit."""
    row = _proposed(id, by)
    row.state = "dropped"
    row.save(update_fields=["state"])
    _record(row, "drop", by)
    return row


@transaction.atomic
def propose_reversal(id: uuid.UUID, *, decision: str, by: Actor) -> Reorganisation:
    """Propose to put back what a reorganisation moved. Raises WrongUnit when another was built upon it."""
    done = reorganisation_of(id, by)
    if done.state != "done" or hasattr(done, "reversed_by"):
        raise _wrong("Chỉ khôi phục việc sắp xếp đã thực hiện, một lần.", "Only what was done, and once.")
    if not decision.strip():
        raise _wrong("Chưa ghi số, ngày của quyết định.", "The decision's number and date are missing.")
    _check_newest(done)
    moves = {move.what: len(move.keys) for move in done.moves.all() if not move.what.startswith("unit:")}
    made = Reorganisation.objects.create(
        kind=ReorganisationKind.REVERSAL,
        province=done.province,
        decision=decision.strip()[:120],
        effective_on=today(),
        plan=done.plan,
        counts={"moves": moves, "follows": {}},
        proposed_by=by.name,
        reverses=done,
    )
    _record(made, "propose", by)
    return made


def _hold_units(plan: Mapping[str, Any]) -> None:
    """One at a time for the same units, always in the same order: none is merged into one that just ended."""
    codes = {*plan["sources"], plan["target"]}
    list(Unit.objects.select_for_update().filter(pk__in=codes).order_by("pk"))


def _proposed(id: uuid.UUID, by: Actor) -> Reorganisation:
    reorganisation_of(id, by)
    row = Reorganisation.objects.select_for_update().get(pk=id)
    if row.state != "proposed":
        raise _wrong("Đề nghị này đã được quyết định.", "It was decided already.")
    return row


def _carry_out(row: Reorganisation, by: Actor) -> None:
    for handover in _handovers(row.kind, row.plan):
        for carrier in CARRIERS:
            _move(row, carrier, handover)
        if row.kind == ReorganisationKind.MERGE:
            _take_over(row, handover, by)
    name = row.plan.get("name", "").strip()
    if name:
        _change_unit(row, row.plan["target"], name=name[:255])


def _move(row: Reorganisation, carrier: Carrier, handover: Handover) -> None:
    rows = carrier.rows(handover)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return
    values = carrier.values or (lambda h: dict.fromkeys(carrier.columns, h.target))
    after = dict(values(handover))
    back = Handover(handover.target, handover.source, handover.kind)
    before = dict(values(back))
    rows.model.objects.filter(pk__in=keys).update(**after)
    Move.objects.create(
        reorganisation=row,
        what=carrier.name,
        keys=[str(key) if isinstance(key, uuid.UUID) else key for key in keys],
        before=before,
        after=after,
    )


def _take_over(row: Reorganisation, handover: Handover, by: Actor) -> None:
    """The source is of the past; the target answers for its codes, records and licence numbers."""
    source, target = Unit.objects.get(pk=handover.source), Unit.objects.get(pk=handover.target)
    ended = row.effective_on
    _change_unit(row, source.code, ended_on=ended.isoformat(), succeeded_by_id=target.code)
    _change_unit(
        row,
        target.code,
        before=sorted({*target.before, source.code, *source.before}),
        licence_suffixes=sorted({*target.licence_suffixes, *source.licence_suffixes}),
    )
    if source.kind == UnitKind.FACILITY:
        facility_codes.keep(source, source.code, "short", by=by)
        codes = list(FacilityCode.objects.filter(unit=source, ended_on=None).values_list("pk", flat=True))
        facility_codes.end(source, ended)
        Move.objects.create(
            reorganisation=row,
            what="code",
            keys=codes,
            before={"ended_on": None},
            after={"ended_on": ended.isoformat()},
        )


def _change_unit(row: Reorganisation, code: str, **after: Any) -> None:
    (before,) = Unit.objects.filter(pk=code).values(*after)
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()}
    Unit.objects.filter(pk=code).update(**after)
    Move.objects.create(reorganisation=row, what=f"unit:{code}", keys=[code], before=plain, after=after)


def _put_back(row: Reorganisation, by: Actor) -> None:
    """Undo the moves, the last first; what has moved on since stays where it is and is counted."""
    if row.reverses is None:
        raise UnknownReorganisation
    _check_newest(row.reverses)
    carriers = {carrier.name: carrier for carrier in CARRIERS}
    for move in row.reverses.moves.order_by("-pk"):
        model: Any = (
            Unit
            if move.what.startswith("unit:")
            else FacilityCode
            if move.what == "code"
            else carriers[move.what].rows(Handover("", "", "")).model
        )
        rows = model.objects.filter(pk__in=move.keys, **move.after)
        keys = list(rows.values_list("pk", flat=True))
        model.objects.filter(pk__in=keys).update(**move.before)
        Move.objects.create(
            reorganisation=row,
            what=move.what,
            keys=[str(key) if isinstance(key, uuid.UUID) else key for key in keys],
            before=move.after,
            after=move.before,
        )


def _check_newest(done: Reorganisation) -> None:
    """Raise WrongUnit when a later reorganisation, not put back itself, changed one of the same units."""
    units = done.moves.filter(what__startswith="unit:").values_list("what", flat=True)
    later = Reorganisation.objects.filter(
        state="done", confirmed_at__gt=done.confirmed_at, moves__what__in=list(units), reversed_by=None
    ).exclude(kind=ReorganisationKind.REVERSAL)
    if later.exists():
        raise _wrong(
            "Đơn vị đã được sắp xếp tiếp sau đó. Khôi phục lần sau trước.",
            "The units were reorganised again since. Put that back first.",
        )


def _record(row: Reorganisation, act: str, by: Actor) -> None:
    audit.record(
        by=by,
        action=f"reorganisation.{act}",
        subject_kind="reorganisation",
        subject_id=str(row.pk),
        province=row.province,
        details={
            "kind": row.kind,
            "units": [*row.plan["sources"], row.plan["target"]],
            "moves": row.counts["moves"],
        },
    )
