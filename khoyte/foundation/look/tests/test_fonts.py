import io

import pytest
from fontTools.ttLib import TTFont

from khoyte.foundation.look.fonts import build_fonts, font_files

ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
MARKED = "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"


@pytest.fixture(scope="module")
def fonts(tmp_path_factory):
    return build_fonts(tmp_path_factory.mktemp("fonts"))


def test_both_weights_are_made_and_small(fonts):
    assert tuple(path.name for path in fonts) == font_files()
    assert all(path.stat().st_size < 12_000 for path in fonts)


def test_every_vietnamese_letter_is_there(fonts):
    wanted = set(ALPHABET + ALPHABET.upper() + MARKED + MARKED.upper() + "0123456789₫")
    for path in fonts:
        held = {chr(code) for code in TTFont(path).getBestCmap()}
        assert wanted - held == set()


def test_figures_have_a_form_of_one_width(fonts):
    for path in fonts:
        font = TTFont(path)
        rules = font["GSUB"].table
        features = {record.FeatureTag for record in rules.FeatureList.FeatureRecord}
        forms = rules.LookupList.Lookup[0].SubTable[0].mapping.values()
        assert features == {"tnum"}
        assert len(forms) == 10
        assert len({font["hmtx"][form][0] for form in forms}) == 1


def test_files_are_kept_when_they_are_there(fonts):
    folder = fonts[0].parent
    before = [path.stat().st_mtime_ns for path in fonts]
    assert [path.stat().st_mtime_ns for path in build_fonts(folder)] == before


def test_files_are_made_again_for_another_version(fonts):
    folder = fonts[0].parent
    (folder / "be-vietnam-pro.version").write_text("older")
    fonts[0].write_bytes(b"")
    again = build_fonts(folder)
    assert TTFont(io.BytesIO(again[0].read_bytes())).getBestCmap()
