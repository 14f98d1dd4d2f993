"""Accepted visits on their way to the examination-treatment database of the National Data Centre.

Their messages are written from a watermark over the transactions that stored or changed visits, as the lake
is filled, not by the judging worker: intake costs nothing more, and no visit below the watermark is without
its message, as both are written in one transaction (docs/decisions/0020-outbox.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection

from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.links import duties, exchange
from khoyte.links.destinations import DATA_CENTRE
from khoyte.links.feeds import Change, Content, Feed, announce
from khoyte.links.models import ExchangeWatermark
from khoyte.units.tenancy import working
from khoyte.visits.limits import condition_for

KIND = "visits"
AT_ONCE = 2_000
WINDOW_DAYS = 35
PURPOSE = "exchange.national"

VISITS = Feed(
    destination=DATA_CENTRE,
    kind=KIND,
    label=Text(vi="Lượt khám bệnh, chữa bệnh", en="Visits"),
    legal=(
        "Nghị định 102/2025/NĐ-CP, Điều 14 đến 16, 23; Kế hoạch 1642/KH-BYT, I.1(a), bước 7; "
        "Quyết định 1551/QĐ-BYT, khoản 4b"
    ),
    carries={
        "facility_code": "facility",
        "visit_code": "ma_lk",
        "standard": "standard",
        "personal_number": "personal_number",
        "full_name": "ho_ten",
        "birth_date": "ngay_sinh",
        "sex": "gioi_tinh",
        "kind_of_care": "ma_loai_kcb",
        "admitted": "ngay_vao",
        "discharged": "ngay_ra",
        "main_diagnosis": "ma_benh_chinh",
        "other_diagnoses": "ma_benh_kt",
        "outcome": "ket_qua_dtri",
        "discharge_kind": "ma_loai_rv",
        "content_sha256": "content_sha256",
        "received_on": "received_on",
    },
    bucket_field="received_on",
    window_days=WINDOW_DAYS,
)
_COLUMNS = (
    "facility", "ma_lk", "version", "province", "standard", "person_sealed", "ho_ten", "ngay_sinh",
    "gioi_tinh", "ma_loai_kcb", "ngay_vao", "ngay_ra", "ma_benh_chinh", "ma_benh_kt", "ket_qua_dtri",
    "ma_loai_rv",
    "content_sha256",
)  # fmt: skip
_DAY = "(v.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date::text AS received_on"
_SELECT = f"SELECT {', '.join(f'v.{name}' for name in _COLUMNS)}, {_DAY} FROM visit v"  # noqa: S608 - our names
_WANTED = f"""{_SELECT}
JOIN unnest(%s::text[], %s::text[], %s::integer[]) AS w(facility, ma_lk, version)
  ON v.facility = w.facility AND v.ma_lk = w.ma_lk AND v.version = w.version
