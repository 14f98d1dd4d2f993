"""What a practitioner declares of themselves in any register marked so, beside the record of practitioner.

Diplomas, hours of continuing education, scope by licence or decision: each with a photo or scan, confirmed by
the ladder like what a facility enters. A register is marked by `by_person` of its declaration; whose a record
is, is never typed: it is who speaks. What never was confirmed the person takes back; what was confirmed is
corrected by sending it anew with a reason, and stays in force until that is confirmed.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table
from khoyte.foundation.text import fold
from khoyte.practice import own
from khoyte.practice.errors import NotLinked
from khoyte.practice.registers import REGISTERS
from khoyte.registers import actions as registers
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.declaration import ByPerson, Declaration, Field
from khoyte.registers.errors import NotNow, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.ladder import STATE_LABELS, State
from khoyte.registers.models import Record, Version
from khoyte.registers.presenters import Section, announce_beside, column_of, state_tag, value_words
from khoyte.units.persons import accounts_of
from khoyte.units.policy import Actor

OWN_WRITE = "register.own_write"
BY_PERSON: Mapping[str, Declaration] = {one.name: one for one in REGISTERS if one.by_person}
MOST_SHOWN = 50
LEAST_REASON = 5
CHANGEABLE = (State.DRAFT, State.RETURNED, State.CONFIRMED)
OPEN = (State.DRAFT, State.RETURNED, State.IN_REVIEW)
SUBJECT = "personal_number"


def by_person(declaration: Declaration) -> ByPerson:
    """What is said of persons who declare. Raises ValueError for a register that is not theirs to declare."""
    if declaration.by_person is None:
        raise ValueError(f"{declaration.name} is not declared by persons")
    return declaration.by_person


def of_key(name: str, person: bytes) -> list[Record]:
    """The records of a person that the transaction's speaker may see, the newest first."""
    first = by_person(BY_PERSON[name]).shown[0]
    rows = register(name).model.objects.filter(personal_number_key=person)
    return list(rows.exclude(state=State.WITHDRAWN.value).order_by(f"-{first}", "id")[:MOST_SHOWN])


def own_one(name: str, id: uuid.UUID, actor: Actor) -> Record:
    """Raises UnknownRecord for another's as for none."""
    found = queries.record_of(register(name), id, actor)
    own.must_be_own(found, actor)
    return found


def as_asked(declaration: Declaration) -> Declaration:
    """The declaration as a person's form has it: of codes those that are theirs to say, the paper needed."""
    said = by_person(declaration)

    def of_person(one: Field) -> Field:
        codes = tuple(code for code in one.codes if code.code in said.only.get(one.name, (code.code,)))
        return replace(one, codes=codes, required=one.required or one.name == said.proof)

    return replace(declaration, fields=tuple(map(of_person, declaration.fields)))


def asked(declaration: Declaration) -> list[str]:
    """The fields a person fills."""
    left = {SUBJECT, *by_person(declaration).not_asked}
    return [name for name in declaration.by_name if name not in left]


def is_theirs_to_say(declaration: Declaration, content: Mapping[str, Any]) -> bool:
    only = by_person(declaration).only
    return all(not content.get(name) or content[name] in codes for name, codes in only.items())


def may_change(declaration: Declaration, record: Record) -> bool:
    content = contents.content_of(declaration, record)
    return State(record.state) in CHANGEABLE and is_theirs_to_say(declaration, content)


def may_withdraw(record: Record) -> bool:
    """Whether it is a declaration of the person's own that never was confirmed."""
    is_open = record.confirmed_version is None and State(record.state) in OPEN
    return is_open and _is_declared_by_oneself(record)


