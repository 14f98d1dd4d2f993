"""Codes issued here: the right check digit, never twice, whatever happens to their holders."""

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.identifiers import parse_facility_code
from khoyte.units import facility_codes
from khoyte.units.errors import WrongUnit
from khoyte.units.models import FacilityCode, Unit
from khoyte.units.tenancy import speaking_as, working
from khoyte.units.tests.country import BY, actor

PREFIXES = st.text("0123456789", min_size=2, max_size=9)


@given(serial=st.integers(0, 10**10 - 1))
def test_every_issued_code_has_the_digit_of_gs1_and_no_two_serials_one_code(serial: int) -> None:
    code = facility_codes.national_code(serial, "29")
    found = parse_facility_code(code)
    assert found is not None
    assert (found.kind, found.check_digit_right) == ("national", True)
    assert int(code[2:12]) == serial


@given(prefix=PREFIXES, serial=st.integers(0, 999))
def test_one_wrong_figure_is_always_found(prefix: str, serial: int) -> None:
    code = facility_codes.national_code(serial, prefix)
    for place in range(13):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        found = parse_facility_code(wrong)
        assert found is not None
        assert found.check_digit_right is False


def test_the_published_example_of_gs1() -> None:
    assert facility_codes.national_code(1345, "62910415").startswith("629104151345")
    assert facility_codes.gs1_check_digit("629104150021") == "3"


@pytest.mark.parametrize(("prefix", "serial"), [("29", -1), ("29", 10**10), ("29x", 1), ("²", 1)])
def test_a_prefix_without_room_is_refused(prefix: str, serial: int) -> None:
    with pytest.raises(ValueError, match="KHOYTE_GS1_PREFIX"):
        facility_codes.national_code(serial, prefix)


@pytest.mark.django_db
@pytest.mark.usefixtures("units")
class TestLedger:
    def issued(self, code: str) -> str:
        return facility_codes.issue_national(Unit.objects.get(pk=code), by=BY)

    def test_a_facility_keeps_its_code_and_others_get_others(self) -> None:
        codes = [self.issued(code) for code in ("97001", "97002", "98001", "97001")]
        assert codes[0] == codes[3]
        assert len(set(codes)) == 3

    def test_a_code_of_the_past_is_given_to_nobody(self) -> None:
        unit = Unit.objects.get(pk="97001")
        facility_codes.keep(unit, "97009", "short", by=BY)
        facility_codes.end(unit, unit.created_at.date())
        with pytest.raises(WrongUnit):
            facility_codes.check_free("97009")
        with pytest.raises(WrongUnit):
            facility_codes.keep(Unit.objects.get(pk="97002"), "97009", "short", by=BY)
        assert facility_codes.free_short("97") == "97003"

    def test_the_next_free_code_follows_what_others_brought_along(self) -> None:
        facility_codes.keep(Unit.objects.get(pk="98001"), facility_codes.national_code(1), "national", by=BY)
        taken = facility_codes.national_code(2)
        facility_codes.keep(Unit.objects.get(pk="98001"), taken, "national", by=BY)
        assert self.issued("97001") == facility_codes.national_code(3)

    def test_the_database_lets_no_code_go_and_none_be_rewritten(self) -> None:
        self.issued("97001")
        for speaker in (lambda: speaking_as(actor("97", "province_lead")), working):
            for act in (
                lambda: FacilityCode.objects.all().delete(),
                lambda: FacilityCode.objects.update(code="97999"),
                lambda: FacilityCode.objects.update(kind="short"),
            ):
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), speaker():
                    act()

    def test_an_old_code_leads_to_who_answers_now(self) -> None:
        national = self.issued("97002")
        Unit.objects.filter(pk="97002").update(succeeded_by="97001")
        assert facility_codes.in_force(national).code == "97001"
        assert facility_codes.in_force("97002").code == "97001"
        assert facility_codes.in_force("97777") is None
