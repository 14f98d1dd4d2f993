"""What the page of national systems says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Table, Tag
from khoyte.links import destinations, feeds
from khoyte.links.enums import ExchangeState
from khoyte.links.models import ExchangeMessage, ExchangeRun, Reconciliation
from khoyte.links.queries import Destination

TROUBLES = {
    "timeout": Text(vi="không trả lời trong thời gian chờ", en="no answer in time"),
    "connection": Text(vi="không kết nối được", en="no connection"),
    "protocol": Text(vi="câu trả lời bị đứt", en="the answer broke off"),
    "tls": Text(vi="chứng thư TLS không hợp lệ", en="TLS certificate not valid"),
    "address-not-public": Text(
        vi="địa chỉ thuộc mạng chưa được phép", en="the address lies in a network not named"
    ),
    "unknown-host": Text(vi="không tìm thấy máy chủ", en="host not found"),
    "http-401": Text(vi="từ chối mã truy cập", en="token refused"),
    "http-403": Text(vi="không cho phép", en="not allowed"),
    "http-429": Text(vi="yêu cầu gửi chậm lại", en="asked to slow down"),
    "http-503": Text(vi="tạm ngừng", en="out of service"),
    "not-json": Text(vi="trả lời không đúng dạng", en="not an answer of the agreed form"),
    "no-answer": Text(vi="câu trả lời không thuộc câu hỏi", en="not an answer to the question"),
    "no-token-file": Text(vi="không đọc được tệp mã truy cập", en="the token file cannot be read"),
    "interrupted": Text(vi="lần gửi bị ngắt giữa chừng", en="cut off"),
    "no-verdict": Text(vi="không có kết quả cho bản tin", en="no verdict on the message"),
    "not-applied": Text(vi="đã nhận nhưng đọc lại chưa thấy", en="acknowledged, not found on reading back"),
    "nothing-to-send": Text(vi="không còn nội dung để gửi", en="nothing left to send"),
    "overtaken": Text(vi="nơi nhận đã có bản mới hơn", en="the destination has a newer one"),
    "digest-mismatch": Text(vi="mã kiểm tra toàn vẹn không khớp", en="digest does not match"),
    "refused": Text(vi="nơi nhận từ chối", en="refused"),
    "period-closed": Text(vi="kỳ báo cáo ở nơi nhận đã đóng", en="the reporting period there is closed"),
    "no-evidence": Text(vi="báo cáo hoàn thành chưa có minh chứng", en="said to be done without evidence"),
    "unknown-kind": Text(vi="nơi nhận không nhận loại dữ liệu này", en="data of this kind are not taken"),
}


def trouble_words(word: str) -> Text:
    """Our words for a stable word; theirs are shown as they stand."""
    return TROUBLES.get(word, Text(vi=word, en=word))


def headline(found: Sequence[Destination]) -> Text:
    on = [one for one in found if one.is_on]
    if not on:
        return Text(vi="Chưa kết nối hệ thống quốc gia nào", en="No national system is switched on")
    dead = sum(_dead(one) for one in on)
    silent = [one for one in on if one.state and one.state.failures]
    if silent:
        return Text(vi="{label} chưa nhận được dữ liệu", en="{label} does not take data now").fill(
            label=silent[0].connector.label
        )
    if dead:
        return Text(vi="{dead} bản tin bị từ chối", en="{dead} messages were refused").fill(
            dead=formats.number(dead)
        )
    waiting = sum(_waiting(one) for one in on)
    if waiting:
        return Text(vi="Đang gửi, còn {waiting} bản tin", en="Sending, {waiting} messages left").fill(
            waiting=formats.number(waiting)
        )
    return Text(vi="Các hệ thống quốc gia đã nhận đủ", en="National systems have everything")


def _waiting(one: Destination) -> int:
    return sum(kind["waiting"] for kind in one.state.waiting.values()) if one.state else 0


def _dead(one: Destination) -> int:
    return sum(group["messages"] for group in one.state.dead) if one.state else 0


@dataclass(frozen=True)
class Section:
    """One destination on the page."""

    name: str
    label: Text
    tag: Tag
    facts: Sequence[Fact]
    feeds: Table | None
    dead: Table | None
    runs: Table | None


def section(one: Destination, runs: Sequence[ExchangeRun]) -> Section:
    state = one.state
    facts = [
        Fact(Text(vi="Đơn vị quản lý", en="Operator"), one.connector.operator),
        Fact(Text(vi="Căn cứ", en="Legal basis"), one.connector.legal),
    ]
    if state and state.answered_at:
        facts.append(Fact(Text(vi="Trả lời gần nhất", en="Last answer"), state.answered_at, "moment"))
    if state and state.last_trouble:
        facts.append(Fact(Text(vi="Trở ngại gần nhất", en="Last trouble"), trouble_words(state.last_trouble)))
    if one.connector.name == destinations.POPULATION and one.is_on:
        facts.append(Fact(Text(vi="Câu hỏi đang chờ", en="Questions waiting"), _waiting(one), "number"))
    dead = state.dead if state else []
    return Section(
        name=one.connector.name,
        label=one.connector.label,
        tag=_tag(one),
        facts=facts,
        feeds=_feeds(one) if feeds.feeds_to(one.connector.name) else None,
        dead=_dead_table(one.connector.name, dead) if dead else None,
        runs=_runs(runs) if runs else None,
    )


def _tag(one: Destination) -> Tag:
    if not one.is_on:
        return Tag("info", Text(vi="Chưa kết nối", en="Not switched on"))
    if one.state and one.state.failures:
        return Tag("warn", Text(vi="Đang gián đoạn", en="Interrupted"))
    if _dead(one):
        return Tag("warn", Text(vi="Có bản tin bị từ chối", en="Messages refused"))
    if _waiting(one):
        return Tag("wait", Text(vi="Đang gửi", en="Sending"))
    if one.connector.name == destinations.POPULATION:
        return Tag("good", Text(vi="Đã đối chiếu hết", en="All answered"))
    return Tag("good", Text(vi="Đã gửi đủ", en="All sent"))


_SENT_TO = Text(vi="Dữ liệu gửi đến {place}", en="What is sent to {place}")


def _feeds(one: Destination) -> Table:
    waiting = one.state.waiting if one.state else {}
    return Table(
        title=Text(vi="Dữ liệu gửi đến {place}", en="What is sent to {place}").fill(
            place=one.connector.label
        ),
        name=f"feeds-{one.connector.name}",
        columns=(
            Column("label", Text(vi="Dữ liệu", en="Data"), head=True),
            Column("fields", Text(vi="Số trường", en="Fields"), "number"),
            Column("waiting", Text(vi="Chờ gửi", en="Waiting"), "number"),
            Column("oldest", Text(vi="Chờ lâu nhất từ", en="Oldest since"), "moment"),
        ),
        rows=[
            {
                "label": Cell(feed.label, note=feed.legal),
                "fields": len(feed.carries),
                "waiting": waiting.get(feed.kind, {}).get("waiting", 0),
                "oldest": _moment(waiting.get(feed.kind, {}).get("oldest")),
            }
            for feed in feeds.feeds_to(one.connector.name)
        ],
        empty=Text(vi="Không có dữ liệu nào gửi đến nơi này.", en="Nothing is sent there."),
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _kind_label(destination: str, kind: str) -> Text:
    feed = feeds.feed(destination, kind)
    return feed.label if feed else Text(vi=kind, en=kind)


def _dead_table(destination: str, groups: Sequence[dict[str, Any]]) -> Table:
    return Table(
        title=Text(vi="Bản tin bị từ chối", en="Refused messages"),
        name="dead",
        columns=(
            Column("reason", Text(vi="Lý do", en="Reason"), head=True),
            Column("kind", Text(vi="Dữ liệu", en="Data")),
            Column("messages", Text(vi="Bản tin", en="Messages"), "number"),
            Column("oldest", Text(vi="Từ", en="Since"), "moment"),
            Column("numbers", Text(vi="Số bản tin", en="Numbers")),
        ),
        rows=[
            {
                "reason": trouble_words(group["reason"]),
                "kind": _kind_label(destination, group["kind"]),
                "messages": group["messages"],
                "oldest": _moment(group["oldest"]),
                "numbers": ", ".join(str(number) for number in group["numbers"]),
            }
            for group in groups
        ],
        empty=Text(vi="Không có bản tin bị từ chối.", en="Nothing was refused."),
    )


def _runs(runs: Sequence[ExchangeRun]) -> Table:
    return Table(
        title=Text(vi="Các lần gửi gần nhất", en="Newest runs"),
        name=f"runs-{runs[0].destination}",
        columns=(
            Column("started", Text(vi="Bắt đầu", en="Begun"), "moment", head=True),
            Column("batches", Text(vi="Số lô", en="Batches"), "number"),
            Column("sent", Text(vi="Đã gửi", en="Sent"), "number"),
            Column("acknowledged", Text(vi="Đã xác nhận", en="Acknowledged"), "number"),
            Column("applied", Text(vi="Đã đọc lại", en="Read back"), "number"),
            Column("rejected", Text(vi="Từ chối", en="Refused"), "number"),
            Column("trouble", Text(vi="Trở ngại", en="Trouble")),
        ),
        rows=[
            {
                "started": run.started_at,
                "batches": run.batches,
                "sent": run.sent,
                "acknowledged": run.acknowledged,
                "applied": run.applied,
                "rejected": run.rejected,
                "trouble": trouble_words(run.last_trouble) if run.last_trouble else "",
            }
            for run in runs
        ],
        empty=Text(vi="Chưa gửi lần nào.", en="Nothing was sent yet."),
    )


def reconciliations(rows: Sequence[Reconciliation]) -> Table:
    return Table(
        title=Text(vi="Đối chiếu gần nhất", en="Last reconciliation"),
        name="reconciled",
        columns=(
            Column("kind", Text(vi="Dữ liệu", en="Data"), head=True),
            Column("ours", Text(vi="Nơi gửi", en="Ours"), "number"),
            Column("theirs", Text(vi="Nơi nhận", en="Theirs"), "number"),
            Column("theirs_missing", Text(vi="Nơi nhận thiếu", en="Missing there"), "number"),
            Column("ours_missing", Text(vi="Nơi gửi thiếu", en="Missing here"), "number"),
            Column("differing", Text(vi="Khác nội dung", en="Differing"), "number"),
            Column("state", Text(vi="Kết quả", en="Result"), "tag"),
        ),
        rows=[
            {
                "kind": Cell(_kind_label(row.destination, row.kind), note=formats.moment(row.started_at)),
                "ours": row.ours,
                "theirs": row.theirs,
                "theirs_missing": row.theirs_missing,
                "ours_missing": row.ours_missing,
                "differing": Cell(row.differing, note=_field_words(row)),
                "state": _reconciled_tag(row),
            }
            for row in rows
        ],
        empty=Text(
            vi="Chưa đối chiếu. Hệ thống tự đối chiếu mỗi đêm; chạy ngay bằng “khoyte links reconcile”.",
            en="Not reconciled yet. It is done every night; “khoyte links reconcile” does it now.",
        ),
    )  # fmt: skip


def _field_words(row: Reconciliation) -> str:
    """Names of the fields that differ, with how many of the records opened differ in each."""
    return ", ".join(f"{name} ({number})" for name, number in row.fields.items())


def _reconciled_tag(row: Reconciliation) -> Tag:
    if row.trouble:
        return Tag("bad", trouble_words(row.trouble))
    if row.equal:
        return Tag("good", Text(vi="Khớp", en="Equal"))
    if row.ours_missing:
        return Tag("bad", Text(vi="Cần xem", en="Look at it"))
    sent = Text(vi="Đã gửi lại {n}", en="{n} sent again").fill(n=formats.number(row.sent_again))
    return Tag("warn", sent)


STATE_TAGS = {
    ExchangeState.PENDING: Tag("wait", Text(vi="Chờ gửi", en="To be sent")),
    ExchangeState.SENT: Tag("wait", Text(vi="Đã gửi, chưa rõ kết quả", en="Sent, no answer yet")),
    ExchangeState.ACKNOWLEDGED: Tag("wait", Text(vi="Nơi nhận đã xác nhận, chờ đọc lại", en="Acknowledged")),
    ExchangeState.APPLIED: Tag("good", Text(vi="Nơi nhận đã có, đọc lại khớp", en="There, read back")),
    ExchangeState.REJECTED: Tag("bad", Text(vi="Nơi nhận từ chối", en="Refused")),
    ExchangeState.SUPERSEDED: Tag("info", Text(vi="Đã có bản mới thay thế", en="Superseded")),
}


def delivery_facts(messages: Sequence[ExchangeMessage]) -> list[Fact]:
    """For a record's page: to whom its newest version told of has come."""
    from khoyte.links.connectors import CONNECTORS  # the page of a record alone needs their labels

    found = []
    for message in messages:
        connector = CONNECTORS.get(message.destination)
        if connector is None:
            continue
        state = STATE_TAGS[ExchangeState(message.state)].label
        words = Text(vi="{state} (bản {version})", en="{state} (version {version})").fill(
            state=state, version=message.version
        )
        note = trouble_words(message.reason) if message.reason and message.state != "applied" else ""
        found.append(Fact(connector.label, words, note=note))
    return found
