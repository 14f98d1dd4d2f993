"""Diplomas and certificates: what a person declares of the own ones, what stands on the pages of people."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Table
from khoyte.practice import own
from khoyte.practice.errors import NotLinked
from khoyte.practice.models import Diploma
from khoyte.registers import actions as registers
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.declaration import Declaration
from khoyte.registers.known import register
from khoyte.registers.ladder import STATE_LABELS, State
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section, announce_beside, state_tag, value_words
from khoyte.units.policy import Actor

NAME = "diplomas"
OWN_WRITE = "register.own_write"
MOST_SHOWN = 50
NO_FILE = Text(
    vi="Chưa có hồ sơ của ông/bà trong sổ. Kê khai hồ sơ của mình trước, rồi thêm văn bằng, chứng chỉ.",
    en="There is no record of you yet. Declare yourself first, then your diplomas.",
)


def of_key(person: bytes) -> list[Record]:
    """The diplomas of a person that the transaction's speaker may see, the newest first."""
    rows = Diploma.objects.filter(personal_number_key=person).exclude(state=State.WITHDRAWN.value)
    return list(rows.order_by("-issued_on", "id")[:MOST_SHOWN])


def own_one(id: uuid.UUID, actor: Actor) -> Record:
    """Raises UnknownRecord for another's as for none."""
    found = queries.record_of(register(NAME), id, actor)
    own.must_be_own(found, actor)
    return found


def declare(
    *, id: uuid.UUID | None, typed: Mapping[str, str], by: Actor, version: int | None, send: bool
) -> Record:
    """Keep a diploma of one's own, a new one without `id`; `send` it to whom it goes to.

    Whose it is, is not typed: it is who speaks. Raises NotLinked, UnknownRecord, WrongRecord, NotNow,
    Changed.
    """
    found = register(NAME)
    patch = {name: value for name, value in typed.items() if name != "personal_number"}
    if id is None:
        person = own.content_of(by)
        if person is None:
            raise NotLinked(NO_FILE)
        made = {**patch, "personal_number": person["personal_number"]}
        record = registers.create(register=found, content=made, by=by, source="form", right=OWN_WRITE)
    else:
        record = own_one(id, by)
        record = registers.change(
            register=found, id=record.pk, patch=patch, by=by, source="form",
            expected_version=version, right=OWN_WRITE,
        )  # fmt: skip
    if send:
        record = registers.submit(register=found, id=record.pk, by=by, right=OWN_WRITE)
    return record


# On pages


def title_of(declaration: Declaration, record: Record) -> str:
    """Bằng đại học – Y khoa – Trường Đại học Y."""
    content = contents.content_of(declaration, record)
    return " – ".join(value_words(declaration.by_name[name], content[name]) for name in declaration.title)


def section(record: Record, _content: Mapping[str, Any]) -> Section | None:
    """What stands on the page of a practitioner: each diploma with its state, leading to its record."""
    found = of_key(own.key_of(record))
    declaration = register(NAME).declaration
    facts = [
        Fact(
            title_of(declaration, one),
            _with_paper(one),
            href=f"/so-dang-ky/{NAME}/{one.pk}",
            note=formats.said(STATE_LABELS[State(one.state)]),
        )
        for one in found
    ]
    return Section(declaration.label, facts) if facts else None


def _with_paper(one: Any) -> str:
    return formats.said(HAS_PAPER if one.document else NO_PAPER)


HAS_PAPER = Text(vi="Có ảnh hoặc bản quét", en="With a photo or scan")
NO_PAPER = Text(vi="Chưa có ảnh hoặc bản quét", en="Without a photo or scan")


def own_table(found: Iterable[Any]) -> Table:
    declaration = register(NAME).declaration
    return Table(
        title=Text(vi="Văn bằng, chứng chỉ của tôi", en="My diplomas and certificates"),
        name="diplomas",
        columns=(
            Column("what", declaration.by_name["kind"].label, head=True),
            Column("issued", declaration.by_name["issued_on"].label),
            Column("paper", declaration.by_name["document"].label),
            Column("state", Text(vi="Trạng thái", en="State"), "tag"),
        ),
        rows=[
            {
                "what": Cell(title_of(declaration, one), href=f"/hanh-nghe/van-bang/{one.pk}"),
                "issued": value_words(declaration.by_name["issued_on"], one.issued_on),
                "paper": Cell(
                    _with_paper(one), href=f"/hanh-nghe/van-bang/{one.pk}/tai-lieu" if one.document else ""
                ),
                "state": state_tag(one),
            }
            for one in found
        ],
        empty=Text(
            vi="Chưa kê khai văn bằng, chứng chỉ nào. Chụp ảnh giấy tờ và thêm vào.",
            en="No diploma is declared yet. Take a photo of it and add it.",
        ),
    )


def announce_section() -> None:
    announce_beside("practitioners", section)
