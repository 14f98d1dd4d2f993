"""The register beside the list of health workers at Social Security: classes, differences, what to do."""

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.audit.models import AuditEntry
from khoyte.notices.models import Notice
from khoyte.practice import staff_comparing
from khoyte.practice.hours import spans
from khoyte.practice.models import StaffComparison
from khoyte.practice.staff_list import (
    ADD_THERE,
    DECLARE_HERE,
    END_THERE,
    ENDED_THERE,
    FIELDS,
    ONCE_THERE,
    ONLY_HERE,
    REGISTER_HERE,
    Line,
    Ours,
    Theirs,
    compare,
    hours_of,
)
from khoyte.practice.staff_presenters import line_tables
from khoyte.practice.tests.people import registration
from khoyte.registers import reviewing
from khoyte.registers.known import Register, register
from khoyte.registers.models import Case, Record
from khoyte.registers.reading import Source
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, SYSTEM, made, officer, person, workbook
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.tenancy import speaking_as

DAY = date(2026, 3, 2)
ADDRESS = "/dang-ky-hanh-nghe/doi-chieu-bhxh"
HOURS = "T2-T6 7:00-11:30, 13:00-16:30"


def ours(number: int, **more: Any) -> Ours:
    content = person(number, scope="Nội khoa") | {k: v for k, v in more.items() if k in person(number)}
    return Ours(
        {
            "personal_number": content["personal_number"],
            "valid_from": "2025-01-01",
            "valid_to": more.get("until"),
            "hours": HOURS,
            "department": "K02",
        },
        content | {"old_certificate": more.get("old")},
    )


def theirs(number: int, row: int = 2, **more: str) -> Theirs:
    one = person(number)
    values = {name: one[name] for name in ("full_name", "licence_number", "licence_date")}
    return Theirs(row, values | {"scope": "Nội khoa", "hours": HOURS, "department": "K02"} | more)


def outcome(ours: list[Ours], theirs: list[Theirs], **more: Any) -> list[tuple]:
    lines = compare(ours, theirs, day=DAY, compared=FIELDS, **more)
    return [(line.kind, line.row, [one.field for one in line.differences], line.remedy) for line in lines]


@pytest.mark.parametrize(
    ("register_side", "list_side", "expected"),
    [
        ([ours(1)], [theirs(1)], ("same", 2, [], None)),
        ([ours(1)], [theirs(1, licence_number="000001/demo - gphn", full_name="TRAN VAN B1")],
         ("same", 2, [], None)),
        ([ours(1, old="7/BYT-CCHN")], [theirs(1, licence_number="7/BYT-CCHN")], ("same", 2, [], None)),
        ([ours(1)], [theirs(1, scope="116;128")], ("same", 2, [], None)),
        ([ours(1)], [theirs(1, hours="")], ("same", 2, [], None)),
        ([ours(1)], [theirs(1, licence_date="2024-06-02")], ("differs", 2, ["licence_date"], None)),
        ([ours(1)], [theirs(1, licence_date="")], ("differs", 2, ["licence_date"], None)),
        ([ours(1)], [theirs(1, scope="Ngoại khoa", hours="T2-T6 7:00-16:30")],
         ("differs", 2, ["scope", "hours"], None)),
        ([ours(1)], [theirs(1, licence_number="9/KHAC", personal_number="999085000001")],
         ("differs", 2, ["licence_number"], None)),
        ([ours(1)], [theirs(1, licence_number="", birth_date="1985")],
         ("differs", 2, ["licence_number"], None)),
        ([ours(1)], [], ("only_here", 0, [], ADD_THERE)),
        ([ours(1)], [theirs(1, valid_to="2026-03-01")], ("only_here", 0, [], ENDED_THERE)),
        ([ours(1, until="2026-03-01")], [theirs(1)], ("only_there", 2, [], END_THERE)),
        ([ours(1, until="2026-03-01")], [], None),
        ([], [theirs(1)], ("only_there", 2, [], DECLARE_HERE)),
        ([], [theirs(1, valid_to="2026-03-01")], None),
        ([], [Theirs(2, {})], ("unread", 2, [], None)),
    ],
)  # fmt: skip
def test_each_person_falls_into_one_class(
    register_side: list[Ours], list_side: list[Theirs], expected: tuple | None
) -> None:
    found = outcome(register_side, list_side)
    if expected and expected[0] == "unread":
        assert [one[:3] for one in found] == [expected[:3]]
    else:
        assert found == ([expected] if expected else [])


