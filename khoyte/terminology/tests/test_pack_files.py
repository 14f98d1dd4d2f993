import shutil
import zipfile
from datetime import date

import orjson
import pytest

from khoyte.terminology import pack_files
from khoyte.terminology.errors import PackDamaged
from khoyte.terminology.importing import import_file
from khoyte.terminology.pack_files import build_pack, load_pack
from khoyte.terminology.release_files import make_header, store_release, stored_releases

DAY = date(2026, 11, 20)


@pytest.fixture
def routes(tmp_path):
    path = tmp_path / "routes.csv"
    path.write_text("code,ten\n1.01,Uống\n")
    return path


def packs_of(home):
    return sorted((home / "packs").glob("*.zip"))


def test_an_empty_home_has_the_bundled_pack_and_stays_empty(own_home):
    assert load_pack().on(DAY).catalogue("icd10").has("J18.9")
    assert load_pack() is load_pack()
    assert not own_home.exists()


def test_building_without_imports_stores_nothing(own_home):
    default = load_pack().digest
    assert build_pack().digest == default
    assert not packs_of(own_home)


def test_an_import_makes_a_pack_that_is_whole_in_itself(own_home, routes, tmp_path, monkeypatch):
    imported = import_file("routes", routes, date(2026, 1, 1))
    assert load_pack().digest == imported.pack
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "packs").mkdir(parents=True)
    shutil.copy(packs_of(own_home)[0], elsewhere / "packs")
    monkeypatch.setenv("KHOYTE_HOME", str(elsewhere))
    assert load_pack().digest == imported.pack
    assert load_pack().on(DAY).catalogue("routes").attributes("1.01") == {"name_vi": "Uống"}
    assert load_pack().on(DAY).catalogue("icd10").has("J189")


def test_a_newer_pack_is_noticed_and_the_older_is_kept(own_home, routes):
    first = import_file("routes", routes, date(2026, 1, 1)).pack
    routes.write_text("code,ten\n1.02,Ngậm\n")
    second = import_file("routes", routes, date(2026, 6, 1)).pack
    assert first != second
    assert len(packs_of(own_home)) == 2
    assert load_pack().digest == second
    assert load_pack(first).on(DAY).catalogue("routes").has("1.01")
    assert load_pack().on(DAY).catalogue("routes").codes == {"1.02": {"name_vi": "Ngậm"}}


def test_a_pack_not_kept_is_refused(own_home):
    with pytest.raises(PackDamaged, match="not kept"):
        load_pack("sha256:0")


def test_the_same_import_again_changes_nothing(own_home, routes):
    first = import_file("routes", routes, date(2026, 1, 1))
    assert import_file("routes", routes, date(2026, 1, 1)) == first
    assert len(packs_of(own_home)) == 1


def test_a_correction_replaces_and_may_be_taken_back(own_home, routes):
    first = import_file("routes", routes, date(2026, 1, 1)).pack
    routes.write_text("code,ten\n1.01,Uống nước\n")
    import_file("routes", routes, date(2026, 1, 1))
    assert load_pack().on(DAY).catalogue("routes").attributes("1.01") == {"name_vi": "Uống nước"}
    routes.write_text("code,ten\n1.01,Uống\n")
    assert import_file("routes", routes, date(2026, 1, 1)).pack == first
    assert load_pack().on(DAY).catalogue("routes").attributes("1.01") == {"name_vi": "Uống"}
    assert len(list((own_home / "catalogues" / "routes").iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"PK", b"no zip at all"])
def test_a_damaged_pack_is_named(own_home, damage):
    (own_home / "packs").mkdir(parents=True)
    (own_home / "packs" / "20260101T000000-abc.zip").write_bytes(damage)
    with pytest.raises(PackDamaged) as refused:
        load_pack()
    assert "20260101T000000-abc.zip" in refused.value.say()


def rewritten(path, change):
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    changed = change(parts)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in changed.items():
            file.writestr(name, content)
    pack_files._opened.cache_clear()


def test_codes_changed_inside_a_pack_are_refused(own_home, routes):
    import_file("routes", routes, date(2026, 1, 1))
    rewritten(
        packs_of(own_home)[0],
        lambda parts: {name: content.replace("Uống".encode(), b"x") for name, content in parts.items()},
    )
    with pytest.raises(PackDamaged):
        load_pack().on(DAY).catalogue("routes")


def test_a_pack_of_another_format_is_refused(own_home, routes):
    import_file("routes", routes, date(2026, 1, 1))
    rewritten(
        packs_of(own_home)[0],
        lambda parts: {
            **parts,
            "manifest.json": orjson.dumps({**orjson.loads(parts["manifest.json"]), "format": 99}),
        },
    )
    with pytest.raises(PackDamaged, match="another version"):
        load_pack()


@pytest.mark.parametrize("damage", [b"", b"noise", b"{}"])
def test_a_damaged_release_file_is_named(own_home, damage):
    header = make_header("routes", {"1": {}}, valid_from=date(2026, 1, 1))
    path = store_release(header, {"1": {}})
    path.write_bytes(damage)
    with pytest.raises(PackDamaged) as refused:
        stored_releases()
    assert path.name in refused.value.say()


def test_base_and_overlay_of_one_day_stand_beside_each_other(own_home):
    for overlay in (False, True):
        codes = {"J18.9": {"flag" if overlay else "name_vi": "1"}}
        store_release(make_header("icd10", codes, valid_from=date(2026, 1, 1), overlay=overlay), codes)
    assert build_pack().on(DAY).catalogue("icd10").codes == {"J18.9": {"name_vi": "1", "flag": "1"}}
