"""What the pages of notices show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Tag
from khoyte.notices.enums import Channel, DeliveryState, Level
from khoyte.notices.kinds import Kind, kinds, words
from khoyte.notices.models import Notice, NoticeDelivery

CHANNELS: Mapping[Channel, Text] = {
    Channel.EMAIL: Text("Thư điện tử", "E-mail"),
    Channel.SMS: Text("Tin nhắn SMS", "SMS"),
    Channel.ZALO: Text("Zalo", "Zalo"),
}
_LEVELS: Mapping[Level, Tag] = {
    Level.INFO: Tag("info", Text("Thông tin", "For information")),
    Level.ATTENTION: Tag("warn", Text("Cần xử lý", "To deal with")),
    Level.URGENT: Tag("bad", Text("Khẩn", "Urgent")),
}
_STATES: Mapping[DeliveryState, Tag] = {
    DeliveryState.WAITING: Tag("wait", Text("chờ gửi", "waiting")),
    DeliveryState.SENDING: Tag("wait", Text("đang gửi", "being sent")),
    DeliveryState.ACCEPTED: Tag("info", Text("đã chuyển đi", "handed over")),
    DeliveryState.DELIVERED: Tag("good", Text("đã đến nơi", "delivered")),
    DeliveryState.REFUSED: Tag("bad", Text("không gửi được", "could not be delivered")),
}


@dataclass(frozen=True)
class Line:
    """One notice as read; `left`: what of it left the platform, channel by channel."""

    id: str
    title: Text
    body: Text
    tag: Tag
    href: str
    legal: str
    written_at: datetime
    is_read: bool
    instead_of: str
    left: tuple[tuple[Text, Tag, datetime], ...]


def lines(rows: Sequence[Notice], names: Mapping[str, str]) -> list[Line]:
    """Notices of kinds this program knows; `names` are those of the facilities they speak of."""
    return [_line(row, kinds()[row.kind], names) for row in rows if row.kind in kinds()]


def _line(row: Notice, kind: Kind, names: Mapping[str, str]) -> Line:
    title, body = words(kind, row.facts, lambda code: names.get(code, ""))
    return Line(
        id=str(row.pk),
        title=title,
        body=body,
        tag=_LEVELS[kind.level],
        href=row.href,
        legal=kind.legal,
        written_at=row.written_at,
        is_read=row.read_at is not None,
        instead_of=row.instead_of,
        left=tuple(_left(one) for one in row.deliveries.all()),
    )


def _left(row: NoticeDelivery) -> tuple[Text, Tag, datetime]:
    moment = row.finished_at or row.accepted_at or row.next_attempt_at
    return CHANNELS[Channel(row.channel)], _STATES[DeliveryState(row.state)], moment


def headline(waiting: int, most: int) -> Text:
    if not waiting:
        return Text("Không có thông báo chưa đọc", "Nothing unread")
    number: Any = f"{most}+" if waiting > most else waiting
    return Text("{n} thông báo chưa đọc", "{n} unread").fill(n=number)