def test_who_is_in_the_register_elsewhere_is_to_be_registered_here() -> None:
    assert outcome([], [theirs(1)], known={"000001/demo-gphn"}) == [("only_there", 2, [], REGISTER_HERE)]


def test_a_person_in_two_lines_in_force_is_told_once_more() -> None:
    found = outcome([ours(1)], [theirs(1), theirs(1, row=3, licence_date="2020-01-01")])
    assert found == [("twice", 3, [], ONCE_THERE), ("same", 2, [], None)]


def test_of_two_registrations_the_one_that_fits_is_compared() -> None:
    second = Ours(ours(1).registration | {"hours": "T7 7:00-11:00", "department": "K03"}, ours(1).person)
    found = outcome([ours(1), second], [theirs(1, hours="T7 07:00-11:00", department="K03")])
    assert [one[0] for one in found] == ["same"]


@settings(max_examples=60, deadline=None)
@given(
    here=st.lists(st.integers(1, 12), unique=True),
    there=st.lists(st.integers(1, 12), unique=True),
)
def test_nobody_is_lost_and_nobody_counted_twice(here: list[int], there: list[int]) -> None:
    lines = compare([ours(n) for n in here], [theirs(n, row=n) for n in there], day=DAY, compared=FIELDS)
    kinds = {kind: sum(line.kind == kind for line in lines) for kind in ("same", "only_here", "only_there")}
    both = len(set(here) & set(there))
    assert kinds == {"same": both, "only_here": len(here) - both, "only_there": len(there) - both}
    assert len(lines) == sum(kinds.values())


@pytest.mark.parametrize(
    ("day_hours", "week_days", "same_as"),
    [
        ("0700-1630", "2,3,4,5,6", "T2-T6 7:00-16:30"),
        ("0700-1630", "T2T3T4T5T6", "T2-T6 7:00-16:30"),
        ("07:00-11:30; 13:00-16:30", "T2-T6", HOURS),
        ("7h00-11h00", "T7, CN", "T7-CN 7:00-11:00"),
        ("0000-2400", "2-8", "24/7"),
        ("sáng", "2,3", None),
        ("0700-1630", "1", None),
        ("0700-1630", "", None),
        ("", "2,3", None),
    ],
)
def test_their_way_of_writing_hours(day_hours: str, week_days: str, same_as: str | None) -> None:
    assert spans(hours_of(day_hours, week_days)) == (spans(same_as) if same_as else None)


@pytest.mark.parametrize(
    ("week_days", "words"),
    [("2,3,4,5,6", "T2-T6"), ("2,4,6", "T2; T4; T6"), ("2,3,7,8", "T2-T3; T7-CN"), ("cn", "CN")],
)
def test_days_in_a_row_are_said_as_people_write_them(week_days: str, words: str) -> None:
    said = "; ".join(f"{days} 7:00-16:30" for days in words.split("; "))
    assert hours_of("0700-1630", week_days) == said


def test_what_all_of_a_class_have_to_do_is_said_once_above_them() -> None:
    lines = [Line(ONLY_HERE, f"Người {n}", f"{n}/GPHN", remedy=ADD_THERE) for n in range(3)]
    (table,) = line_tables(lines)
    assert (table.note, [column.name for column in table.columns]) == (ADD_THERE, ["name", "licence"])
    (sheet,) = line_tables(lines, whole=True)
    assert [row["remedy"] for row in sheet.rows] == [ADD_THERE] * 3
    two_ways = [*lines, Line(ONLY_HERE, "Người 4", "4/GPHN", remedy=ENDED_THERE)]
    assert "remedy" in [column.name for column in line_tables(two_ways)[0].columns]


# Read, kept, shown


