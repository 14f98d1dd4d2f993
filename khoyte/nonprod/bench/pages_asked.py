"""Which pages `khoyte bench pages` asks, as whom, and what each must say."""

import gzip
import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

import psycopg

from khoyte.foundation.numbers import vn_number
from khoyte.nonprod.bench import errors

SAMPLES = 40
_TIMEOUT_SECONDS = 120.0
_MONTH, _WEEK = timedelta(days=30), timedelta(days=6)


@dataclass(frozen=True)
class Wanted:
    """One address and a text its page must hold, "" for any."""

    address: str
    says: str = ""


@dataclass(frozen=True)
class Page:
    """A page by name; `role` of the demonstration's accounts, "" for anybody."""

    name: str
    role: str
    addresses: Sequence[Wanted]


@dataclass(frozen=True)
class Asked:
    milliseconds: float
    bytes: int


EMPTIEST = Page("empty", "", [Wanted("/tra-cuu")])
"""The floor: a page of the same look that asks the database for nothing but what it must."""


class Reader:
    """A browser's requests over one connection, packed as browsers ask for it; for each role its session."""

    def __init__(self, port: int, cookies: Mapping[str, str]) -> None:
        self._cookies = cookies
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, page: Page, wanted: Wanted) -> Asked:
        """Raises BenchFailed for any answer but success, AnswersDiffer where it does not say what it must."""
        headers = {"Accept-Encoding": "gzip", "Accept-Language": "vi"}
        if page.role:
            headers["Cookie"] = f"sessionid={self._cookies[page.role]}"
        begun = time.perf_counter()
        self._connection.request("GET", wanted.address, headers=headers)
        response = self._connection.getresponse()
        body = response.read()
        waited = (time.perf_counter() - begun) * 1000
        if response.status != 200:
            raise errors.page_refused(page.name, response.status)
        packed = response.headers.get("Content-Encoding") == "gzip"
        text = (gzip.decompress(body) if packed else body).decode()
        if wanted.says not in text:
            raise errors.answers_differ(page.name, wanted.address, wanted.says)
        return Asked(waited, len(body))


def pages_of(connection: psycopg.Connection, facility: str, day: date) -> list[Page]:
    """The pages with what each must say, which the tables are asked for directly."""

    def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return connection.execute(statement, values).fetchall()

    def number(statement: str, *values: Any) -> str:
        return vn_number(ask(statement, *values)[0][0])

    month, week = day - _MONTH, day - _WEEK
    (province,) = ask("SELECT province FROM submission WHERE facility = %s LIMIT 1", facility)[0]
    files = ask(_SOME_FILES, facility, SAMPLES)
    visits = ask(_SOME_VISITS, facility, SAMPLES)
    sent = number(_FILES_SINCE, facility, month)
    seen = number(_VISITS_SINCE, facility, month)
    day_of = ask("SELECT max(day) FROM submission WHERE province = %s", province)[0][0]
    came = number("SELECT sum(received) FROM submission WHERE province = %s AND day = %s", province, day_of)
    all_visits = number("SELECT count(*) FROM visit WHERE is_current")
    of_province = number("SELECT count(*) FROM visit WHERE is_current AND province = %s", province)
    week_files = number(_FILES_SINCE, facility, week)
    return [
        Page("first_page_of_a_facility", "facility", [Wanted("/", week_files)]),
        Page("files", "facility", [Wanted("/goi-ho-so", f"({sent})")]),
        Page("files_to_correct", "facility", [Wanted("/goi-ho-so?phai-sua=1")]),
        Page("one_file", "facility", [Wanted(f"/goi-ho-so/{id}", name) for id, name in files]),
        Page(
            "one_dossier_of_a_file",
            "facility",
            [Wanted(f"/goi-ho-so/{id}/ho-so/{1 + n % 20}") for n, (id, _) in enumerate(files)],
        ),
        Page("visits", "facility", [Wanted("/luot-kham", f"({seen})")]),
        Page("visits_last_page", "facility", [Wanted("/luot-kham?trang=9", f"({seen})")]),
        Page("visits_of_a_disease", "facility", [Wanted(f"/luot-kham?benh={code}") for _, _, code in visits]),
        Page(
            "visit_by_its_code",
            "facility",
            [Wanted(f"/luot-kham?ma-lk={ma_lk}&tu=2020-01-01", f">{ma_lk}<") for _, ma_lk, _ in visits],
        ),
        Page("one_visit", "facility", [Wanted(f"/luot-kham/{id}", ma_lk) for id, ma_lk, _ in visits]),
        Page("files_of_a_province", "province", [Wanted("/goi-ho-so")]),
        Page("day_of_a_province", "province", [Wanted(f"/tinh?ngay={day_of.isoformat()}", came)]),
        Page("papers_of_a_province", "province", [Wanted("/tinh/loai-giay-to")]),
        Page("indicator_of_a_province", "province", [Wanted("/chi-so/luot-kham-theo-thang", of_province)]),
        Page("indicator", "ministry", [Wanted("/chi-so/luot-kham-theo-thang", all_visits)]),
        Page("direction_board", "ministry", [Wanted("/ke-hoach/dieu-hanh")]),
        Page("direction_board_of_a_province", "province", [Wanted("/ke-hoach/dieu-hanh")]),
        Page("public_search", "", [Wanted(f"/tra-cuu?q={word}") for word in ("Nguyen", "Tran", "Binh+An")]),
    ]


# Spread over all days by number, not only the newest.
_SOME_FILES = """
SELECT id, file_name FROM submission WHERE facility = %s AND state = 'judged' ORDER BY md5(id::text) LIMIT %s
"""
_SOME_VISITS = """
SELECT id, ma_lk, ma_benh_chinh FROM visit WHERE facility = %s AND is_current ORDER BY md5(id::text) LIMIT %s
"""
_FILES_SINCE = "SELECT count(*) FROM submission WHERE facility = %s AND day >= %s"
_VISITS_SINCE = "SELECT count(*) FROM visit WHERE facility = %s AND is_current AND ngay_ra >= %s"
