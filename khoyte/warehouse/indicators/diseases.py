"""Groups of diseases by ICD-10 codes, as the ministry's list has them (Decision 4469/QĐ-BYT of 2020)."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import any_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Number -> first and last category, name.
CHAPTERS: dict[str, tuple[str, str, Text]] = {
    "I": ("A00", "B99", Text("Bệnh nhiễm trùng và ký sinh trùng", "Infectious and parasitic diseases")),
    "II": ("C00", "D48", Text("U tân sinh", "Neoplasms")),
    "III": ("D50", "D89", Text("Bệnh máu, cơ quan tạo máu và miễn dịch", "Blood and immune mechanism")),
    "IV": ("E00", "E90", Text("Bệnh nội tiết, dinh dưỡng, chuyển hóa", "Endocrine, nutritional, metabolic")),
    "V": ("F00", "F99", Text("Rối loạn tâm thần và hành vi", "Mental and behavioural disorders")),
    "VI": ("G00", "G99", Text("Bệnh hệ thần kinh", "Nervous system")),
    "VII": ("H00", "H59", Text("Bệnh mắt và phần phụ", "Eye and adnexa")),
    "VIII": ("H60", "H95", Text("Bệnh tai và xương chũm", "Ear and mastoid process")),
    "IX": ("I00", "I99", Text("Bệnh hệ tuần hoàn", "Circulatory system")),
    "X": ("J00", "J99", Text("Bệnh hệ hô hấp", "Respiratory system")),
    "XI": ("K00", "K93", Text("Bệnh hệ tiêu hóa", "Digestive system")),
    "XII": ("L00", "L99", Text("Bệnh da và mô dưới da", "Skin and subcutaneous tissue")),
    "XIII": ("M00", "M99", Text("Bệnh cơ xương khớp và mô liên kết", "Musculoskeletal system")),
    "XIV": ("N00", "N99", Text("Bệnh hệ sinh dục, tiết niệu", "Genitourinary system")),
    "XV": ("O00", "O99", Text("Thai nghén, sinh đẻ và hậu sản", "Pregnancy, childbirth, puerperium")),
    "XVI": ("P00", "P96", Text("Bệnh xuất phát trong thời kỳ chu sinh", "Perinatal period")),
    "XVII": ("Q00", "Q99", Text("Dị tật bẩm sinh, bất thường nhiễm sắc thể", "Congenital malformations")),
    "XVIII": ("R00", "R99", Text("Triệu chứng, dấu hiệu chưa phân loại", "Symptoms and abnormal findings")),
    "XIX": ("S00", "T98", Text("Chấn thương, ngộ độc", "Injury and poisoning")),
    "XX": ("V01", "Y98", Text("Nguyên nhân ngoại sinh của bệnh tật và tử vong", "External causes")),
    "XXI": ("Z00", "Z99", Text("Yếu tố ảnh hưởng đến sức khỏe, tiếp xúc dịch vụ y tế", "Factors of health")),
    "XXII": ("U00", "U99", Text("Mã dành cho mục đích đặc biệt", "Codes for special purposes")),
}
# Decision 155/QĐ-TTg of 29/01/2022: the diseases its plan counts.
CHRONIC: dict[str, tuple[str, str, Text]] = {
    "tim_mach": ("I00", "I99", Text("Bệnh tim mạch", "Cardiovascular diseases")),
    "dai_thao_duong": ("E10", "E14", Text("Đái tháo đường", "Diabetes")),
    "ung_thu": ("C00", "C97", Text("Ung thư", "Cancer")),
    "ho_hap_man": ("J40", "J47", Text("Bệnh phổi tắc nghẽn mạn tính, hen", "Chronic lung disease, asthma")),
    "tam_than": ("F00", "F99", Text("Rối loạn tâm thần", "Mental disorders")),
}


def category(visits: "ir.Table") -> "ir.Value":
    """The first three characters of the main disease."""
    return visits.ma_benh_chinh.substr(0, 3).upper()


def group_of(visits: "ir.Table", groups: dict[str, tuple[str, str, Text]]) -> "ir.Value":
    """The group whose categories the main disease lies between; null where none."""
    code = category(visits)
    return any_of({name: (code >= first) & (code <= last) for name, (first, last, _) in groups.items()})
