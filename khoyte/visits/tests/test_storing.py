"""Typed rows of accepted dossiers: columns as the standard has them, numbers of persons sealed."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.foundation.crypto import Keyring
from khoyte.visits.columns import COLUMNS, SEALED
from khoyte.visits.storing import HEAD_COLUMNS, TABLES
from khoyte.visits.tests.stores import store

pytestmark = pytest.mark.django_db
TYPES = {"text": "text", "numeric": "numeric", "date": "date", "timestamp": "timestamp without time zone"}


def rows(statement: str, *parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def row(table: str, visit_id: int, *columns: str) -> tuple:
    key = "id" if table == "visit" else "visit_id"
    (found,) = rows(f"SELECT {', '.join(columns)} FROM {table} WHERE {key} = %s", visit_id)
    return found


@pytest.mark.parametrize("source", COLUMNS)
def test_columns_of_tables_are_those_of_the_standard(source: str) -> None:
    table = TABLES.get(source, "visit")
    there = dict(
        rows(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s",
            table,
        )
    )
    expected = {column.name: TYPES[column.kind] for column in COLUMNS[source]}
    assert expected.items() <= there.items()
    own = {"id", "visit_id", "row", "facility", "province", "withdrawn_at", "stored_tx", "changed_tx"}
    own |= {"is_limited", *HEAD_COLUMNS}
    sealed = {f"{name}_{part}" for name, _ in SEALED.values() for part in ("key", "sealed")}
    assert set(there) - set(expected) <= own | sealed


def test_values_are_kept_by_their_type() -> None:
    summary = {
        "NGAY_VAO": "202608100805",
        "NGAY_RA": "202608141000",
        "NAM_NAM_LIEN_TUC": "20260101",
        "NGAY_SINH": "198500000000",
        "T_THUOC": "1200.50",
        "HO_TEN": "Nguyễn Văn Thử",
        "GHI_CHU": "",
    }
    visit = store({"XML1": [summary]})
    columns = ("ngay_vao::text", "ngay_ra::text", "nam_nam_lien_tuc::text", "ngay_sinh", "t_thuoc::text")
    assert row("visit", visit, *columns, "ho_ten", "ghi_chu", "ma_khoa") == (
        *("2026-08-10 08:05:00", "2026-08-14 10:00:00", "2026-01-01", "198500000000", "1200.50"),
        *("Nguyễn Văn Thử", None, None),
    )


def test_lines_keep_their_order_and_their_visit() -> None:
    lines = [
        {"TEN_THUOC": name, "SO_LUONG": number} for name, number in (("A", "1"), ("B", "2.5"), ("C", "x"))
    ]
    visit = store({"XML1": [{"MA_BN": "1"}], "XML2": lines})
    found = rows(
        "SELECT row, ten_thuoc, so_luong::text, facility, province FROM visit_drug"
        " WHERE visit_id = %s ORDER BY row",
        visit,
    )
    assert found == [
        (1, "A", "1", "97001", "97"),
        (2, "B", "2.5", "97001", "97"),
        (3, "C", None, "97001", "97"),
    ]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1", "1"),
        ("-0.5", "-0.5"),
        ("007", "7"),
        ("1e5", None),
        ("1,5", None),
        ("٣", None),
        ("", None),
        ("9" * 31, None),
    ],
)
def test_only_plain_numbers_are_numbers(text: str, kept: str | None) -> None:
    visit = store({"XML1": [{"T_THUOC": text}]})
    assert row("visit", visit, "t_thuoc::text") == (kept,)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("202602281159", "2026-02-28 11:59:00"),
        *(
            (wrong, None)
            for wrong in ("202602301159", "202602282400", "20260228", "000001010000", "2026022811590")
        ),
    ],
)
def test_only_minutes_that_exist_are_minutes(text: str, kept: str | None) -> None:
    visit = store({"XML1": [{"NGAY_RA": text}]})
    assert row("visit", visit, "ngay_ra::text") == (kept,)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    visit = store({"XML1": [{"GHI_CHU": text, "T_THUOC": text, "NGAY_RA": text}]}, ma_lk=str(next(COUNTER)))
    assert row("visit", visit, "ghi_chu") == (text or None,)


COUNTER = iter(range(1_000_000))


def test_numbers_of_a_person_are_sealed() -> None:
    number, card = "999185000123", "GD4999912345678"
    visit = store({"XML1": [{"SO_CCCD": number, "MA_THE_BHYT": card}]})
    keyring = Keyring.load()
    kept = row("visit", visit, "person_key", "person_sealed", "card_key", "card_sealed")
    person_key, person_sealed, card_key, card_sealed = (bytes(value) for value in kept)
    assert person_key == keyring.blind(number, "person")
    assert card_key == keyring.blind(card, "card")
    assert keyring.open(person_sealed, "visit.person") == number.encode()
    assert keyring.open(card_sealed, "visit.card") == card.encode()
    (whole,) = rows("SELECT visit::text FROM visit WHERE id = %s", visit)
    assert number not in whole[0]
    assert card not in whole[0]


def test_a_visit_without_numbers_has_none() -> None:
    visit = store({"XML1": [{"SO_CCCD": "", "MA_BN": "1"}]})
    assert row("visit", visit, "person_key", "person_sealed", "card_key", "card_sealed") == (None,) * 4


def test_one_version_is_current_at_most() -> None:
    store({"XML1": [{}]})
    with pytest.raises(psycopg.errors.UniqueViolation):
        store({"XML1": [{}]}, version=2)
