import os
from datetime import date
from pathlib import Path

import pytest

from khoyte.foundation.errors import WrongUsage
from khoyte.terminology.errors import CatalogueRefused, UnknownCatalogue
from khoyte.terminology.importing import import_file, import_folder, refresh_pack
from khoyte.terminology.pack_files import load_pack

OFFICIAL_2020 = """code,code_nodot,name_en,name_vi,chapter,not_as_main_disease,remark
J18.9,J189,Pneumonia,Viêm phổi,X,,
A17,A17,Tuberculosis,Lao hệ thần kinh,I,,
A17†,A17,Tuberculosis,Lao hệ thần kinh (G01*),I,1,
G01*,G01,Meningitis,Viêm màng não,VI,1,
"""
FLAGS_2026 = """\
code_nodot,not_allowed_as_main,cause_of_death_only,mainly_male,mainly_female,has_more_specific_code
J189,1,,,,
N40,,,1,,
O00,,,,1,1
R99,1,1,,,
"""
UNITS = """province_code,province,district_code,district,commune_code,commune,commune_type
97,Tỉnh Một,971,Huyện A,97001,Xã B,Xã
97,Tỉnh Một,972,Huyện đảo C,,,
"""
SCOPES = """annex,ordinal,technique_code_circular43,technique_name_vi,group
V,1,1.01,Ghi điện tim,A
V,1,,Đo huyết áp,B
VI,1,,Châm cứu,A
"""
SERVICES = """service_code,service_name_vi,level,type,icd9cm,icd9cm_name_vi,icd9cm_chapter,specialty
01.0001.0001,Siêu âm,A,T1,88.7,Siêu âm,x,Nội
"""
OFFICIAL = Path(os.environ.get("KHOYTE_TEST_CATALOGUES", "none"))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "files"
    place.mkdir()
    for name, content in {
        "a.csv": OFFICIAL_2020,
        "b.csv": FLAGS_2026,
        "c.csv": UNITS,
        "d.csv": SCOPES,
        "e.csv": SERVICES,
        "occupations_2.csv": "code,name_vi\n01,Quân đội\n",
        "other.csv": "code,name_vi\n1,x\n",
        "README.md": "x",
    }.items():
        (place / name).write_text(content)
    return place


def test_a_folder_is_recognised_by_headings(own_home, folder):
    names = {found.file: [header.name for header in found.releases] for found in import_folder(folder)}
    assert names == {
        "a.csv": ["icd10"],
        "b.csv": ["icd10"],
        "c.csv": ["provinces", "districts", "communes"],
        "d.csv": ["scopes"],
        "e.csv": ["services"],
        "occupations_2.csv": ["occupations"],
        "other.csv": [],
    }


def test_the_official_list_holds_until_the_circular(own_home, folder):
    import_folder(folder)
    release = load_pack().on(date(2026, 6, 30)).catalogue("icd10")
    assert release.complete
    assert not release.has("N40")
    assert release.with_attribute("not_as_main") == {"G01"}
    assert release.attributes("A17")["name_vi"] == "Lao hệ thần kinh"
    assert load_pack().on(date(2020, 10, 27)).catalogue("icd10").source.startswith("WHO")


def test_the_circular_lays_its_flags_over_the_list(own_home, folder):
    import_folder(folder)
    release = load_pack().on(date(2026, 7, 1)).catalogue("icd10")
    assert release.with_attribute("not_as_main") == {"J18.9", "J189", "R99"}
    assert release.with_attribute("death_only") == {"R99"}
    assert release.with_attribute("male_only") == {"N40"}
    assert release.with_attribute("female_only") == {"O00"}
    assert release.with_attribute("has_more_specific") == {"O00"}
    assert release.attributes("J18.9")["name_vi"] == "Viêm phổi"
    assert not release.complete


def test_the_circular_alone_lies_over_the_bundled_list(own_home, folder):
    for other in folder.iterdir():
        if other.name != "b.csv":
            other.unlink()
    import_folder(folder)
    release = load_pack().on(date(2026, 7, 1)).catalogue("icd10")
    assert release.attributes("J189") == {"name_en": "Pneumonia, unspecified", "not_as_main": "1"}


def test_three_tiers_end_with_the_merger(own_home, folder):
    import_folder(folder)
    before, after = load_pack().on(date(2025, 6, 30)), load_pack().on(date(2025, 7, 1))
    assert before.codes("provinces") == {"97"}
    assert before.catalogue("communes").codes == {
        "97001": {"name_vi": "Xã B", "district": "971", "province": "97"}
    }
    assert set(before.catalogue("districts").codes) == {"971", "972"}
    assert after.catalogue("districts") is None
    assert after.catalogue("provinces").has("97")


