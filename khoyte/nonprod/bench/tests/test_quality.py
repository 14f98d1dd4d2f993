"""`khoyte bench quality` in its smallest form: both sides find what was planted."""

import json

import pytest

from khoyte.nonprod.bench import quality, quality_months, quality_polars
from khoyte.nonprod.bench.errors import AnswersDiffer

DRUG = {"SO_LUONG": "3", "DON_GIA": "1250.5", "TYLE_TT_BH": "50", "THANH_TIEN_BV": "3751.5",
        "THANH_TIEN_BH": "1875.75", "T_NGUONKHAC": "0", "T_NGUONKHAC_NSNN": "0", "T_NGUONKHAC_VTNN": "0",
        "T_NGUONKHAC_VTTN": "0", "T_NGUONKHAC_CL": "0"}  # fmt: skip
SERVICE = {**DRUG, "DON_GIA_BV": "50000", "DON_GIA_BH": "39000", "TYLE_TT_DV": "30", "TYLE_TT_BH": "100",
           "SO_LUONG": "1", "THANH_TIEN_BV": "15000", "THANH_TIEN_BH": "11700", "T_TRANTT": None}  # fmt: skip


def test_both_sides_find_what_was_planted(tmp_path, monkeypatch) -> None:
    # As on the command line, where nobody has said which settings Django has.
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    ours, case = quality._take_turns(tmp_path / "months", 30, 1, lambda line: None)
    document = case.document()
    json.dumps(document)
    assert len(ours) == document["rounds"] == 1
    assert document["ours"]["visits"] == document["floor"]["visits"] == 30
    assert document["ours"]["cpu_s"] > 0


def test_a_side_that_finds_something_else_is_told() -> None:
    with pytest.raises(AnswersDiffer):
        quality._check("ours", {"V-056": 2}, {"V-056": 3}, 30, 30)
    with pytest.raises(AnswersDiffer):
        quality._check("ours", {"V-056": 3, "V-057": 1}, {"V-056": 3}, 30, 30)
    with pytest.raises(AnswersDiffer):
        quality._check("floor", {}, {}, 29, 30)


def test_months_hold_what_they_say(tmp_path) -> None:
    assert quality_months.write(tmp_path / "months", 30) == {"V-056": 3, "V-061": 2}
    assert len(list((tmp_path / "months").iterdir())) == 1


@pytest.mark.parametrize(
    ("drug", "service", "rule"),
    [
        ({}, {}, ""),
        ({"THANH_TIEN_BV": "3751"}, {}, "V-056"),
        ({"THANH_TIEN_BH": "1800"}, {}, "V-057"),
        ({}, {"THANH_TIEN_BV": "22700"}, ""),  # the difference that is not collected
        ({}, {"THANH_TIEN_BV": "22000"}, "V-058"),
        ({}, {"THANH_TIEN_BH": "39000"}, "V-059"),
        ({}, {"THANH_TIEN_BH": "9000", "T_TRANTT": "9000"}, ""),
        ({}, {"TYLE_TT_DV": "70", "THANH_TIEN_BV": "35000", "THANH_TIEN_BH": "27300"}, "V-060"),
        ({}, {"T_NGUONKHAC_CL": "100"}, "V-061"),
        ({"T_NGUONKHAC": "5000", "T_NGUONKHAC_CL": "5000"}, {}, "V-061"),
        ({"THANH_TIEN_BV": None, "T_NGUONKHAC": None}, {}, ""),
    ],
)
def test_the_checks_of_the_floor(drug: dict, service: dict, rule: str) -> None:
    found = quality_polars.findings([{**DRUG, **drug}], [{**SERVICE, **service}])
    assert {name for name, count in found.items() if count} == ({rule} if rule else set())
