"""What the address of a page says, read kindly: a value that cannot be is as if it were not there."""

from collections.abc import Collection
from datetime import date

from django.http import HttpRequest

ROWS = 50
ROWS_OF_A_SHEET = 20_000
YEARS = range(1900, 2200)


def day(request: HttpRequest, name: str, default: date) -> date:
    """A day written yyyy-mm-dd, as date fields of browsers send it, in a year of which pages can tell.

    Pages count on from it by days and weeks; at the ends of the calendar there is nothing to count on to.
    """
    try:
        asked = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return default
    return asked if asked.year in YEARS else default


def choice(request: HttpRequest, name: str, known: Collection[str]) -> str:
    """One of the known values, else empty."""
    value = request.GET.get(name, "")
    return value if value in known else ""


def page_number(request: HttpRequest) -> int:
    """The page asked for, from 1."""
    asked = request.GET.get("trang", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


def wants_sheet(request: HttpRequest) -> bool:
    """Whether the reader asks for the XLSX file of this page."""
    return request.GET.get("tai") == "xlsx"


def sheet_address(request: HttpRequest) -> str:
    """The address of this page's XLSX file: same filters, all rows."""
    asked = request.GET.copy()
    asked.pop("trang", None)
    asked["tai"] = "xlsx"
    return f"{request.path}?{asked.urlencode()}"
