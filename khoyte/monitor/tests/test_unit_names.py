from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.monitor.plan_data import rows_of
from khoyte.monitor.unit_names import read_units

QUIETLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
UNITS = (
    "Cục Quản lý Khám, chữa bệnh", "Vụ Kế hoạch - Tài chính", "Trung tâm Thông tin y tế Quốc gia",
    "Cục Quản lý Y, Dược cổ truyền", "Văn phòng Bộ", "Bệnh viện Bạch Mai",
)  # fmt: skip


def names(printed: str) -> list[str]:
    return [one.name for one in read_units(printed)]


def test_a_comma_inside_a_name_parts_nothing() -> None:
    assert names("Cục Quản lý Khám, chữa bệnh") == ["Cục Quản lý Khám, chữa bệnh"]


def test_several_units_are_parted_and_crowds_are_doubtful() -> None:
    printed = "Vụ Pháp chế, Văn phòng Bộ và các Vụ, Cục thuộc Bộ Y tế"
    found = read_units(printed)
    assert [one.name for one in found] == ["Vụ Pháp chế", "Văn phòng Bộ", "các Vụ, Cục thuộc Bộ Y tế"]
    assert [one.doubt is not None for one in found] == [False, False, True]


def test_provinces_named_after_a_colon_are_each_one() -> None:
    assert names("Bệnh viện Chợ Rẫy; Sở Y tế các tỉnh: Bắc Ninh, An Giang") == [
        "Bệnh viện Chợ Rẫy", "Sở Y tế tỉnh Bắc Ninh", "Sở Y tế tỉnh An Giang",
    ]  # fmt: skip


@QUIETLY
@given(st.lists(st.sampled_from(UNITS), unique=True), st.sampled_from(("; ", ", ", "\n", " ; ")))
def test_named_units_come_back_whole(units: list[str], between: str) -> None:
    assert names(between.join(units)) == units


@QUIETLY
@given(st.text(max_size=80))
def test_anything_is_answered_and_every_name_stands_in_the_cell(printed: str) -> None:
    for one in read_units(printed):
        assert one.name.strip()


def test_the_documents_name_units_that_are_read() -> None:
    for row in rows_of("tasks"):
        if row["lead"].strip():
            assert read_units(row["lead"]), row["section"]
