"""Which papers a visit should bring and which came: who sends what.

Expectations follow the checks between tables (V-075, V-077 to V-080): a transfer brings a referral slip, an
appointment a re-examination slip, a test line its results, an inpatient stay a discharge paper and a summary.
Only current versions of visits are counted, by the day of discharge. The caller's transaction keeps tenants
apart.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection

from khoyte.foundation.language import Text
from khoyte.visits.limits import condition_for

PURPOSE = "province.oversee"


@dataclass(frozen=True)
class Paper:
    """One kind of paper: its table and when it is expected, as a condition on `visit v`."""

    table: str
    label: Text
    when: Text
    condition: str


PAPERS = (
    Paper(
        "XML13",
        Text("Phiếu chuyển cơ sở khám bệnh, chữa bệnh", "Referral slip"),
        Text("người bệnh được chuyển cơ sở khám bệnh, chữa bệnh", "the patient was transferred"),
        "v.ma_loai_rv IN (2, 5)",
    ),
    Paper(
        "XML14",
        Text("Phiếu hẹn khám lại", "Re-examination slip"),
        Text("có ngày hẹn khám lại", "a re-examination is set"),
        "v.ngay_tai_kham <> ''",
    ),
    Paper(
        "XML4",
        Text("Kết quả cận lâm sàng", "Test results"),
        Text("có xét nghiệm, chẩn đoán hình ảnh hoặc thăm dò chức năng", "tests or imaging were done"),
        "EXISTS (SELECT FROM visit_service s WHERE s.visit_id = v.id AND s.ma_nhom IN (1, 2, 3))",
    ),
    Paper(
        "XML7",
        Text("Giấy ra viện", "Discharge paper"),
        Text(
            "điều trị nội trú (mã hình thức 03, 04, 09), trừ trường hợp trốn viện",
            "inpatient stays (forms 03, 04, 09), unless the patient left without notice",
        ),
        "v.ma_loai_kcb IN ('03', '04', '09') AND v.ma_loai_rv IS DISTINCT FROM 3",
    ),
    Paper(
        "XML8",
        Text("Tóm tắt hồ sơ bệnh án", "Discharge summary"),
        Text(
            "điều trị nội trú, nội trú ban ngày, điều trị lưu (mã hình thức 03, 04, 06)",
            "inpatient, day-inpatient and observation stays (forms 03, 04, 06)",
        ),
        "v.ma_loai_kcb IN ('03', '04', '06')",
    ),
)
PAPER_OF = {paper.table: paper for paper in PAPERS}


@dataclass(frozen=True)
class PaperCount:
    """Papers of one kind: how many visits should bring one, and how many of these did."""

    expected: int
    received: int

    @property
    def missing(self) -> int:
        return self.expected - self.received


def papers_by_facility(province: str, start: date, end: date) -> dict[str, dict[str, PaperCount]]:
    """Facility -> table -> counts, for discharges from `start` to `end`, both included.

    Days counted before and unchanged since are read from `paper_day`, all others from their visits, in one
    statement: as exact as counting all of them.
    """
    from_visits = f"{_COUNTED_OF_CHANGED} AND {condition_for(PURPOSE)} GROUP BY v.facility"
    rows = _read(
        f"{_KEPT} UNION ALL {from_visits}",
        province, start, end, formula(), province,
    )  # fmt: skip
    sums: dict[str, list[int]] = {}
    for facility, expected, received in rows:
        pairs = [number for pair in zip(expected, received, strict=True) for number in pair]
        sums[facility] = [a + b for a, b in zip(sums.get(facility, [0] * len(pairs)), pairs, strict=True)]
    return {
        facility: {
            paper.table: PaperCount(numbers[2 * n], numbers[2 * n + 1]) for n, paper in enumerate(PAPERS)
        }
        for facility, numbers in sums.items()
    }


def formula() -> str:
    """Names what is counted how: other papers, conditions or limits are another formula, counted anew."""
    told = [(paper.table, paper.condition) for paper in PAPERS]
    return sha256(repr((told, condition_for(PURPOSE))).encode()).hexdigest()[:16]


EXPECTED = "ARRAY[" + ", ".join(f"count(*) FILTER (WHERE {paper.condition})" for paper in PAPERS) + "]::int[]"
RECEIVED = (
    "ARRAY["
    + ", ".join(
        f"count(*) FILTER (WHERE {paper.condition} AND '{paper.table}' = ANY(v.tables))" for paper in PAPERS
    )
    + "]::int[]"
)
_SUMS = ", ".join(
    f"ARRAY[{', '.join(f'sum({column}[{n + 1}])' for n in range(len(PAPERS)))}]::int[]"
    for column in ("expected", "received")
)
_KEPT = f"""
WITH asked AS (SELECT %s::text AS province, %s::date AS first, %s::date AS after, %s::text AS formula),
changed AS (
    SELECT DISTINCT c.facility, c.day FROM asked, paper_day_changed c
    WHERE c.province = asked.province AND c.day >= first AND c.day < after
    UNION SELECT o.facility, o.day FROM asked, paper_day o
    WHERE o.province = asked.province AND o.day >= first AND o.day < after AND o.formula <> asked.formula)
SELECT k.facility, {_SUMS} FROM asked, paper_day k
WHERE k.province = asked.province AND k.day >= first AND k.day < after AND k.formula = asked.formula
  AND (k.facility, k.day) NOT IN (SELECT facility, day FROM changed)
GROUP BY k.facility
"""  # noqa: S608 - constants of this file
_COUNTED_OF_CHANGED = f"""
SELECT v.facility, {EXPECTED}, {RECEIVED}
FROM changed JOIN visit v ON v.facility = changed.facility
     AND v.ngay_ra >= changed.day AND v.ngay_ra < changed.day + 1
WHERE v.is_current AND v.province = %s
"""  # noqa: S608 - constants of this file


@dataclass(frozen=True)
class WithoutPaper:
    """A visit that should have brought a paper and did not; where its dossier stands."""

    ma_lk: str
    discharged: Any
    submission: str
    position: int


def visits_without(
    table: str, province: str, facility: str, start: date, end: date, limit: int
) -> list[WithoutPaper]:
    """Visits of a facility that lack a paper of one kind, latest discharge first.

    KeyError for a table that is not among PAPERS.
    """
    condition = PAPER_OF[table].condition
    statement = (
        f"SELECT v.ma_lk, v.ngay_ra, v.submission_id::text, v.position FROM visit v {_of_province()}"  # noqa: S608
        f" AND {condition} AND NOT ('{table}' = ANY(v.tables)) AND v.facility = %s"
        " ORDER BY v.ngay_ra DESC, v.ma_lk LIMIT %s"
    )
    return [WithoutPaper(*row) for row in _read(statement, province, start, end, facility, limit)]


_OF_PROVINCE = "WHERE v.is_current AND v.province = %s AND v.ngay_ra >= %s AND v.ngay_ra < %s"


def _of_province() -> str:
    return f"{_OF_PROVINCE} AND {condition_for(PURPOSE)}"


def _read(statement: str, province: str, start: date, end: date, *more: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [province, start, end + timedelta(days=1), *more])
        return cursor.fetchall()
