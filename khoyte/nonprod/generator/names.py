"""Vietnamese names as people bear them, and numbers that no person bears.

Family names are skewed as in the country (Nguyễn about three in ten). Personal numbers use the place code
999, which no birth register has (the places are 001 to 096), so that they can never be a real person's.
"""

from __future__ import annotations

from random import Random

_FAMILY = (
    ("Nguyễn", 31),
    ("Trần", 11),
    ("Lê", 9.5),
    ("Phạm", 7),
    ("Hoàng", 5),
    ("Phan", 4.5),
    ("Vũ", 3.9),
    ("Đặng", 2.1),
    ("Bùi", 2),
    ("Đỗ", 1.5),
    ("Hồ", 1.3),
    ("Ngô", 1.3),
    ("Dương", 1),
    ("Lý", 0.6),
    ("Võ", 1.8),
    ("Đinh", 0.9),
    ("Trịnh", 0.8),
    ("Mai", 0.7),
    ("Lương", 0.7),
    ("Đoàn", 0.7),
    ("Tô", 0.4),
    ("Cao", 0.5),
    ("Hà", 0.6),
    ("Tạ", 0.4),
)
_MIDDLE = {
    1: (
        "Văn Văn Văn Đức Hữu Minh Quang Xuân Thanh Công Ngọc Quốc Đình Gia"
    ).split(),
    2: (
        "Thị Thị Thị Thị Ngọc Thu Thanh Bích Hồng Minh Kim Phương Khánh Hoài"
    ).split(),
}
_GIVEN = {
    1: (
        "Hùng Dũng Tuấn Minh Sơn Thắng Cường Hải Nam Long Khoa Phúc Đạt Huy Quân Bình Lâm Tùng "
        "Kiên Việt Trung Hiếu Thành Phong Vinh Khang Bảo"
    ).split(),
    2: (
        "Hoa Lan Hương Mai Linh Thảo Trang Hà Nga Hằng Thủy Yến Ngân Vân Nhung Hiền Loan Oanh "
        "Phượng Quyên Tâm Xuân Ánh Đào Cúc Nhi Anh Châu"
    ).split(),
}
_FAMILY_NAMES = [name for name, _ in _FAMILY]
_CUMULATIVE: list[float] = []
for _, _weight in _FAMILY:
    _CUMULATIVE.append((_CUMULATIVE[-1] if _CUMULATIVE else 0) + _weight)


def draw_family_name(rng: Random) -> str:
    return rng.choices(_FAMILY_NAMES, cum_weights=_CUMULATIVE)[0]


def draw_name(rng: Random, sex: int, family: str | None = None) -> str:
    """A full name, family name first; `sex` is 1 male or 2 female (GIOI_TINH)."""
    middle, given = rng.choice(_MIDDLE[sex]), rng.choice(_GIVEN[sex])
    return f"{family or draw_family_name(rng)} {middle} {given}"


def personal_number(sex: int, birth_year: int, serial: int) -> str:
    """12 digits: place 999, century and sex (even male, odd female), year of birth, serial."""
    century = 2 * (birth_year // 100 - 19) + (0 if sex == 1 else 1)
    return f"999{century}{birth_year % 100:02d}{serial % 1_000_000:06d}"
