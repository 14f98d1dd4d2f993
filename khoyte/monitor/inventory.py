"""Inventory of databases: what is built, what is not, by whom, at which stage.

The plan of 2025 for the national and specialised databases (seed of the field): II.1 wants every database
surveyed into four groups, II.2.1 five stages with their days, II.2.1(1) ways of provision. A national
database belongs to the department that keeps it, a provincial one to its health department.
"""

import polars as pl

from khoyte.foundation.language import Text
from khoyte.registers.declaration import Code, Declaration, Field, ReviewLevel, Rule, Unique

PLAN = "Kế hoạch triển khai xây dựng CSDL quốc gia, CSDL chuyên ngành (2025)"
KINDS = (
    Code("national", Text("Cơ sở dữ liệu quốc gia", "National"), ("quốc gia",)),
    Code("specialised", Text("Cơ sở dữ liệu chuyên ngành", "Specialised"), ("chuyên ngành",)),
    Code("shared", Text("Dữ liệu dùng chung, danh mục", "Shared catalogues"), ("dùng chung", "danh mục")),
    Code("provincial", Text("Cơ sở dữ liệu của tỉnh", "Provincial"), ("địa phương", "tỉnh")),
)
GROUPS = (
    Code(
        "1", Text("1. Đã xây dựng và sử dụng được", "1. Built and usable"), ("đã xây dựng và sử dụng được",)
    ),
    Code("2", Text("2. Chưa xây dựng", "2. Not built"), ("chưa xây dựng",)),
    Code("3", Text("3. Đang xây dựng", "3. Being built"), ("đang xây dựng",)),
    Code(
        "4",
        Text("4. Đã xây dựng và không sử dụng được", "4. Built and not usable"),
        ("đã xây dựng và không sử dụng được", "đã xây dựng nhưng không sử dụng được"),
    ),
)
WAYS = (
    Code("invest", Text("Đầu tư", "Investment"), ("đầu tư mới",)),
    Code("hire", Text("Thuê dịch vụ", "Hired service"), ("thuê",)),
    Code("reuse", Text("Sử dụng hệ thống sẵn có", "Existing system"), ("sẵn có", "hệ thống sẵn có")),
    Code("pilot", Text("Triển khai thử nghiệm", "Pilot"), ("thử nghiệm",)),
)
STAGES = (
    ("infrastructure", Text("Hạ tầng, phần mềm", "Infrastructure and software"), "II.2.1(1)"),
    ("data", Text("Chuyển đổi, tạo lập, chuẩn hóa dữ liệu", "Data made and standardised"), "II.2.1(2)"),
    ("cleaning", Text("Làm sạch với CSDL quốc gia về dân cư", "Cleaned against the population database"),
     "II.2.1(3)"),
    ("delivery", Text("Đồng bộ về CSDL tổng hợp quốc gia", "Delivered to the national synthesis database"),
     "II.2.1(4)"),
    ("operation", Text("Chính thức vận hành", "In operation"), "II.2.1(5)"),
)  # fmt: skip
"""Stage, its label and where the plan sets it; each has a planned and an actual day."""

IDENTITY = Text("Cơ sở dữ liệu", "Database")
SURVEY = Text("Kết quả khảo sát", "Survey")
ROADMAP = Text("Lộ trình", "Roadmap")
CONTENT = Text("Dữ liệu, kết nối", "Data and connections")
_PLANNED, _ACTUAL = Text("ngày kế hoạch", "planned day"), Text("ngày thực tế", "actual day")


def _stage_fields() -> tuple[Field, ...]:
    return tuple(
        Field(
            f"{stage}_{when}",
            Text(f"{label.vi}: {word.vi}", f"{label.en}: {word.en}"),
            "date",
            group=ROADMAP,
            legal=f"{PLAN}, {section}",
        )
        for stage, label, section in STAGES
        for when, word in (("planned", _PLANNED), ("actual", _ACTUAL))
    )


def _stage_rules() -> tuple[Rule, ...]:
    """What is in operation was planned; what is not built has no day behind it."""
    return (
        Rule(
            "built_is_not_missing",
            "survey_group",
            message=Text(
                "Ghi “Chưa xây dựng” nhưng đã có ngày thực tế vận hành.",
                "Said to be not built, yet it has a day of operation.",
            ),
            fix=Text("Sửa nhóm khảo sát hoặc xóa ngày thực tế.", "Correct the group or the day."),
            breaks=lambda: (pl.col("survey_group") == "2") & pl.col("operation_actual").is_not_null(),
        ),
        Rule(
            "unusable_has_a_reason",
            "reason",
            message=Text(
                "Cơ sở dữ liệu thuộc nhóm 2, 3 hoặc 4 chưa nêu lý do.",
                "A database of group 2, 3 or 4 says no reason.",
            ),
            fix=Text("Nêu lý do và đề xuất xử lý.", "Give the reason and what is proposed."),
            breaks=lambda: pl.col("survey_group").is_in(["2", "3", "4"]) & pl.col("reason").is_null(),
            level="W",
            quality="complete",
            legal=f"{PLAN}, II.1",
        ),
        Rule(
            "group_has_a_proposal",
            "proposal",
            message=Text("Chưa nêu đề xuất.", "Nothing is proposed."),
            fix=Text("Nêu đề xuất cho cơ sở dữ liệu này.", "Say what is proposed for this database."),
            breaks=lambda: pl.col("proposal").is_null(),
            level="W",
            quality="complete",
            legal=f"{PLAN}, II.1 (sản phẩm)",
        ),
    )


