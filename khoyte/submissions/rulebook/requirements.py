"""Names of the reference data a rule may lack, for the "not judged" lines of a verdict."""
from khoyte.foundation.language import Text

_CATALOGUES = {
    "icd10": Text("ICD-10", "ICD-10"),
    "icd10_yhct": Text("mã bệnh y học cổ truyền", "traditional-medicine diseases"),
    "icd9_procedures": Text("phẫu thuật, thủ thuật ICD-9 CM", "ICD-9-CM procedures"),
    "facilities": Text("cơ sở khám bệnh, chữa bệnh", "facilities"),
    "departments": Text("khoa", "departments"),
    "services": Text("dịch vụ kỹ thuật", "technical services"),
    "drugs": Text("thuốc", "drugs"),
    "supplies": Text("vật tư y tế", "medical supplies"),
    "herb_processing": Text("phương pháp chế biến dược liệu", "herb processing"),
    "fuels": Text("xăng, dầu", "fuels"),
    "test_indices": Text("chỉ số xét nghiệm", "test indices"),
    "hiv_regimens": Text("phác đồ điều trị HIV", "HIV regimens"),
    "occupations": Text("nghề nghiệp", "occupations"),
    "provinces": Text("tỉnh, thành phố", "provinces"),
    "districts": Text("huyện (trước 01/7/2025)", "districts (before 1 July 2025)"),
    "communes": Text("xã, phường, đặc khu", "communes"),
    "ethnic_groups": Text("dân tộc", "ethnic groups"),
    "countries": Text("quốc tịch", "countries"),
    "routes": Text("đường dùng thuốc", "routes of administration"),
}
_OTHERS = {
    "register:practice": Text("chưa có sổ đăng ký hành nghề", "no register of practice"),
    "store:visits": Text("cần dữ liệu đã lưu của cơ sở", "needs the facility's stored visits"),
}


def name_requirement(requirement: str) -> Text:
    """What is lacking, in words: "catalogue:drugs" is "chưa có danh mục thuốc"."""
    if requirement in _OTHERS:
        return _OTHERS[requirement]
    kind, _, name = requirement.partition(":")
    if kind == "catalogue":
        known = _CATALOGUES.get(name, Text(name, name))
        return Text(f"chưa có danh mục {known.vi}", f"no catalogue of {known.en}")
    return Text(f"chưa có {name}", f"no {name}")