def declare(
    *,
    name: str,
    id: uuid.UUID | None,
    typed: Mapping[str, str],
    by: Actor,
    version: int | None,
    send: bool,
    reason: str = "",
) -> Record:
    """Keep what a person declares of themselves, anew without `id`; `send` it to whom it goes to.

    `reason`: why something confirmed is to be corrected; needed with what was confirmed. Raises NotLinked,
    UnknownRecord, WrongRecord, NotNow, Changed.
    """
    found = register(name)
    declaration = found.declaration
    patch = {field: typed[field] for field in asked(declaration) if field in typed}
    _must_be_theirs_to_say(declaration, patch)
    if id is None:
        person = own.content_of(by)
        if person is None:
            raise NotLinked(NO_FILE)
        made = {**patch, SUBJECT: person[SUBJECT]}
        record = registers.create(register=found, content=made, by=by, source="form", right=OWN_WRITE)
    else:
        record = own_one(name, id, by)
        if not is_theirs_to_say(declaration, contents.content_of(declaration, record)):
            raise NotNow(_others(declaration))
        if send and record.confirmed_version is not None and len(reason.strip()) < LEAST_REASON:
            raise WrongRecord({"": [NO_REASON]})
        record = registers.change(
            register=found, id=record.pk, patch=patch, by=by, source="form",
            expected_version=version, right=OWN_WRITE,
        )  # fmt: skip
    if send:
        proof = by_person(declaration).proof
        if not getattr(record, proof):
            raise WrongRecord({proof: [NO_PROOF]})
        if record.state == State.CONFIRMED:
            raise WrongRecord({"": [NOTHING_CORRECTED]})
        record = registers.submit(register=found, id=record.pk, by=by, right=OWN_WRITE, reason=reason)
    return record


def withdraw(*, name: str, id: uuid.UUID, by: Actor) -> Record:
    """Take back what one has declared and nobody has confirmed: a draft, returned, or under review.

    It stays with its history; its numbers are free again. Raises UnknownRecord, NotNow for what was confirmed
    or what a unit has entered.
    """
    record = own_one(name, id, by)
    if record.confirmed_version is not None:
        raise NotNow(ONLY_CORRECTED)
    if not _is_declared_by_oneself(record):
        raise NotNow(ENTERED_BY_UNIT)
    return registers.withdraw(register=register(name), id=record.pk, by=by, right=OWN_WRITE)


def _is_declared_by_oneself(record: Record) -> bool:
    first = Version.objects.filter(record=record.pk, number=1).values_list("recorded_by", flat=True).first()
    return first in accounts_of(own.key_of(record))


def _must_be_theirs_to_say(declaration: Declaration, patch: Mapping[str, str]) -> None:
    for name, codes in by_person(declaration).only.items():
        written = patch.get(name, "")
        code = declaration.by_name[name].codes_by_writing.get(fold(written), written)
        if code and code not in codes:
            raise WrongRecord({name: [_others(declaration)]})


def _others(declaration: Declaration) -> Text:
    return by_person(declaration).others or ENTERED_BY_UNIT


# On pages


def address_of(declaration: Declaration, record: Record | None = None) -> str:
    """Where a person finds one of the own records; without one, where a new one is declared."""
    return f"/hanh-nghe/{by_person(declaration).path}/{record.pk if record else 'moi'}"


def title_of(declaration: Declaration, record: Record) -> str:
    """Bằng đại học – Y khoa – Trường Đại học Y."""
    content = contents.content_of(declaration, record)
    words = (value_words(declaration.by_name[name], content[name]) for name in declaration.title)
    return " – ".join(one for one in words if one)


def section(name: str, record: Record, _content: Mapping[str, Any]) -> Section | None:
    """What stands on the page of a practitioner: each record with its state, leading to it."""
    found = of_key(name, own.key_of(record))
    declaration = register(name).declaration
    facts = [
        Fact(
            title_of(declaration, one),
            _with_paper(declaration, one),
            href=f"/so-dang-ky/{name}/{one.pk}",
            note=formats.said(STATE_LABELS[State(one.state)]),
        )
        for one in found
    ]
    return Section(declaration.label, facts) if facts else None


def _with_paper(declaration: Declaration, one: Record) -> str:
    return formats.said(HAS_PAPER if getattr(one, by_person(declaration).proof) else NO_PAPER)