INVENTORY_LEVEL = ReviewLevel(
    "inventory",
    Text("Rà soát danh mục cơ sở dữ liệu", "Review of the inventory"),
    roles=("province", "ministry"),
    working_days=5,
    legal=f"{PLAN}, II.1",
)

DATABASES = Declaration(
    name="databases",
    label=Text("Danh mục cơ sở dữ liệu", "Inventory of databases"),
    one=Text("cơ sở dữ liệu", "database"),
    steward=Text("Cục Khoa học công nghệ và Đào tạo", "Department of Science, Technology and Training"),
    legal=(f"{PLAN}, mục II", "Nghị định 102/2025/NĐ-CP, Điều 14-17", "Nghị định 47/2024/NĐ-CP"),
    key=("code",),
    title=("name", "owner_name"),
    facility_from="owner_unit",
    province_from="province",
    departments_own=True,
    ladder=(INVENTORY_LEVEL,),
    fresh_days=90,
    fields=(
        Field("code", Text("Mã cơ sở dữ liệu", "Code"), "identifier", required=True, longest=40, listed=True,
              group=IDENTITY, example="CSDL-KBCB"),
        Field("name", Text("Tên cơ sở dữ liệu", "Name"), required=True, searched=True, listed=True,
              group=IDENTITY, headings=("tên csdl", "cơ sở dữ liệu")),
        Field("kind", Text("Loại", "Kind"), "code", codes=KINDS, required=True, filtered=True, listed=True,
              group=IDENTITY),
        Field("field", Text("Lĩnh vực quản lý nhà nước", "Field of state management"), searched=True,
              filtered=True, group=IDENTITY, legal=f"{PLAN}, II.1"),
        Field("owner_name", Text("Đơn vị chủ quản", "Owner"), required=True, searched=True, listed=True,
              group=IDENTITY, headings=("chủ quản", "đơn vị chủ trì")),
        Field("owner_unit", Text("Mã đơn vị kê khai", "Code of the declaring unit"), "identifier", longest=20,
              group=IDENTITY, help=Text("Mã đơn vị trong hệ thống; để trống thì là đơn vị đang kê khai.",
                                        "Code in this system; empty for the unit that declares.")),
        Field("operator", Text("Đơn vị vận hành", "Operator"), searched=True, group=IDENTITY),
        Field("legal_base", Text("Căn cứ pháp lý", "Legal base"), "long_text", quality="complete",
              group=IDENTITY, legal="Nghị định 47/2024/NĐ-CP"),
        Field("province", Text("Mã tỉnh (CSDL của tỉnh)", "Province code"), pattern=r"\d{2}", longest=10,
              pattern_words=Text("2 chữ số theo mã đơn vị hành chính", "2 digits"), group=IDENTITY,
              filtered=True),
        Field("survey_group", Text("Nhóm khảo sát", "Survey group"), "code", codes=GROUPS, required=True,
              filtered=True, listed=True, group=SURVEY, legal=f"{PLAN}, II.1", headings=("nhóm",)),
        Field("reason", Text("Lý do", "Reason"), "long_text", group=SURVEY),
        Field("proposal", Text("Đề xuất", "Proposal"), "long_text", group=SURVEY, legal=f"{PLAN}, II.1"),
        Field("provision", Text("Hình thức thực hiện", "Way of provision"), "code", codes=WAYS, filtered=True,
              group=SURVEY, legal=f"{PLAN}, II.2.1(1)"),
        *_stage_fields(),
        Field("sources", Text("Nguồn dữ liệu", "Sources"), "list", group=CONTENT, longest=200),
        Field("consumers", Text("Nơi sử dụng, khai thác", "Consumers"), "list", group=CONTENT, longest=200),
        Field("master_data", Text("Dữ liệu chủ, dữ liệu dùng chung đang giữ", "Master data held"), "list",
              group=CONTENT, longest=200, quality="shared"),
        Field("security_level", Text("Cấp độ an toàn hệ thống thông tin", "Security level"), "integer",
              group=CONTENT, legal="Nghị định 85/2016/NĐ-CP", help=Text("Từ 1 đến 5.", "1 to 5.")),
        Field("measured_by", Text("Sổ đăng ký trên nền tảng này", "Register on this platform"), "identifier",
              longest=40, group=CONTENT,
              help=Text("Tên sổ, khi dữ liệu nằm ngay trên nền tảng: số lượng lấy từ chính sổ đó.",
                        "Name of the register where the data lie on this platform: counted from there.")),
        Field("quality", Text("Đánh giá chất lượng (đúng, đủ, sạch, sống, thống nhất, dùng chung)",
                              "Quality as assessed"), "long_text", group=CONTENT,
              legal=f"{PLAN}, I.2"),
    ),
    unique=(
        Unique("code", ("code",), Text("Mã cơ sở dữ liệu này đã có trong danh mục.",
                                       "A database with this code is listed already.")),
    ),
    rules=(
        *_stage_rules(),
        Rule("level_of_five", "security_level",
             message=Text("Cấp độ an toàn không nằm trong khoảng 1 đến 5.", "The level is not 1 to 5."),
             fix=Text("Ghi cấp độ từ 1 đến 5.", "Write 1 to 5."),
             breaks=lambda: ~pl.col("security_level").cast(pl.Int64, strict=False).is_between(1, 5)),
    ),
)  # fmt: skip
