"""Trainees beside those who guide them, on pages of facility, supervisor and trainee; what speaks against.

Whether somebody may guide on a day is the question whether they may practise at that facility on that day
(`standing`): a licence in force, a registration there. It is worked out, never stored, and told to whoever
enters, reviews or reads the record; it refuses nothing, as the register may be behind what was decided.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q

from khoyte.foundation.calendar import format_date, today
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Table
from khoyte.legal.ceilings import TRAINEES_OF_SUPERVISOR, ceiling_on
from khoyte.practice import in_force
from khoyte.practice.models import Practitioner, Trainee
from khoyte.practice.registers.practitioners import TITLES
from khoyte.practice.standing import standing_on
from khoyte.registers.ladder import State
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section, announce_beside, state_tag
from khoyte.registers.queries import ENDED, RUNNING
from khoyte.units.queries import names_of

NAME = "trainees"
MOST_SHOWN = 20
GUIDES_TITLES = {"BS": {"BS", "YS"}}
"""Titles whose trainees a title may guide, where it is more than the own (Decree 96/2023/NĐ-CP, Art. 7: a
scope that fits; from memory, to be held against the text). Only told, never refused."""


# What speaks against a record


def doubts(record: Record, content: Mapping[str, Any]) -> list[Text]:
    """Why the supervisor might not guide here: on the first day, and today or on the last day."""
    facility, first, last = content.get("facility"), _day(content, "valid_from"), _day(content, "valid_to")
    guide = getattr(record, "supervisor_record", None)
    if not facility or first is None or last is None:
        return []
    if guide is None:
        return [NOT_FOUND]
    holder = in_force.holder_of(guide)
    if holder is None:
        return [UNCONFIRMED]
    found: dict[str, Text] = {}
    for day in sorted({first, min(max(today(), first), last)}):
        standing = standing_on(holder, facility, day)
        for reason in filter(None, (standing.licence, standing.place)):
            found.setdefault(reason, DOUBTS[reason].fill(day=format_date(day), facility=facility))
    titles = {one.title for one in holder.licences if one.title}
    wanted = content.get("title")
    if wanted and titles and not any(wanted in GUIDES_TITLES.get(one, {one}) for one in titles):
        found["title"] = WRONG_TITLE.fill(theirs=_titles(titles), wanted=_titles({wanted}))
    return list(found.values())


def _titles(codes: Iterable[str]) -> Text:
    labels = [one.label for one in TITLES if one.code in codes]
    return Text(vi=", ".join(one.vi for one in labels), en=", ".join(one.en for one in labels))


def _day(content: Mapping[str, Any], name: str) -> date | None:
    written = content.get(name)
    return date.fromisoformat(written) if written else None


# On pages of records


def of_facility(_record: Record, content: Mapping[str, Any]) -> Section | None:
    """Confirmed trainees of a facility: who practise, who have ended; each count leads to those it counts."""
    facility, day = content.get("code") or "", today()
    rows = Trainee.objects.filter(facility=facility, state=State.CONFIRMED.value)
    counted = rows.aggregate(
        now=Count("id", filter=Q(valid_from__lte=day, valid_to__gte=day)),
        done=Count("id", filter=Q(valid_to__lt=day)),
    )
    if not facility or not any(counted.values()):
        return None
    return Section(
        LABEL,
        [
            Fact(NOW, counted["now"], "number", href=_list_of(facility, RUNNING)),
            Fact(DONE, counted["done"], "number", href=_list_of(facility, ENDED)),
        ],
    )


def _list_of(facility: str, when: str) -> str:
    asked = {"co-so": facility, "trang-thai": State.CONFIRMED.value, "thoi-gian": when}
    return f"/so-dang-ky/{NAME}?{urlencode(asked)}"


def of_practitioner(record: Record, _content: Mapping[str, Any]) -> Section | None:
    """On the page of a practitioner: whom they guide, as far as the speaker may see them."""
    found = guided_by(record)
    if not found:
        return None
    facts = [
        Fact(one.full_name, _period(one), href=f"/so-dang-ky/{NAME}/{one.pk}", note=_at(one))
        for one in found[:MOST_SHOWN]
    ]
    return Section(GUIDES, [Fact(GUIDED_NOW, _now(found), "number", note=_at_most()), *facts])


def of_trainee(record: Record, _content: Mapping[str, Any]) -> Section | None:
    """On the page of a trainee: whom the licence number led to, where the speaker may see them."""
    guide = Practitioner.objects.filter(pk=getattr(record, "supervisor_record", None)).first()
    if guide is None:
        return None
    href = f"/so-dang-ky/practitioners/{guide.pk}"
    return Section(SUPERVISOR, [Fact(BY_NUMBER, guide.full_name, href=href, note=guide.licence_number)])


def announce_section() -> None:
    announce_beside("facilities", of_facility)
    announce_beside("practitioners", of_practitioner)
    announce_beside(NAME, of_trainee)


def _at(one: Any) -> Text:
    return AT.fill(facility=one.facility, state=state_tag(one).label)


# Of one person, as far as the transaction's speaker may see


def guided_by(record: Record) -> list[Any]:
    """Who is, was and will be guided by this practitioner, the newest first."""
    return _standing(Trainee.objects.filter(supervisor_record=record.pk))


def periods_of(person: bytes) -> list[Any]:
    """The periods in which this person practises as a trainee, the newest first."""
    return _standing(Trainee.objects.filter(personal_number_key=person)) if person else []


def _standing(rows: Any) -> list[Any]:
    return list(rows.exclude(state=State.WITHDRAWN.value).order_by("-valid_from", "id")[: 10 * MOST_SHOWN])


def _now(found: Iterable[Any]) -> int:
    day = today()
    return sum(one.valid_from <= day <= one.valid_to for one in found)


def _at_most() -> Text | str:
    most = ceiling_on(TRAINEES_OF_SUPERVISOR, today())
    return AT_MOST.fill(most=most.most, legal=most.legal) if most else ""


# On a person's own page


def own_guided(found: list[Any]) -> Table | None:
    """Whom I guide; None for nobody."""
    if not found:
        return None
    return Table(
        title=Text(vi="Người thực hành tôi hướng dẫn", en="Trainees whom I guide"),
        name="guided",
        note=HOW_MANY.fill(n=formats.number(_now(found)), note=_at_most()),
        columns=_columns(Text(vi="Người thực hành", en="Trainee")),
        rows=list(_rows(found, "full_name")),
        empty=EMPTY,
    )


def own_periods(found: list[Any]) -> Table | None:
    """My own time as a trainee; None without any."""
    if not found:
        return None
    return Table(
        title=Text(vi="Thời gian thực hành của tôi", en="My time as a trainee"),
        name="trained",
        columns=_columns(Text(vi="Người hướng dẫn", en="Supervisor")),
        rows=list(_rows(found, "supervisor")),
        empty=EMPTY,
    )


def _columns(person: Text) -> tuple[Column, ...]:
    return (
        Column("person", person, head=True),
        Column("facility", Text(vi="Cơ sở hướng dẫn thực hành", en="Facility")),
        Column("period", Text(vi="Thời gian", en="Period")),
        Column("state", Text(vi="Trạng thái", en="State"), "tag"),
    )


def _rows(found: list[Any], person: str) -> Iterator[dict[str, object]]:
    names = names_of({one.facility for one in found})
    for one in found:
        yield {
            "person": Cell(getattr(one, person), note=one.department),
            "facility": names.get(one.facility, one.facility),
            "period": _period(one),
            "state": state_tag(one),
        }


def _period(one: Any) -> str:
    return f"{format_date(one.valid_from)} – {format_date(one.valid_to)}"


LABEL = Text(vi="Người thực hành", en="Trainees")
NOW = Text(vi="Đang thực hành", en="Practising now")
DONE = Text(vi="Đã kết thúc", en="Finished")
GUIDES = Text(vi="Hướng dẫn thực hành", en="Guiding trainees")
GUIDED_NOW = Text(vi="Số người đang hướng dẫn", en="Guided now")
AT_MOST = Text(vi="tối đa {most} người cùng lúc ({legal})", en="at most {most} at once ({legal})")
HOW_MANY = Text(vi="Đang hướng dẫn {n} người; {note}.", en="Guided now: {n}; {note}.")
AT = Text(vi="tại cơ sở {facility} – {state}", en="at {facility} – {state}")
SUPERVISOR = Text(vi="Người hướng dẫn trong sổ Người hành nghề", en="The supervisor in the register")
BY_NUMBER = Text(vi="Theo số giấy phép hành nghề đã ghi", en="By the licence number given")
EMPTY = Text(vi="Chưa có ai.", en="Nobody.")
WRONG_TITLE = Text(
    vi="Chức danh chuyên môn của người hướng dẫn ({theirs}) không phù hợp với chức danh thực hành "
    "({wanted}). Phân công người hướng dẫn cùng chức danh, hoặc kiểm tra lại chức danh thực hành.",
    en="The supervisor's title ({theirs}) does not fit the title practised for ({wanted}). Choose a "
    "supervisor of that title, or compare it.",
)
NOT_FOUND = Text(
    vi="Chưa xác định được người hướng dẫn trong sổ Người hành nghề. Kiểm tra lại số giấy phép hành nghề.",
    en="The supervisor is not known in the register of practitioners. Compare the licence number.",
)
UNCONFIRMED = Text(
    vi="Hồ sơ người hành nghề của người hướng dẫn chưa được xác nhận. Gửi rà soát hồ sơ đó trước.",
    en="The supervisor's own record of practitioner is not confirmed. Have it reviewed first.",
)
_OTHER = Text(
    vi="Phân công người hướng dẫn khác, hoặc kiểm tra lại số giấy phép.",
    en="Choose another supervisor, or compare the licence number.",
)
_REGISTER = Text(
    vi="Đăng ký hành nghề cho người này tại cơ sở, hoặc phân công người hướng dẫn khác.",
    en="Register their practice here, or choose another supervisor.",
)
DOUBTS = {
    "revoked": Text(
        vi=f"Giấy phép hành nghề của người hướng dẫn đã bị thu hồi, tính đến ngày {{day}}. {_OTHER.vi}",
        en=f"The supervisor's licence is revoked as of {{day}}. {_OTHER.en}",
    ),
    "superseded": Text(
        vi="Giấy phép hành nghề của người hướng dẫn đã được thay thế, tính đến ngày {day}. "
        "Ghi số giấy phép mới.",
        en="The supervisor's licence is superseded as of {day}. Enter the new number.",
    ),
    "suspended": Text(
        vi=f"Người hướng dẫn đang bị đình chỉ hành nghề vào ngày {{day}}. {_OTHER.vi}",
        en=f"The supervisor is suspended on {{day}}. {_OTHER.en}",
    ),
    "expired": Text(
        vi=f"Giấy phép hành nghề của người hướng dẫn đã hết hạn vào ngày {{day}}. {_OTHER.vi}",
        en=f"The supervisor's licence has expired on {{day}}. {_OTHER.en}",
    ),
    "not-yet": Text(
        vi=f"Vào ngày {{day}} người hướng dẫn chưa được cấp giấy phép hành nghề. {_OTHER.vi}",
        en=f"On {{day}} the supervisor has no licence yet. {_OTHER.en}",
    ),
    "nowhere": Text(
        vi=f"Người hướng dẫn chưa đăng ký hành nghề tại cơ sở {{facility}}. {_REGISTER.vi}",
        en=f"The supervisor is not registered to practise at {{facility}}. {_REGISTER.en}",
    ),
    "then": Text(
        vi="Ngày {day} người hướng dẫn không có đăng ký hành nghề còn hiệu lực tại cơ sở {facility}. "
        f"{_REGISTER.vi}",
        en=f"The supervisor's registration at {{facility}} does not cover {{day}}. {_REGISTER.en}",
    ),
}
"""What `standing.Standing` says of somebody on a day, for whoever assigns a supervisor."""
