"""Pseudonyms tell people apart, and tell nothing else: not the number, not the look-up hash, not another
lake's.
"""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.crypto import Keyring
from khoyte.visits.models import Visit
from khoyte.warehouse.comparing import compare
from khoyte.warehouse.filling import fill, rebuild
from khoyte.warehouse.pseudonyms import Pseudonyms
from khoyte.warehouse.tests.rows import in_lake, store_visit

KEYRING = Keyring.make()
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(st.lists(HASHES, unique=True, max_size=20))
def test_people_are_told_apart_and_fit_the_column(hashes: list[str]) -> None:
    found = Pseudonyms("a", KEYRING).of(hashes)
    assert list(found) == hashes
    assert len(set(found.values())) == len(hashes)
    assert all(0 <= one < 1 << 63 for one in found.values())
    assert found == Pseudonyms("a", KEYRING).of(hashes)


@given(HASHES)
def test_another_lake_or_another_installation_has_others(one: str) -> None:
    given_to = {
        Pseudonyms(generation, keyring).of([one])[one]
        for generation in ("a", "b")
        for keyring in (KEYRING, Keyring.make())
    }
    assert len(given_to) == 4


@pytest.mark.django_db
def test_visits_of_a_person_share_a_pseudonym_that_a_rebuild_changes(lake: Path) -> None:
    for number, person in (
        ("A1", "999185000001"),
        ("A2", "999185000001"),
        ("A3", "999185000002"),
        ("A4", ""),
    ):
        store_visit(ma_lk=number, summary={"SO_CCCD": person})
    fill()
    first, second, other, nobody = (row["person"] for row in in_lake("visit"))
    assert first == second
    assert first not in (None, other)
    assert nobody is None
    assert compare()["equal"]
    rebuild()
    again = [row["person"] for row in in_lake("visit")]
    assert again[0] == again[1] != first
    assert compare()["equal"]


@pytest.mark.django_db
def test_the_look_up_hash_is_in_no_file(lake: Path) -> None:
    store_visit()
    fill()
    (key,) = Visit.objects.values_list("person_key", flat=True)
    whole = "".join(pl.read_parquet(path).write_csv() for path in lake.rglob("*.parquet"))
    raw = b"".join(path.read_bytes() for path in lake.rglob("*") if path.is_file())
    number = int.from_bytes(bytes(key)[:8], "big")
    for told in (bytes(key).hex(), str(number), str(number & ((1 << 63) - 1))):
        assert told not in whole
    assert bytes(key) not in raw


@pytest.mark.django_db
def test_a_pseudonym_forged_in_the_lake_is_found(lake: Path) -> None:
    store_visit()
    fill()
    (path,) = [one for one in lake.rglob("*.parquet") if "person" in pl.read_parquet_schema(one)]
    pl.read_parquet(path).with_columns(pl.lit(7).alias("person")).write_parquet(path)
    assert not compare()["equal"]
