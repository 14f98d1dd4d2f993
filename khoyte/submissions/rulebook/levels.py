"""How strictly each profile takes a rule, and how rules cite the annex.

`precheck` judges as Social Security would before it pays; `store` keeps every lawful visit and refuses only
what breaks structure, identity or time. So there are few ways to weigh a rule, and each has a name here.
"""

REFUSED_BY_INSURER = {"precheck": "E", "store": "W"}
"""The insurer sends it back, but the visit took place: money, coding, forms."""

WARNED = {"precheck": "W", "store": "W"}
"""Rests on inference or on one secondary source, or has lawful exceptions a file cannot show."""

INFORMED = {"precheck": "I", "store": "I"}
"""Nobody has to correct anything."""

SIGNED = {"precheck": ((None, "W"),), "store": ((None, "W"),)}
"""The signature of a file. Signing is required from 2026-01-01 by a secondary source only; where policy asks
to refuse from a day on, a pair (day, "E") is added here."""

PORTAL = "Quyết định 4750/QĐ-BYT; quy tắc kiểm tra của Cổng tiếp nhận dữ liệu BHXH Việt Nam"
"""Checks that the receiving portal published for the tables of Decision 4750."""

UNCONFIRMED = "nguồn thứ cấp, chưa đối chiếu văn bản gốc"
"""Said of every rule whose text nobody here has read in the instrument itself."""


def annex(table: int, fields: str) -> str:
    """Citation of fields in a table of the annex of Decision 4750/QĐ-BYT."""
    return f"Quyết định 4750/QĐ-BYT, phụ lục, bảng {table} ({fields})"