HEADINGS = ["STT", "HO_TEN", "SO_CCCD", "CHUCDANH_NN", "MACCHN", "NGAYCAP_CCHN", "NOICAP_CCHN", "PHAMVI_CM",
            "THOIGIAN_NGAY", "THOIGIAN_TUAN", "MA_KHOA", "TU_NGAY", "DEN_NGAY", "MA_CSKCB"]  # fmt: skip


def line(number: int, **more: Any) -> list[Any]:
    one = person(number)
    values = {
        "STT": number, "HO_TEN": one["full_name"], "SO_CCCD": one["personal_number"], "CHUCDANH_NN": 1,
        "MACCHN": one["licence_number"], "NGAYCAP_CCHN": "20240601", "PHAMVI_CM": "Nội khoa",
        "THOIGIAN_NGAY": "0000-2400", "THOIGIAN_TUAN": "2,3,4,5,6,7,8", "MA_KHOA": "K02",
        "TU_NGAY": "20250101", "MA_CSKCB": OWN,
    }  # fmt: skip
    return [(values | more).get(name) for name in HEADINGS]


def sheet(*lines: list[Any]) -> io.BytesIO:
    file = io.BytesIO(workbook([HEADINGS, *lines]))
    file.name = "nhan-vien.xlsx"
    return file


def people() -> Register:
    return register("practitioners")


def record_of(number: int) -> Record:
    return people().model.objects.get(full_name=person(number)["full_name"])


@pytest.fixture
def staff(country: None) -> None:
    for number in (1, 2, 3):
        one = person(number, scope="Nội khoa")
        made("practitioners", one, confirmed=True)
        registration(confirmed=True, personal_number=one["personal_number"])


