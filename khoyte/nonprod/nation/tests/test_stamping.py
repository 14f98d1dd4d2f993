"""Files under another code: as sound as the one they follow, of other people, each facility once."""

import re
from pathlib import Path

import pybase64
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.nonprod.generator import generate_submissions
from khoyte.nonprod.generator.world import FACILITIES
from khoyte.nonprod.nation.stamping import (
    MOST_FACILITIES,
    Pattern,
    facility_codes,
    read_pattern,
    shares,
    stamped,
)
from khoyte.submissions.checking import check_file
from khoyte.terminology import load_pack
from khoyte.warehouse.provinces import PLACES

_PERSON = re.compile(rb"(?<!\d)999\d{9}(?!\d)")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return generate_submissions(60, 3, tmp_path_factory.mktemp("patterns"), 8).files


@pytest.fixture(scope="module")
def patterns(files: list[Path]) -> list[Pattern]:
    return [read_pattern(path) for path in files]


def opened(text: bytes) -> bytes:
    return re.sub(rb"(?<=<NOIDUNGFILE>)[^<]*", lambda found: pybase64.b64decode(found[0]), text)


def people(text: bytes) -> set[bytes]:
    return set(_PERSON.findall(opened(text)))


def test_under_its_own_code_in_the_first_turn_it_is_the_file_itself(
    files: list[Path], patterns: list[Pattern]
) -> None:
    for path, pattern in zip(files, patterns, strict=True):
        assert stamped(pattern, pattern.facility.decode(), 0) == path.read_bytes()


def test_every_visit_is_of_the_other_facility_and_of_other_people(patterns: list[Pattern]) -> None:
    for pattern in patterns:
        first, second = stamped(pattern, "97ZZ0", 1), stamped(pattern, "98ZZ0", 2)
        assert first.count(b"<HOSO>") == pattern.dossiers
        assert pattern.facility not in opened(first)
        assert opened(first).count(b"97ZZ0") == opened(second).count(b"98ZZ0") >= pattern.dossiers
        assert not people(first) & people(second)


def test_what_is_stamped_is_as_sound_as_what_was_written(patterns: list[Pattern], tmp_path: Path) -> None:
    pack = load_pack()
    for turn, pattern in enumerate(patterns):
        path = tmp_path / f"{turn}.xml"
        path.write_bytes(stamped(pattern, ("99ZA7", "05ZA7")[turn % 2], turn + 1))
        verdict = check_file(path, pack)
        assert verdict["ledger"]["accepted"] == verdict["ledger"]["declared"] == pattern.dossiers
        assert {f["level"] for dossier in verdict["dossiers"] for f in dossier["findings"]} <= {"I"}


@given(st.integers(1, 4000))
def test_codes_are_distinct_well_formed_and_of_no_demonstration(count: int) -> None:
    made = list(facility_codes(count))
    codes = {code for code, _ in made}
    assert len(codes) == count
    assert all(re.fullmatch(r"\d\d[O-Z][0-9A-Z]{2}", code) for code in codes)
    assert all(code.startswith(province) for code, province in made)
    assert not codes & set(FACILITIES)
    assert len({province for _, province in made}) == min(count, 34)
    assert not {province for _, province in made} & set(PLACES), "no province there is"


def test_the_last_code_is_still_one() -> None:
    codes = [code for code, _ in facility_codes(MOST_FACILITIES)]
    assert len(set(codes)) == MOST_FACILITIES
    with pytest.raises(ValueError, match="facilities"):
        next(facility_codes(MOST_FACILITIES + 1))


def test_patterns_are_shared_out_evenly(patterns: list[Pattern]) -> None:
    followed = shares(patterns, 4 * len(patterns))
    assert all(followed.count(pattern) == 4 for pattern in patterns)
