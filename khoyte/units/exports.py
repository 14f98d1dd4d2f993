"""Files that leave the platform: counted per account and day, marked with who took them, audited.

Controlled internal sharing, limits and a log of exports: Law 91/2025/QH15 and Decree 356/2025/NĐ-CP (personal
data). The mark lets a sheet found outside lead back to the entry that tells who made it.
"""

from datetime import datetime, time

from django.db import connection

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import TZ, format_instant, now, today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.units.policy import Actor

FILES_PER_DAY = 300
"""Files one account may take in a day."""

ROWS_PER_DAY = 1_000_000
"""Rows one account may take in a day, over all its files."""


class TooManyExports(KhoyteError):
    """The account has taken as much as one may in a day."""

    code = "too-many-exports"
    status = 429
    retry_after = 3600


def admit(actor: Actor, *, name: str, rows: int | None, reference: str) -> Text:
    """Record that `actor` takes a file of so many rows (None: not counted); the mark to print on it.

    `name` is that of the page or list, without words about persons; `reference` is the number of the request.
    Inside the caller's transaction. Raises TooManyExports.
    """
    files, taken = _taken_today(actor)
    if files >= FILES_PER_DAY or taken + (rows or 0) > ROWS_PER_DAY:
        raise TooManyExports(_TOO_MANY.fill(files=FILES_PER_DAY, rows=ROWS_PER_DAY), remedy=_WAIT)
    audit.record(
        by=actor,
        action="export",
        subject_kind="file",
        subject_id=name[:100],
        facility=actor.facility,
        province=actor.province,
        details={"rows": rows, "reference": reference},
    )
    return _MARK.fill(account=actor.name, unit=actor.unit_name, at=format_instant(now()), reference=reference)


def _taken_today(actor: Actor) -> tuple[int, int]:
    midnight = datetime.combine(today(), time(), TZ)
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [actor.name, midnight])
        files, rows = cursor.fetchone()
    return files, rows


_TAKEN = """
SELECT count(*), coalesce(sum((details->>'rows')::bigint), 0) FROM audit_entry
WHERE action = 'export' AND actor = %s AND at >= %s
"""
_MARK = Text(
    "Người tải: {account}, {unit}, lúc {at}, mã {reference}",
    "Taken by {account}, {unit}, at {at}, reference {reference}",
)
_TOO_MANY = Text(
    "Tài khoản này đã tải hết hạn mức trong ngày: {files} tệp hoặc {rows} dòng.",
    "This account has taken what one may in a day: {files} files or {rows} rows.",
)
_WAIT = Text(
    "Chờ sang ngày mai, hoặc thu hẹp bộ lọc để tải ít dòng hơn.",
    "Wait until tomorrow, or narrow the filter to take fewer rows.",
)