@pytest.mark.django_db
@pytest.mark.usefixtures("staff")
class TestOnPages:
    def compared(self, client: Any, *lines: list[Any]) -> StaffComparison:
        answer = client.post(ADDRESS, {"tep": sheet(*lines)})
        assert answer.status_code == 302, text_of(answer)
        return StaffComparison.objects.get(pk=answer["Location"].rpartition("/")[2])

    def test_a_facility_sees_what_differs_with_what_to_do_takes_the_sheet_and_opens_cases(self) -> None:
        clerk = browser(OWN, "facility")
        one = self.compared(
            clerk,
            line(1),
            line(2, NGAYCAP_CCHN="20230601", PHAMVI_CM="Ngoại khoa", THOIGIAN_NGAY="0700-1630"),
            line(9, MACCHN="000009/DEMO-GPHN"),
        )
        assert one.counts == {"same": 1, "differs": 1, "only_here": 1, "only_there": 1}
        assert b"Ngo" not in bytes(one.lines_sealed)
        page = text_of(clerk.get(f"{ADDRESS}/{one.pk}"))
        for words in (
            "Ngoại khoa",
            "01/06/2023",
            "Trần Văn D3",
            "Trần Văn J9",
            "kê khai người hành nghề rồi",
        ):
            assert words in page, words
        for number in (1, 2, 3, 9):
            assert person(number)["personal_number"] not in page
        answer = clerk.get(f"{ADDRESS}/{one.pk}?tai=xlsx")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert len(book.sheetnames) == 4
        text = str([row for table in book for row in table.iter_rows(values_only=True)])
        assert "Lấy theo giấy phép và quyết định điều chỉnh" in text
        assert {"staff_list.compare", "staff_list.read", "export"} <= set(
            AuditEntry.objects.values_list("action", flat=True)
        )
        # Whom the list leaves a date out of has nothing to review.
        assert "Mở việc rà soát cho 1 người khác nhau" in page
        # Cases stand once a record, of the person's and of the registration's fields apart.
        for _ in range(2):
            assert clerk.post(f"{ADDRESS}/{one.pk}")["Location"] == f"{ADDRESS}/{one.pk}?da-mo=2"
        cases = {case.register: case for case in Case.objects.filter(kind="mismatch")}
        assert set(cases) == {"practitioners", "practice_registrations"}
        assert {one.level for one in cases.values()} == {"facility"}
        assert [(d.field, d.said) for d in reviewing.differences(cases["practitioners"])] == [
            ("licence_date", "2023-06-01"), ("scope", "Ngoại khoa"),
        ]  # fmt: skip
        reviewer = browser(OWN, "facility_reviewer")
        case = cases["practitioners"]
        assert "Danh mục tại cơ quan Bảo hiểm xã hội: Ngoại khoa" in text_of(
            reviewer.get(f"/ra-soat/{case.pk}")
        )
        reviewer.post(f"/ra-soat/{case.pk}", {"lay-theo-nguoi": "scope", "ly-do": "Quyết định điều chỉnh 12"})
        record = register("practitioners").model.objects.get(pk=case.record)
        assert (record.scope, record.licence_date.isoformat()) == ("Ngoại khoa", "2024-06-01")

    def test_a_persons_own_case_is_not_written_over(self) -> None:
        record = record_of(1)
        with speaking_as(SYSTEM):
            reviewing.say_otherwise(register=people(), id=record.pk, said={"title": "YS"}, by=SYSTEM)
        clerk = browser(OWN, "facility")
        one = self.compared(clerk, line(1, PHAMVI_CM="Nhi khoa"))
        clerk.post(f"{ADDRESS}/{one.pk}")
        (case,) = Case.objects.filter(kind="mismatch", record=record.pk)
        assert [d.field for d in reviewing.differences(case)] == ["title"]
        assert reviewing.said_by(case) == "person"

    def test_the_persons_own_word_takes_the_place_of_the_lists(self) -> None:
        clerk, record = browser(OWN, "facility"), record_of(1)
        clerk.post(f"{ADDRESS}/{self.compared(clerk, line(1, PHAMVI_CM='Nhi khoa')).pk}")
        with speaking_as(SYSTEM):
            unsaid = reviewing.say_otherwise(register=people(), id=record.pk, said={}, by=SYSTEM)
            assert unsaid is None
            assert Case.objects.filter(kind="mismatch", closed_at=None).count() == 1
            said = reviewing.say_otherwise(register=people(), id=record.pk, said={"title": "YS"}, by=SYSTEM)
        cases = Case.objects.filter(kind="mismatch", record=record.pk)
        assert [case.pk for case in cases if case.closed_at is None] == [said.pk]
        assert (cases.count(), reviewing.said_by(said)) == (2, "person")

    def test_a_case_is_closed_when_a_later_list_agrees_and_its_settling_is_told(self) -> None:
        clerk = browser(OWN, "facility")
        clerk.post(f"{ADDRESS}/{self.compared(clerk, line(1, PHAMVI_CM='Nhi khoa'), line(2)).pk}")
        page = text_of(clerk.get(f"/so-dang-ky/practitioners/{record_of(1).pk}"))
        assert "Danh mục nhân viên y tế tại cơ quan Bảo hiểm xã hội khác với hồ sơ này" in page
        self.compared(clerk, line(1, THOIGIAN_NGAY="0700-1630"), line(2))
        assert not Case.objects.filter(kind="mismatch", closed_at=None).exists()
        clerk.post(f"{ADDRESS}/{self.compared(clerk, line(2, PHAMVI_CM='Nhi khoa')).pk}")
        case = Case.objects.get(kind="mismatch", closed_at=None)
        reviewer = browser(OWN, "facility_reviewer")
        reviewer.post(f"/ra-soat/{case.pk}", {"ly-do": "Giấy phép ghi Nội khoa"})
        assert {"mismatch_listed", "mismatch_listed_settled"} <= set(
            Notice.objects.values_list("kind", flat=True)
        )

    def test_what_could_not_stand_in_the_register_opens_no_case(self) -> None:
        clerk = browser(OWN, "facility")
        one = self.compared(clerk, line(1, NGAYCAP_CCHN="29990101", PHAMVI_CM="Nhi khoa"))
        assert clerk.post(f"{ADDRESS}/{one.pk}")["Location"].endswith("?da-mo=1")
        case = Case.objects.get(kind="mismatch")
        assert [d.field for d in reviewing.differences(case)] == ["scope"]

    def test_only_the_own_list_is_compared_and_only_own_comparisons_are_seen(self) -> None:
        clerk, neighbour, office = (
            browser(OWN, "facility"), browser(NEIGHBOUR, "facility"), browser(PROVINCE, "province"),
        )  # fmt: skip
        answer = clerk.post(ADDRESS, {"tep": sheet(line(1, MA_CSKCB=NEIGHBOUR))})
        assert answer.status_code == 422
        assert f"danh mục của cơ sở {NEIGHBOUR}" in text_of(answer)
        assert not StaffComparison.objects.exists()
        one = self.compared(clerk, line(1))
        assert neighbour.get(f"{ADDRESS}/{one.pk}").status_code == 404
        assert neighbour.post(f"{ADDRESS}/{one.pk}").status_code == 404
        assert str(one.pk) not in text_of(neighbour.get(ADDRESS))
        assert office.get(f"{ADDRESS}/{one.pk}").status_code == 200
        assert str(one.pk) in text_of(office.get(ADDRESS))
        assert office.post(ADDRESS, {"tep": sheet(line(1))}).status_code == 422

    def test_old_fonts_lost_zeros_and_serial_days_are_read_for_comparing(self) -> None:
        clerk = browser(OWN, "facility")
        one = self.compared(
            clerk,
            line(1, SO_CCCD=999085000001, NGAYCAP_CCHN=45444),
            line(2, NGAYCAP_CCHN="1/6/2024 0:00", MACCHN=""),
            ["Tổng cộng", "2 người"],
        )
        assert one.rows == 2
        kinds = {line.row: (line.kind, [d.field for d in line.differences])
                 for line in staff_comparing.lines_of(one)}  # fmt: skip
        assert kinds[2] == ("same", [])
        assert kinds[3] == ("differs", ["licence_number"])

    def test_a_table_of_something_else_is_refused_in_words(self) -> None:
        clerk = browser(OWN, "facility")
        for rows in ([["a", "b"], [1, 2]], [["MA_KHOA", "TU_NGAY"], ["K01", "20250101"]]):
            file = io.BytesIO(workbook(rows))
            file.name = "x.xlsx"
            answer = clerk.post(ADDRESS, {"tep": file})
            assert answer.status_code == 422
            # A list of elsewhere has no column that is required: none is announced and then left out.
            assert "các cột bắt buộc" not in answer.content.decode()
        assert clerk.post(ADDRESS).status_code == 422

    def test_the_newest_few_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(staff_comparing, "KEPT", 2)
        clerk = browser(OWN, "facility")
        first, second, third = (self.compared(clerk, line(n)) for n in (1, 2, 3))
        assert set(StaffComparison.objects.values_list("pk", flat=True)) == {second.pk, third.pk}
        assert clerk.get(f"{ADDRESS}/{first.pk}").status_code == 404

    def test_nobody_elses_are_compared_or_dropped_where_the_database_keeps_nobody_apart(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The application's own conditions alone: not speaking as anybody, the connection sees every row."""
        monkeypatch.setattr(staff_comparing, "KEPT", 1)
        elsewhere = person(4, facility=NEIGHBOUR)
        made("practitioners", elsewhere, confirmed=True)
        registration(confirmed=True, personal_number=elsewhere["personal_number"], facility=NEIGHBOUR)
        numbers = {one.registration["personal_number"] for one in staff_comparing.registered(OWN)}
        assert numbers == {person(n)["personal_number"] for n in (1, 2, 3)}
        theirs = StaffComparison.objects.create(
            facility=NEIGHBOUR, province=PROVINCE, rows=1, counts={}, made_by="x", lines_sealed=b"x",
            made_at=timezone.now() - timedelta(days=9),
        )  # fmt: skip
        by = officer(OWN, "facility")
        for _ in range(2):
            file = sheet(line(1))
            staff_comparing.compare_list(source=Source(file.name, file.getvalue()), by=by)
        left = StaffComparison.objects.values_list("facility", flat=True)
        assert sorted(left) == sorted([OWN, NEIGHBOUR])
        assert StaffComparison.objects.filter(pk=theirs.pk).exists()
