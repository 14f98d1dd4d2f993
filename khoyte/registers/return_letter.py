"""The letter that goes with a record sent back (trả lại bổ sung): what to correct, item by item."""

from collections.abc import Mapping
from typing import Any

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper, PaperColumn, PaperTable, Paragraph, Signatory
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.known import register
from khoyte.registers.ladder import State
from khoyte.registers.models import Record, Step
from khoyte.registers.papers import ANY, Occasion, PaperKind
from khoyte.units.policy import Actor
from khoyte.units.queries import names_of

COLUMNS = (
    PaperColumn("STT", 10, "center"),
    PaperColumn("Nội dung", 50),
    PaperColumn("Đề nghị bổ sung, sửa", 100),
)


def compose(what: Occasion) -> tuple[Paper, int]:
    declaration = register(_register_of(what.record)).declaration
    step = _returned(what.record)
    content = contents.content_of(declaration, what.record)
    name = queries.name_of(declaration, content)
    to = names_of([what.record.facility]).get(what.record.facility, "") if what.record.facility else ""
    rows = [
        (str(n), field.label.vi if (field := declaration.by_name.get(key)) else "Cả hồ sơ", str(words))
        for n, (key, words) in enumerate(step.reasons.items(), start=1)
    ]
    received = format_date(step.at)
    body = (
        Paragraph(
            f"{what.issuer.name} đã rà soát hồ sơ {declaration.one.vi} “{name}” (bản {step.version}) "
            f"và trả lại ngày {received} để bổ sung các nội dung sau:"
        ),
        PaperTable(columns=COLUMNS, rows=rows),
        Paragraph(
            "Đề nghị đơn vị bổ sung, sửa các nội dung nêu trên và gửi lại trên hệ thống "
            "để tiếp tục rà soát./."
        ),
    )
    paper = Paper(
        above=what.issuer.above,
        issuer=what.issuer.name.upper(),
        number=what.number,
        place=what.place or what.issuer.place,
        day=what.day,
        about=f"bổ sung hồ sơ {declaration.one.vi}",
        as_of=None,
        to=(to or "Đơn vị kê khai hồ sơ",),
        body=body,
        recipients=("Như trên", "Lưu: VT"),
        signatories=(Signatory(tuple(what.authority) or ("GIÁM ĐỐC",), what.signer),),
        mark=what.mark,
    )
    return paper, 1


def _register_of(record: Record) -> str:
    return record._meta.db_table


def _returned(record: Record) -> Step:
    return next(step for step in queries.steps(record) if step.act == "return")


def refusal(record: Record, content: Mapping[str, Any], actor: Actor) -> Text | None:
    if record.state != State.RETURNED.value:
        return Text(
            vi="Hồ sơ không ở trạng thái trả lại bổ sung nên không có thư trả lại.",
            en="The record is not returned, so there is no letter.",
        )
    if _returned(record).by_unit != actor.unit_code:
        return Text(vi="Hồ sơ do đơn vị khác trả lại.", en="Another unit returned the record.")
    return None


RETURN_LETTER = PaperKind(
    name="tra-lai",
    label=Text(vi="Văn bản trả lại bổ sung", en="Letter of return"),
    register=ANY,
    unit_kinds=frozenset({"province", "facility"}),
    legal="Kế hoạch 1642/KH-BYT, III.4",
    symbol="TB",
    compose=compose,
    refusal=refusal,
    from_confirmed=False,
)
