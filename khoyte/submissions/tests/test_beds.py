"""V-089 over all that is stored of a facility: other files, the same file, corrected ones, another place."""

from collections.abc import Iterable

import pytest

from khoyte.submissions import rejudging
from khoyte.submissions.models import Judgement, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.reader import files
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, file_of, judged, valid_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

FIRST = ("202608100800", "202608141000")
LATER = ("202608131500", "202608160900")
AFTER = ("202608141000", "202608160900")


def in_bed(
    code: str,
    bed: str = "H001",
    stay: tuple[str, str] = FIRST,
    *,
    patient: str = "",
    facility: str = OWN,
    rates: Iterable[str] = ("100",),
    to_ward: str = "",
) -> bytes:
    """An inpatient's dossier with one bed line per rate."""
    head = dict(valid_rows("XML1")[0]) | {
        "MA_LK": code,
        "MA_BN": patient or f"BN-{code}",
        "MA_CSKCB": facility,
        "MA_LOAI_KCB": "03",
        "NGAY_VAO": stay[0],
        "NGAY_VAO_NOI_TRU": to_ward,
        "NGAY_RA": stay[1],
    }
    line = dict(valid_rows("XML3")[0]) | {"MA_LK": code, "MA_NHOM": "15", "MA_GIUONG": bed}
    lines = [line | {"STT": str(place), "TYLE_TT_DV": rate} for place, rate in enumerate(rates, start=1)]
    return files.dossier({"XML1": [head], "XML3": lines})


def sent(*dossiers: bytes, facility: str = OWN) -> Submission:
    return judged(file_of(*dossiers, facility=facility))


def shared_beds(found: Submission, position: int = 1) -> int:
    return senders.rules_of(found, position).count("V-089")


def test_a_bed_that_another_file_gives_to_another_patient_is_found() -> None:
    assert shared_beds(sent(in_bed("A1"))) == 0
    found = sent(in_bed("A2", stay=LATER))
    assert shared_beds(found) == 1
    assert senders.outcomes(found) == [("A2", "accepted")]


def test_both_dossiers_of_one_file_are_told() -> None:
    found = sent(in_bed("A1"), in_bed("A2", stay=LATER), in_bed("A3", bed="H002", stay=LATER))
    assert [shared_beds(found, position) for position in (1, 2, 3)] == [1, 1, 0]


@pytest.mark.parametrize("other", [
    pytest.param(in_bed("A2", stay=AFTER), id="after the first left"),
    pytest.param(in_bed("A2", bed="H002", stay=LATER), id="another bed"),
    pytest.param(in_bed("A2", stay=LATER, patient="BN-A1"), id="the same patient"),
    pytest.param(in_bed("A2", stay=LATER, rates=("50",)), id="a shared bed by its rate"),
    pytest.param(in_bed("A2", stay=LATER, rates=("100", "100")), id="several bed lines"),
    pytest.param(in_bed("A2", stay=LATER, to_ward="202608141000"), id="to the ward after the first left"),
])  # fmt: skip
def test_what_is_no_clash(other: bytes) -> None:
    sent(in_bed("A1"))
    assert shared_beds(sent(other)) == 0


def test_lines_of_the_stored_visit_count_the_same_way() -> None:
    sent(in_bed("A1", rates=("100", "100")), in_bed("A2", bed="H002", rates=("50",)))
    found = sent(in_bed("A3", stay=LATER), in_bed("A4", bed="H002", stay=LATER))
    assert [shared_beds(found, position) for position in (1, 2)] == [0, 0]


def test_the_same_code_at_another_facility_is_another_bed() -> None:
    sent(in_bed("A1", facility=NEIGHBOUR), facility=NEIGHBOUR)
    assert shared_beds(sent(in_bed("A2", stay=LATER))) == 0


def test_a_corrected_dossier_does_not_clash_with_its_earlier_version() -> None:
    sent(in_bed("A1"))
    found = sent(in_bed("A1", stay=LATER))
    assert senders.outcomes(found) == [("A1", "accepted")]
    assert shared_beds(found) == 0


def test_a_superseded_version_holds_no_bed() -> None:
    sent(in_bed("A1"))
    sent(in_bed("A1", bed="H009"))
    assert shared_beds(sent(in_bed("A2", stay=LATER))) == 0


def test_judging_again_finds_what_came_later() -> None:
    first = sent(in_bed("A1"))
    sent(in_bed("A2", stay=LATER))
    rejudging.rejudge(submission=str(first.pk), judge=senders.judge())
    first.refresh_from_db()
    assert shared_beds(first) == 1


def test_the_store_leaves_no_line_that_it_was_not_judged() -> None:
    found = sent(in_bed("A1"))
    noted = Judgement.objects.get(submission=found).not_judged
    assert "V-089" not in {line["rule"] for line in noted}
