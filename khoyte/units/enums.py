from django.db import models


class UnitKind(models.TextChoices):
    """What an organisation is, for the law and for access.

    PROVINCE is the office that answers for facilities: a provincial health department, or the health office
    of a ministry or sector (công an, quân đội, Bộ Y tế) for its own facilities, then with a code of letters.
    """

    FACILITY = "facility", "Cơ sở khám bệnh, chữa bệnh"
    PROVINCE = "province", "Sở Y tế"
    DEPARTMENT = "department", "Vụ, Cục thuộc Bộ Y tế"
    MINISTRY = "ministry", "Bộ Y tế"


class Role(models.TextChoices):
    """What a person does in the unit. A role is meaningless without the unit of the account."""

    FACILITY = "facility", "Cán bộ gửi dữ liệu của cơ sở"
    FACILITY_REVIEWER = "facility_reviewer", "Cán bộ rà soát của cơ sở"
    FACILITY_ADMIN = "facility_admin", "Người quản trị của cơ sở"
    PRACTITIONER = "practitioner", "Người hành nghề"
    PROVINCE = "province", "Cán bộ Sở Y tế"
    PROVINCE_LEAD = "province_lead", "Lãnh đạo Sở Y tế"
    DEPARTMENT = "department", "Cán bộ Vụ, Cục"
    MINISTRY = "ministry", "Cán bộ Bộ Y tế"
    DATA_PROTECTION = "data_protection", "Cán bộ bảo vệ dữ liệu cá nhân"
    OPERATOR = "operator", "Cán bộ vận hành"
    CITIZEN = "citizen", "Người dân"


class Scope(models.TextChoices):
    """What a machine token may be used for (interfaces, `khoyte token create`)."""

    SUBMISSIONS_WRITE = "submissions:write", "Gửi hồ sơ"
    SUBMISSIONS_READ = "submissions:read", "Đọc kết quả kiểm tra"
    LEDGER_READ = "ledger:read", "Đọc sổ đối soát"
    REGISTERS_READ = "registers:read", "Đọc sổ đăng ký"
    REGISTERS_WRITE = "registers:write", "Ghi sổ đăng ký"


ROLES_OF_KIND: dict[str, tuple[Role, ...]] = {
    UnitKind.FACILITY: (
        Role.FACILITY,
        Role.FACILITY_REVIEWER,
        Role.FACILITY_ADMIN,
        Role.PRACTITIONER,
        Role.DATA_PROTECTION,
    ),
    UnitKind.PROVINCE: (Role.PROVINCE, Role.PROVINCE_LEAD, Role.PRACTITIONER, Role.DATA_PROTECTION),
    UnitKind.DEPARTMENT: (Role.DEPARTMENT,),
    UnitKind.MINISTRY: (Role.MINISTRY, Role.DATA_PROTECTION, Role.OPERATOR, Role.CITIZEN),
}
"""Which roles an account may hold in a unit of each kind. Citizens hang below the ministry's node,
practitioners without a facility below their province's."""


class ReorganisationKind(models.TextChoices):
    """What happens to units by one decision of sắp xếp, tổ chức lại."""

    MERGE = "merge", "Hợp nhất, sáp nhập"
    SPLIT = "split", "Chia, tách"
    RENAME = "rename", "Đổi tên"
    REVERSAL = "reversal", "Khôi phục như trước"
