"""Dossiers follow the field list of their day; times, money and links hold within each."""

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.nonprod.generator.dossier import draw_dossier
from khoyte.nonprod.generator.submissions import generate_submissions, make_desk
from khoyte.nonprod.generator.world import FACILITIES
from khoyte.nonprod.tests.generator.reading import read_file, total
from khoyte.standards.resolve import standard_on

# One day in each period that changes what is written.
DAYS = [date(2024, 8, 14), date(2025, 3, 11), date(2025, 8, 20), date(2026, 7, 15), date(2026, 11, 5)]
FACILITY_MIX = ["99001", "99002", "99003", "99005", "99008", "99044"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")


@pytest.fixture(scope="module", params=DAYS, ids=str)
def written(request, tmp_path_factory):
    """Every dossier of six kinds of facility on one day, with the standard of that day."""
    out = tmp_path_factory.mktemp("day")
    report = generate_submissions(360, 11, out, facilities=FACILITY_MIX, start_date=request.param)
    return standard_on(request.param), [read_file(path) for path in report.files]


def dossiers(written):
    return [dossier for file in written[1] for dossier in file.dossiers]


def test_tags_are_those_of_the_standard_in_order(written):
    standard, files = written
    for file in files:
        for table, layouts in file.layouts.items():
            assert layouts == {tuple(field.name for field in standard.tables[table].fields)}


def test_values_fit_their_fields(written):
    standard, _ = written
    for dossier in dossiers(written):
        for table, rows in dossier.items():
            for field in standard.tables[table].fields:
                for row in rows:
                    value = row[field.name]
                    assert field.max_length is None or len(value) <= field.max_length, (
                        table,
                        field.name,
                        value,
                    )
                    assert value or field.required != "yes", (table, field.name)


def test_codes_are_those_of_the_day(written):
    standard, _ = written
    for dossier in dossiers(written):
        for table, rows in dossier.items():
            for field in standard.tables[table].fields:
                codes = standard.code_lists[field.code_list].codes if field.code_list else None
                for row in rows if codes else ():
                    parts = row[field.name].split(field.separator) if field.separator else [row[field.name]]
                    assert all(part in codes for part in parts if part), (table, field.name, row[field.name])


def test_one_link_joins_all_tables_and_is_used_once(written):
    links = []
    for dossier in dossiers(written):
        found = {row["MA_LK"] for rows in dossier.values() for row in rows}
        assert len(found) == 1
        links += found
    assert len(set(links)) == len(links)


def test_rows_are_numbered_from_one(written):
    for dossier in dossiers(written):
        for table in ("XML2", "XML3", "XML4", "XML5"):
            numbers = [row["STT"] for row in dossier.get(table, [])]
            assert numbers == [str(place + 1) for place in range(len(numbers))]


def test_totals_are_sums_of_lines(written):
    for dossier in dossiers(written):
        summary, drugs, services = dossier["XML1"][0], dossier.get("XML2", []), dossier.get("XML3", [])
        lines = drugs + services
        assert Decimal(summary["T_THUOC"]) == total(drugs, "THANH_TIEN_BV")
        assert Decimal(summary["T_TONGCHI_BV"]) == total(lines, "THANH_TIEN_BV")
        assert Decimal(summary["T_TONGCHI_BH"]) == total(lines, "THANH_TIEN_BH")
        for name in ("T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC"):
            assert Decimal(summary[name]) == total(lines, name)


def test_lines_follow_from_price_and_rate(written):
    cent = Decimal("0.01")
    for dossier in dossiers(written):
        for row in dossier.get("XML2", []):
            count, price = Decimal(row["SO_LUONG"]), Decimal(row["DON_GIA"])
            assert abs(count * price - Decimal(row["THANH_TIEN_BV"])) < cent
            insured = count * price * Decimal(row["TYLE_TT_BH"]) / 100
            assert abs(insured - Decimal(row["THANH_TIEN_BH"])) < cent
        for row in dossier.get("XML3", []):
            assert (
                abs(Decimal(row["SO_LUONG"]) * Decimal(row["DON_GIA_BV"]) - Decimal(row["THANH_TIEN_BV"]))
                < cent
            )


def test_orders_lie_within_the_episode_and_results_follow(written):
    for dossier in dossiers(written):
        summary = dossier["XML1"][0]
        came, left = moment(summary["NGAY_VAO"]), moment(summary["NGAY_RA"])
        assert came < left
        for row in dossier.get("XML2", []) + dossier.get("XML3", []):
            assert came <= moment(row["NGAY_YL"]) <= left
            if row["NGAY_TH_YL"]:
                assert moment(row["NGAY_YL"]) <= moment(row["NGAY_TH_YL"]) <= left
            if row.get("NGAY_KQ"):
                assert moment(row["NGAY_TH_YL"]) <= moment(row["NGAY_KQ"])
        for row in dossier.get("XML5", []):
            assert came <= moment(row["THOI_DIEM_DBLS"]) <= left


def test_results_belong_to_services(written):
    for dossier in dossiers(written):
        services = {row["MA_DICH_VU"] for row in dossier.get("XML3", [])}
        assert {row["MA_DICH_VU"] for row in dossier.get("XML4", [])} <= services


def test_papers_go_with_the_form_of_care(written):
    for dossier in dossiers(written):
        summary = dossier["XML1"][0]
        assert ("XML7" in dossier) == (summary["MA_LOAI_KCB"] in ("03", "04", "09"))
        assert ("XML13" in dossier) == (summary["MA_LOAI_RV"] == "2") == bool(summary["MA_NOI_DEN"])
        assert ("XML14" in dossier) == bool(summary["NGAY_TAI_KHAM"])
        assert len(dossier.get("XML9", [])) == len([w for w in summary["CAN_NANG_CON"].split(";") if w])


def test_nobody_and_no_place_is_real(written):
    for dossier in dossiers(written):
        summary = dossier["XML1"][0]
        assert re.fullmatch("(999[0-3][0-9]{8})?", summary["SO_CCCD"])
        assert re.fullmatch("([A-Z]{2}[1-5]9[789]9[789][0-9]{8})?", summary["MA_THE_BHYT"])
        assert summary["MATINH_CU_TRU"] in ("97", "98", "99")
        assert re.fullmatch("9[789][0-9]{3}", summary["MAXA_CU_TRU"])
        assert summary["MAHUYEN_CU_TRU"] == "" or int(summary["MAHUYEN_CU_TRU"]) >= 980
        assert "minh họa" in summary["DIA_CHI"]


def test_districts_end_with_june_2025(written):
    standard, _ = written
    has_districts = standard.valid_from < date(2025, 7, 1)
    assert all(bool(d["XML1"][0]["MAHUYEN_CU_TRU"]) == has_districts for d in dossiers(written))


def test_most_visits_are_insured(written):
    cards = [bool(dossier["XML1"][0]["MA_THE_BHYT"]) for dossier in dossiers(written)]
    assert 0.84 < sum(cards) / len(cards) < 0.96


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), code=st.sampled_from(FACILITY_MIX), day=st.sampled_from(DAYS))
def test_any_seed_gives_complete_dossiers(seed, code, day):
    desk = make_desk(FACILITIES[code], seed)
    for place in range(1, 8):
        dossier = draw_dossier(desk, day.toordinal(), place)
        fields = {
            name: {f.name for f in dossier.forms.standard.tables[name].fields} for name in dossier.tables
        }
        assert dossier.tables["XML1"][0]["MA_CSKCB"] == code
        for name in ("XML1", "XML2", "XML3", "XML4", "XML5", "XML7", "XML8", "XML9"):
            assert all(set(row) <= fields[name] for row in dossier.tables.get(name, []))
        assert not any(
            "&" in v or "<" in v for t in dossier.tables.values() for row in t for v in row.values()
        )


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_no_two_patients_share_a_bed(seed):
    desk = make_desk(FACILITIES["99001"], seed)
    stays: dict[str, list[tuple[int, int]]] = {}
    for day in range(739000, 739004):
        for place in range(1, 60):
            episode = draw_dossier(desk, day, place, form="03").episode
            stays.setdefault(episode.bed, []).append((episode.arrival, episode.end))
    for times in stays.values():
        ordered = sorted(times)
        assert all(first[1] < second[0] for first, second in pairwise(ordered))


def test_a_full_house_sees_patients_without_keeping_them():
    desk = make_desk(FACILITIES["99001"], 1)
    for _ in range(4000):
        desk.take_bed(0, 10**12)
    assert not desk.has_bed(10**11)
    assert draw_dossier(desk, 739000, 1, form="03").episode.care == "01"


def test_runs_of_neighbouring_seeds_fill_different_beds():
    one, other = (
        {desk.take_bed(1000, 2000) for _ in range(100)}
        for desk in (make_desk(FACILITIES["99001"], seed) for seed in (39, 40))
    )
    assert not one & other


def test_beds_are_added_when_all_are_taken():
    desk = make_desk(FACILITIES["99001"], 1)
    beds = [desk.take_bed(1000, 2000) for _ in range(1500)]
    assert len(set(beds)) == 1500
    assert all(re.fullmatch("[HTCK][0-9]{3}", bed) for bed in beds)
