"""Names of the reference data a rule may lack, for the "not judged" lines of a verdict."""
from khoyte.foundation.language import Text

_CATALOGUES = {
    "icd10": Text("bệnh theo ICD-10", "ICD-10"),
    "icd10_yhct": Text("bệnh y học cổ truyền", "traditional-medicine diseases"),
    "icd9_procedures": Text("phẫu thuật, thủ thuật theo ICD-9-CM", "ICD-9-CM procedures"),
    "facilities": Text("cơ sở khám bệnh, chữa bệnh", "facilities"),
    "departments": Text("khoa", "departments"),
    "services": Text("dịch vụ kỹ thuật", "technical services"),
    "drugs": Text("thuốc", "drugs"),
    "supplies": Text("vật tư y tế", "medical supplies"),
    "herb_processing": Text("phương pháp chế biến dược liệu", "herb processing"),
    "fuels": Text("xăng, dầu vận chuyển", "fuels"),
    "test_indices": Text("chỉ số cận lâm sàng", "test indices"),
    "hiv_regimens": Text("phác đồ điều trị HIV", "HIV regimens"),
    "occupations": Text("nghề nghiệp", "occupations"),
    "provinces": Text("tỉnh, thành phố", "provinces"),
    "districts": Text("quận, huyện (trước ngày 01/07/2025)", "districts (before 1 July 2025)"),
    "communes": Text("xã, phường, đặc khu", "communes"),
    "ethnic_groups": Text("dân tộc", "ethnic groups"),
    "countries": Text("quốc gia", "countries"),
    "routes": Text("đường dùng thuốc", "routes of administration"),
}
_OTHERS = {
    "register:practice": Text("danh sách đăng ký hành nghề", "register of practice"),
    "store:visits": Text("các hồ sơ đã lưu của cơ sở", "stored visits of the facility"),
    "store:checkins": Text("chỉ tiêu trạng thái khám bệnh, chữa bệnh đã lưu của cơ sở",
                           "stored check-ins of the facility"),
}


def name_requirement(requirement: str) -> Text:
    """What a rule requires, as a noun: "catalogue:drugs" is "danh mục thuốc"."""
    if requirement in _OTHERS:
        return _OTHERS[requirement]
    kind, _, name = requirement.partition(":")
    if kind == "catalogue":
        known = _CATALOGUES.get(name, Text(name, name))
        return Text(f"danh mục {known.vi}", f"catalogue of {known.en}")
    return Text(name, name)