WHERE <allowed>
"""
_CURRENT = f"""{_SELECT}
WHERE v.is_current AND <allowed> AND v.id > %s AND v.received_at >= %s ORDER BY v.id LIMIT %s
"""


class VisitSource:
    """Current versions of visits; a subject is "facility/MA_LK"."""

    kind = KIND

    def read(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Content]:
        keys = [(*subject.split("/", 1), version) for subject, version in wanted]
        columns = [list(column) for column in zip(*keys, strict=True)] or [[], [], []]
        keyring = Keyring.load()
        return {
            change.subject: change.content or {}
            for change in (_change(row, keyring) for row in _rows(_WANTED, columns))
        }

    def now(self, subjects: Sequence[str]) -> list[Change]:
        keys = [subject.split("/", 1) for subject in subjects]
        keyring = Keyring.load()
        columns = [[facility for facility, _ in keys], [ma_lk for _, ma_lk in keys]]
        return [_change(row, keyring) for row in _rows(_CURRENT_OF, columns)]

    def current(self, since: date | None) -> Iterator[Change]:
        keyring, last = Keyring.load(), 0
        begin = f"{since or date(2000, 1, 1)} 00:00+07"
        while True:
            rows = _rows(_CURRENT.replace("SELECT ", "SELECT v.id, ", 1), [last, begin, AT_ONCE])
            for row in rows:
                yield _change(row, keyring)
            if len(rows) < AT_ONCE:
                return
            last = rows[-1]["id"]


def _rows(statement: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("<allowed>", condition_for(PURPOSE)), parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _change(row: Mapping[str, Any], keyring: Keyring) -> Change:
    token = row["person_sealed"]
    content: dict[str, Any] = {
        name: row[name] for name in _COLUMNS if name not in ("version", "province", "person_sealed")
    }
    for name in ("ngay_vao", "ngay_ra"):
        moment = row[name]
        content[name] = moment.strftime("%Y-%m-%dT%H:%M") if moment else None
    for name in ("gioi_tinh", "ket_qua_dtri", "ma_loai_rv"):
        content[name] = None if row[name] is None else str(row[name])
    content["personal_number"] = keyring.open(bytes(token), "visit.person").decode() if token else None
    content["content_sha256"] = bytes(row["content_sha256"]).hex()
    content["received_on"] = row["received_on"]
    subject = f"{row['facility']}/{row['ma_lk']}"
    return Change(subject, row["version"], row["facility"], row["province"], content)


# From the watermark

_SETTLED = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# Visits of one transaction stay together; the bound lies above the transaction of the last one taken.
_BOUND = f"""
WITH settled AS (SELECT {_SETTLED} AS below),
next AS (
    SELECT tx FROM (
        (SELECT stored_tx AS tx FROM visit, settled WHERE stored_tx >= %(low)s AND stored_tx < below
         ORDER BY stored_tx LIMIT %(most)s)
        UNION ALL
        (SELECT changed_tx FROM visit, settled WHERE changed_tx >= %(low)s AND changed_tx < below
         ORDER BY changed_tx LIMIT %(most)s)) AS both_kinds
    ORDER BY tx LIMIT %(most)s
)
SELECT max(tx) + 1, count(*) FROM next
"""  # noqa: S608 - constants of this module
_CHANGED = """
SELECT DISTINCT facility, ma_lk FROM visit
WHERE (stored_tx >= %(low)s AND stored_tx < %(upper)s) OR (changed_tx >= %(low)s AND changed_tx < %(upper)s)
"""
_CURRENT_OF = f"""{_SELECT}
JOIN unnest(%s::text[], %s::text[]) AS w(facility, ma_lk) ON v.facility = w.facility AND v.ma_lk = w.ma_lk
WHERE v.is_current AND <allowed>
"""
_LAST_OF = """
SELECT DISTINCT ON (v.facility, v.ma_lk) v.facility, v.ma_lk, v.version, v.province,
       min(v.stored_tx) OVER (PARTITION BY v.facility, v.ma_lk) AS first_tx FROM visit v
JOIN unnest(%s::text[], %s::text[]) AS w(facility, ma_lk) ON v.facility = w.facility AND v.ma_lk = w.ma_lk
ORDER BY v.facility, v.ma_lk, v.version DESC
"""


def tell_new_visits(most: int = AT_ONCE) -> int:
    """Write the messages of about so many visits stored or changed since the watermark; how many.

    The messages and the new watermark are one transaction. Nothing while no destination takes visits.
    """
    if VISITS.destination not in settings.EXCHANGE:
        return 0
    with working():
        ExchangeWatermark.objects.get_or_create(kind=KIND)
        mark = ExchangeWatermark.objects.select_for_update(skip_locked=True).filter(kind=KIND).first()
        if mark is None:  # another process is at it
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_BOUND, {"low": mark.upper, "most": most})
            upper, _ = cursor.fetchone()
        if upper is None:
            return 0
        changes = _changes(mark.upper, upper)
        exchange.tell(KIND, changes)
        mark.upper = upper
        mark.save(update_fields=["upper"])
    return len(changes)


def _changes(low: int, upper: int) -> list[Change]:
    """Of each visit touched its current version, or that there is none any more."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"low": low, "upper": upper})
        keys = cursor.fetchall()
    columns = [[facility for facility, _ in keys], [ma_lk for _, ma_lk in keys]]
    keyring = Keyring.load()
    found = [_change(row, keyring) for row in _rows(_CURRENT_OF, columns)]
    held = {change.subject for change in found}
    for row in _rows(_LAST_OF, columns):
        subject = f"{row['facility']}/{row['ma_lk']}"
        # Of what came since the watermark nothing was told that could be taken back.
        if subject not in held and row["first_tx"] < low:
            found.append(Change(subject, row["version"], row["facility"], row["province"], None))
    return found


def announce_feeds() -> None:
    announce(VisitSource(), VISITS)
    duties.announce(duties.Duty("visits", tell_new_visits))