def own_tables(person: bytes) -> dict[str, tuple[Table, Link]]:
    """Of each register a person declares in: a table of the own records, and the way to a new one."""
    return {
        name: (own_table(one, of_key(name, person)), Link(address_of(one), by_person(one).add))
        for name, one in BY_PERSON.items()
    }


def to_do(person: bytes) -> list[Text]:
    """What was returned to the person and waits to be sent again."""
    returned = {
        one.one: register(name).model.objects.filter(
            personal_number_key=person, state=State.RETURNED.value
        ).count()
        for name, one in BY_PERSON.items()
    }  # fmt: skip
    return [RETURNED.fill(n=count, one=one) for one, count in returned.items() if count]


def own_table(declaration: Declaration, found: Iterable[Any]) -> Table:
    said = by_person(declaration)
    fields = [declaration.by_name[name] for name in said.shown]
    return Table(
        title=said.mine,
        name=declaration.name,
        columns=(
            Column("what", _beginning_line(declaration.one), head=True),
            *map(column_of, fields),
            Column("paper", declaration.by_name[said.proof].label),
            Column("state", Text(vi="Trạng thái", en="State"), "tag"),
        ),
        rows=[
            {
                "what": Cell(title_of(declaration, one), href=address_of(declaration, one)),
                **{field.name: _cell(field, one) for field in fields},
                "paper": Cell(
                    _with_paper(declaration, one),
                    href=f"{address_of(declaration, one)}/tai-lieu" if getattr(one, said.proof) else "",
                ),
                "state": state_tag(one),
            }
            for one in found
        ],
        empty=EMPTY.fill(one=declaration.one),
    )


def _beginning_line(words: Text) -> Text:
    return Text(vi=words.vi[:1].upper() + words.vi[1:], en=words.en[:1].upper() + words.en[1:])


def _cell(field: Field, record: Any) -> object:
    value = getattr(record, field.name)
    return value if field.kind in ("date", "integer") else value_words(field, value)


def announce_section() -> None:
    announce_beside("practitioners", partial(section, "diplomas"))


NO_FILE = Text(
    vi="Chưa có hồ sơ của ông/bà trong sổ. Kê khai hồ sơ của mình trước, rồi thêm giấy tờ.",
    en="There is no record of you yet. Declare yourself first, then your papers.",
)
NO_PROOF = Text(
    vi="Chưa có ảnh hoặc bản quét giấy tờ. Chụp giấy tờ rồi gửi; chưa có ngay thì lưu, gửi sau.",
    en="There is no photo or scan of the paper. Add one and send; without one save it and send later.",
)
NO_REASON = Text(
    vi="Chưa nêu lý do đính chính. Ghi nội dung nào chưa đúng và theo giấy tờ nào.",
    en="No reason is given. Say what is wrong, and by which paper.",
)
NOTHING_CORRECTED = Text(
    vi="Không có nội dung nào khác với bản đã xác nhận. Sửa nội dung chưa đúng rồi gửi.",
    en="Nothing differs from what is confirmed. Correct what is wrong, then send it.",
)
ONLY_CORRECTED = Text(
    vi="Nội dung này đã được xác nhận nên không rút được. Gửi đề nghị đính chính, nêu lý do.",
    en="This was confirmed and cannot be taken back. Send a correction and say why.",
)
ENTERED_BY_UNIT = Text(
    vi="Nội dung này do cơ sở hoặc Sở Y tế nhập. Đề nghị đơn vị đã nhập rút hoặc sửa.",
    en="A facility or a province has entered this. Ask them to take it back or correct it.",
)
RETURNED = Text(
    vi="{n} {one} được trả lại để bổ sung. Xem lý do trong từng hồ sơ.",
    en="Returned for correction: {n} {one}. Each record says why.",
)
HAS_PAPER = Text(vi="Có ảnh hoặc bản quét", en="With a photo or scan")
NO_PAPER = Text(vi="Chưa có ảnh hoặc bản quét", en="Without a photo or scan")
EMPTY = Text(
    vi="Chưa có {one} nào. Chụp ảnh giấy tờ và thêm vào.",
    en="There is no {one} yet. Take a photo of the paper and add it.",
)