def test_techniques_are_numbered_within_their_annex(own_home, folder):
    import_folder(folder)
    scopes = load_pack().on(date(2026, 7, 1)).catalogue("scopes").codes
    assert scopes["V/2"] == {"name_vi": "Đo huyết áp", "annex": "V", "group": "B"}
    assert scopes["V/1"]["technique_code"] == "1.01"
    assert set(scopes) == {"V/1", "V/2", "VI/1"}


def test_a_folder_imported_twice_gives_the_same_pack(own_home, folder):
    assert import_folder(folder) == import_folder(folder)
    assert len(list((own_home / "packs").iterdir())) == 1


def test_a_known_file_with_headings_only_is_refused(own_home, folder):
    (folder / "b.csv").write_text(FLAGS_2026.partition("\n")[0] + "\n")
    with pytest.raises(CatalogueRefused) as refused:
        import_folder(folder)
    assert refused.value.problems[0].cell == "A2"


def test_the_environment_names_a_folder_to_import(own_home, folder, monkeypatch):
    assert refresh_pack() == []
    monkeypatch.setenv("KHOYTE_CATALOGUES", str(folder))
    assert len(refresh_pack()) == 7
    monkeypatch.setenv("KHOYTE_CATALOGUES", str(folder / "none"))
    with pytest.raises(WrongUsage, match="no folder"):
        refresh_pack()


def test_unknown_names_are_refused_with_the_known_ones(own_home, tmp_path):
    with pytest.raises(UnknownCatalogue) as refused:
        import_file("medicines", tmp_path / "x.csv", date(2026, 1, 1))
    assert "drugs" in refused.value.say()
    assert not own_home.exists()


def routes(tmp_path, codes="1.01"):
    path = tmp_path / "routes.csv"
    path.write_text("code\n" + "\n".join(codes.split()) + "\n")
    return path


def test_overlapping_periods_are_refused(own_home, tmp_path):
    import_file("routes", routes(tmp_path), date(2026, 7, 1))
    with pytest.raises(CatalogueRefused) as refused:
        import_file("routes", routes(tmp_path, "1.02"), date(2026, 1, 1), valid_to=date(2026, 7, 1))
    assert "01/07/2026" in refused.value.say()
    import_file("routes", routes(tmp_path, "1.02"), date(2026, 1, 1), valid_to=date(2026, 6, 30))
    assert load_pack().on(date(2026, 6, 30)).codes("routes") == {"1.02"}
    assert load_pack().on(date(2026, 7, 1)).codes("routes") == {"1.01"}


def test_a_period_that_ends_before_it_begins_is_refused(own_home, tmp_path):
    with pytest.raises(CatalogueRefused):
        import_file("routes", routes(tmp_path), date(2026, 7, 1), valid_to=date(2026, 6, 30))
    assert not own_home.exists()


def test_an_open_release_ends_when_the_next_begins(own_home, tmp_path):
    import_file("routes", routes(tmp_path, "1.01"), date(2026, 1, 1))
    import_file("routes", routes(tmp_path, "1.02"), date(2026, 7, 1))
    assert load_pack().on(date(2026, 6, 30)).codes("routes") == {"1.01"}
    assert load_pack().on(date(2026, 7, 1)).codes("routes") == {"1.02"}


def test_a_partial_list_refuses_no_code(own_home, tmp_path):
    import_file("routes", routes(tmp_path), date(2026, 1, 1), complete=False)
    reference = load_pack().on(date(2026, 2, 1))
    assert reference.codes("routes") is None
    assert reference.catalogue("routes").has("9.99")


def test_a_refused_file_leaves_nothing(own_home, tmp_path):
    (tmp_path / "bad.csv").write_text("code,ten\n1,a\n1,b\n")
    with pytest.raises(CatalogueRefused):
        import_file("routes", tmp_path / "bad.csv", date(2026, 1, 1))
    assert not own_home.exists()


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="KHOYTE_TEST_CATALOGUES names no folder of official files")
def test_the_official_files_are_recognised(own_home):
    imported = {
        name: size
        for found in import_folder(OFFICIAL)
        for name, size in ((header.slot, header.size) for header in found.releases)
    }
    assert imported == {
        ("icd10", date(2020, 10, 28), False): 12_137,
        ("icd10", date(2026, 7, 1), True): 5_395,
        ("provinces", date(2024, 6, 11), False): 63,
        ("districts", date(2024, 6, 11), False): 705,
        ("communes", date(2024, 6, 11), False): 10_595,
        ("occupations", date(2021, 1, 15), False): 49,
        ("services", date(2020, 1, 1), False): 8_033,
        ("scopes", date(2024, 1, 1), False): 25_602,
    }
    bundled = load_pack().on(date(2024, 6, 10)).catalogue("provinces")
    assert load_pack().on(date(2025, 1, 1)).codes("provinces") == set(bundled.codes)
