"""`/tra-cuu`: what anybody may look up, without an account. Only what is published is asked at all.

Made to find one, not to copy all: nothing is listed without a word to search by, a search shows so many
results and no more, addresses of records cannot be guessed, and one address may ask so often in a minute.
"""

import hashlib
import ipaddress
import os
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Table
from khoyte.registers import content as contents
from khoyte.registers import presenters, queries
from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.errors import UnknownRecord
from khoyte.registers.known import Register, register, registers
from khoyte.registers.models import Published
from khoyte.registers.pages.lists import page_number
from khoyte.units.places import address_of
from khoyte.units.policy import ANONYMOUS
from khoyte.units.takeovers import joined
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, public

SHOWN = 20
LEAST_LETTERS = 2
MINUTE, DAY = 60.0, 86_400.0
ADDRESSES_KEPT = 10_000
TOO_SHORT = Text(
    vi="Nhập ít nhất 2 chữ cái hoặc chữ số, ví dụ họ tên, số giấy phép hoặc mã cơ sở.",
    en="Type at least 2 letters or digits: a name, a licence number or a facility code.",
)


class TooOften(KhoyteError):
    code = "too-often"
    status = 429
    retry = True
    retry_after = 60


def asked_too_often() -> TooOften:
    return TooOften(
        Text(
            vi="Tra cứu quá nhiều lần. Chờ một phút rồi tra cứu tiếp; mỗi ngày chỉ tra cứu được một số lượt.",
            en="Too many look-ups. Wait a minute and go on; there are only so many a day.",
        ),
        remedy=Text(
            vi="Cần dữ liệu số lượng lớn: dùng giao diện lập trình có tài khoản.",
            en="For much data use the programming interface with an account.",
        ),
    )


class Turnstile:
    """How often each address asked within the present minute and day, by this process; addresses are hashed.

    The minute holds back a hurry, the day whoever copies patiently. Of IPv6 the network counts: one household
    has more addresses than there are records.
    """

    def __init__(self) -> None:
        self.counts: OrderedDict[bytes, dict[float, tuple[int, int]]] = OrderedDict()

    def let_in(self, address: str, limits: Mapping[float, int], now: float | None = None) -> bool:
        """`limits`: seconds of a window → how many questions in it; 0 for as many as one likes."""
        moment = time.monotonic() if now is None else now
        key = hashlib.blake2b(network_of(address).encode(), digest_size=8).digest()
        counts = self.counts.pop(key, {})
        for seconds in limits:
            window, (last, count) = int(moment // seconds), counts.get(seconds, (-1, 0))
            counts[seconds] = (window, count + 1 if last == window else 1)
        self.counts[key] = counts
        if len(self.counts) > ADDRESSES_KEPT:
            self.counts.popitem(last=False)
        return all(limit <= 0 or counts[seconds][1] <= limit for seconds, limit in limits.items())


def network_of(address: str) -> str:
    """An IPv4 address as it is; of an IPv6 address the /64 that one household or office has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    mapped = found.ipv4_mapped
    return str(mapped or ipaddress.ip_network((found, 64), strict=False))


Limits = Mapping[float, tuple[str, int]]
"""Seconds of a window → the variable an operator sets, and how many questions in it without."""

TURNSTILE = Turnstile()
USUAL_LIMITS: Limits = {MINUTE: ("KHOYTE_LOOKUPS_A_MINUTE", 120), DAY: ("KHOYTE_LOOKUPS_A_DAY", 2_000)}


def admit(request: ActingRequest) -> None:
    """Count one more question of whoever asks, also from behind a named proxy. Raises TooOften."""
    pass_through(request, TURNSTILE, USUAL_LIMITS)


def pass_through(request: ActingRequest, gate: Turnstile, usual: Limits) -> None:
    """The same at a gate of its own, for questions that others' look-ups must not use up. Raises TooOften."""
    if not gate.let_in(address_of(request), _limits(usual)):
        raise asked_too_often()


def _limits(usual_limits: Limits) -> dict[float, int]:
    written = {seconds: (os.environ.get(name, ""), usual) for seconds, (name, usual) in usual_limits.items()}
    return {seconds: int(text) if text.isdecimal() else usual for seconds, (text, usual) in written.items()}


@public
@require_safe
def search(request: ActingRequest) -> HttpResponse:
    words = request.GET.get("q", "")[:100]
    chosen = request.GET.get("so", "")
    known = [one for one in registers() if _is_looked_up(one.declaration)]
    context: dict[str, object] = {
        "q": words,
        "chosen": chosen,
        "registers": [one.declaration for one in known],
        "hint": TOO_SHORT,
    }
    if not words:
        return render(request, "registers/lookup.html", context)
    admit(request)
    query = contents.query_of(words)
    if sum(sign.isalnum() for sign in words) < LEAST_LETTERS or not query:
        return render(request, "registers/lookup.html", {**context, "problem": TOO_SHORT}, status=200)
    asked = [one for one in known if chosen == one.name or not (chosen or one.declaration.looked_up_alone)]
    with speaking_as(ANONYMOUS):
        tables = [_found(one, query) for one in asked]
    context["tables"] = [table for table in tables if table.rows] or tables[:1]
    context["more"] = any(len(table.rows) == SHOWN for table in tables)
    return render(request, "registers/lookup.html", context)


def _is_looked_up(declaration: Declaration) -> bool:
    return declaration.is_public and declaration.looked_up


def _found(one: Register, query: str) -> Table:
    return _table(one.declaration, queries.published(one.name, query, SHOWN))


def _table(declaration: Declaration, rows: list[Published]) -> Table:
    first, *others = [field for field in presenters.listed_fields(declaration) if field.public]
    merged = queries.takeovers(declaration, [row.content for row in rows])
    called = {
        field.name: presenters.names_in(field, [row.content.get(field.name) for row in rows])
        for field in (first, *others)
    }

    def said(field: Field, row: Published) -> str:
        return presenters.value_words(field, row.content.get(field.name), names=called[field.name])

    lines = []
    for row in rows:
        words = {field.name: said(field, row) for field in others}
        name = said(first, row)
        note = joined(merged.get(str(row.content.get(declaration.facility_from)), []))
        cell = Cell(name, href=f"/tra-cuu/{declaration.name}/{row.record}", note=note)
        lines.append({first.name: cell, **words})
    return Table(
        title=declaration.label,
        name=f"found-{declaration.name}",
        columns=[Column(first.name, first.label, head=True), *(Column(f.name, f.label) for f in others)],
        rows=lines,
        empty=Text(
            vi="Không tìm thấy. Kiểm tra lại chữ đã nhập; có thể nhập không dấu.",
            en="Nothing found. Check the words; marks may be left out.",
        ),
    )


@public
@require_safe
def result(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    admit(request)
    found = register(name)
    declaration = found.declaration
    if not _is_looked_up(declaration):
        raise UnknownRecord
    with speaking_as(ANONYMOUS):
        row = queries.published_record(name, id)
        merged = queries.takeovers(declaration, [row.content])
        notices = found.public_notices(row.record, row.content)
        tables = found.public_tables(row.record, row.content, page_number(request))
    context = {
        "declaration": declaration,
        "title": presenters.value_words(
            declaration.by_name[declaration.title[0]], row.content[declaration.title[0]]
        ),
        "facts": presenters.public_facts(declaration, row.content),
        "published_at": row.published_at,
        "mergers": [line for lines in merged.values() for line in lines],
        "links": found.public_links(row.record, row.content),
        "notices": notices,
        "tables": tables,
    }
    return render(request, "registers/lookup_result.html", context)
