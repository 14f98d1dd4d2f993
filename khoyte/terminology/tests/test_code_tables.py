import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from khoyte.terminology.code_tables import read_code_table
from khoyte.terminology.errors import CatalogueRefused


def saved(tmp_path, content, name="list.csv"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def refusal(path, name="drugs"):
    with pytest.raises(CatalogueRefused) as refused:
        read_code_table(name, path)
    return refused.value


def test_reads_codes_with_their_attributes(tmp_path):
    path = saved(
        tmp_path, "Mã,Tên,Tên tiếng Anh,Đường dùng,Trống\n40.1,Thuốc A,Drug A,Uống,\n40.2,Thuốc B,,,\n"
    )
    assert read_code_table("drugs", path).codes == {
        "40.1": {"name_vi": "Thuốc A", "name_en": "Drug A", "duong_dung": "Uống"},
        "40.2": {"name_vi": "Thuốc B"},
    }


def test_titles_above_the_headings_are_skipped(tmp_path):
    path = saved(tmp_path, "DANH MỤC ĐƯỜNG DÙNG,\n(kèm theo quyết định),\nSTT,Mã\n1,1.01\n")
    assert read_code_table("routes", path).codes == {"1.01": {"stt": "1"}}


def test_a_first_column_headed_ma_something_is_the_code(tmp_path):
    assert set(read_code_table("routes", saved(tmp_path, "MA_DUONG_DUNG;TEN\n1.01;Uống\n")).codes) == {"1.01"}


def test_icd10_is_kept_as_the_official_list_writes_it(tmp_path):
    path = saved(tmp_path, "code,name_vi\nA022,a\nG63.0*,b\nB59,c\n")
    assert set(read_code_table("icd10", path).codes) == {"A02.2", "G63.0", "B59"}


def test_the_same_line_twice_is_one_code(tmp_path):
    assert read_code_table("drugs", saved(tmp_path, "code,ten\n1,a\n1,a\n")).codes == {"1": {"name_vi": "a"}}


def test_one_code_with_two_contents_is_refused_with_both_cells(tmp_path):
    refused = refusal(saved(tmp_path, "ten,code\na,1\nb,2\nc,1\n"))
    assert [problem.cell for problem in refused.problems] == ["B4"]
    assert "B2" in refused.problems[0].text.vi
    assert "1" in refused.say("en")


def test_two_forms_of_one_icd10_code_with_two_contents_are_refused(tmp_path):
    assert refusal(saved(tmp_path, "code,ten\nJ18.9,a\nJ189,b\n"), "icd10").problems[0].cell == "A3"


def test_every_wrong_cell_is_said_at_once(tmp_path):
    lines = "".join(f",b{n}\n" for n in range(8))
    refused = refusal(saved(tmp_path, f"code,ten\n{lines}1\x07,c\n"))
    assert [problem.cell for problem in refused.problems] == [f"A{n}" for n in range(2, 11)]
    assert "và 4 ô khác" in refused.say("vi")
    assert "chưa có nội dung nào được lưu" in refused.say("vi")


@pytest.mark.parametrize("content", ["", "ten,gia\na,1\n", "code,ten\n"])
def test_a_table_without_codes_is_refused(tmp_path, content):
    assert refusal(saved(tmp_path, content)).problems


def test_a_refusal_survives_the_way_between_processes(tmp_path):
    refused = refusal(saved(tmp_path, "code,ten\n1,a\n1,b\n"))
    assert pickle.loads(pickle.dumps(refused)).problems == refused.problems


CODE_SYSTEM = {
    "resourceType": "CodeSystem",
    "url": "https://example.vn/routes",
    "version": "2",
    "content": "complete",
    "language": "vi",
    "concept": [
        {
            "code": "1",
            "display": "Đường tiêu hóa",
            "designation": [{"language": "en", "value": "Enteral"}],
            "property": [
                {"code": "inactive", "valueBoolean": True},
                {"code": "cấp", "valueInteger": 1},
                {"code": "old", "valueBoolean": False},
                {"code": "of", "valueCoding": {"code": "x"}},
            ],
            "concept": [{"code": "1.01", "display": "Uống"}],
        }
    ],
}


def test_reads_a_fhir_code_system_with_its_tree(tmp_path):
    table = read_code_table("routes", saved(tmp_path, CODE_SYSTEM, "routes.json"))
    assert table.codes == {
        "1": {"name_vi": "Đường tiêu hóa", "name_en": "Enteral", "inactive": "1", "cap": "1"},
        "1.01": {"name_vi": "Uống"},
    }
    assert (table.complete, table.source) == (True, "https://example.vn/routes 2")


def test_a_fragment_is_not_complete(tmp_path):
    path = saved(tmp_path, {**CODE_SYSTEM, "content": "fragment"}, "routes.json")
    assert not read_code_table("routes", path).complete


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("{", "$"),
        ("[]", "$.resourceType"),
        ('{"resourceType": "ValueSet"}', "$.resourceType"),
        ({"resourceType": "CodeSystem"}, "$.concept"),
        ({"resourceType": "CodeSystem", "concept": "x"}, "$.concept"),
        ({"resourceType": "CodeSystem", "concept": [{"code": "1"}, {"display": "x"}]}, "$.concept[1]"),
        (
            {"resourceType": "CodeSystem", "concept": [{"code": "1", "concept": [{}]}]},
            "$.concept[0].concept[0]",
        ),
        (
            {
                "resourceType": "CodeSystem",
                "concept": [{"code": "1", "display": "a"}, {"code": "1", "display": "b"}],
            },
            "$.concept[1]",
        ),
    ],
)
def test_a_broken_code_system_is_refused_with_its_place(tmp_path, document, place):
    assert refusal(saved(tmp_path, document, "list.json")).problems[0].cell == place


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "display", "concept", "designation", "property", "value"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=300)
def test_any_json_is_read_or_refused(tmp_path_factory, concepts):
    path = tmp_path_factory.mktemp("json") / "list.json"
    path.write_text(json.dumps({"resourceType": "CodeSystem", "concept": concepts}))
    try:
        codes = read_code_table("routes", path).codes
    except CatalogueRefused as refused:
        codes = refused.problems
    assert codes


def test_misread_letters_are_told_with_what_else_is_wrong(tmp_path):
    path = tmp_path / "routes.csv"
    path.write_text("ma,ten\n1.01,Bá»‡nh\n1.02,a\n1.02,b\n", encoding="utf-8")
    with pytest.raises(CatalogueRefused) as refused:
        read_code_table("routes", path)
    assert [problem.cell for problem in refused.value.problems] == ["A4", "B2"]


def test_a_wrong_sheet_in_front_is_told_with_those_behind_it(tmp_path):
    book = Workbook()
    book.active.title = "Hướng dẫn"
    book.active.append(["Cách ghi danh mục"])
    codes = book.create_sheet("Danh mục")
    codes.append(["ma", "ten"])
    codes.append(["1.01", "Uống"])
    book.save(tmp_path / "routes.xlsx")
    with pytest.raises(CatalogueRefused) as refused:
        read_code_table("routes", tmp_path / "routes.xlsx")
    (problem,) = refused.value.problems
    assert problem.cell == "A1"
    for words in (problem.text.vi, problem.text.en):
        assert "“Hướng dẫn”" in words
        assert "“Danh mục”" in words
    # In its place it is read.
    book.move_sheet("Danh mục", -1)
    book.save(tmp_path / "routes.xlsx")
    assert set(read_code_table("routes", tmp_path / "routes.xlsx").codes) == {"1.01"}
