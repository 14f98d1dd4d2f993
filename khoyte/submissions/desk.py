"""What waits for somebody beside files: first pages begin with it, most costly first.

Counts end at a thousand: nobody needs more than "over a thousand", and the page stays quick.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import QuerySet

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Link
from khoyte.practice import duties, education_duties, operating_state
from khoyte.registers.known import register
from khoyte.registers.ladder import State
from khoyte.registers.models import Record
from khoyte.registers.queries import waiting_cases
from khoyte.units import requests
from khoyte.units.models import Account
from khoyte.units.policy import Actor, decide

MOST = 1_000
EDUCATION_SOON = timedelta(days=365)
OWN_REGISTERS = ("facilities", "practitioners", "practice_registrations")


def waiting(actor: Actor) -> list[Link]:
    """Links to what the actor has to do now; none when nothing waits."""
    return [*_to_decide(actor), *(_of_facility(actor) if actor.facility else ())]


def _to_decide(actor: Actor) -> Iterator[Link]:
    if decide(actor, "account_request.decide"):
        asked = requests.waiting(actor)[: MOST + 1].count()
        if asked:
            yield _counted("/de-nghi-tai-khoan", REQUESTS, asked)
    if decide(actor, "register.review"):
        cases = waiting_cases(actor)[: MOST + 1].count()
        if cases:
            yield _counted("/ra-soat", REVIEWS, cases)


def _of_facility(actor: Actor) -> Iterator[Link]:
    """Terms of the law, what was sent back, and the first steps of a facility that has just been let in."""
    if decide(actor, "register.read"):
        yield from _of_operating_licence(actor)
    if not decide(actor, "register.write"):
        return
    yield from _of_registrations(actor)
    for name in OWN_REGISTERS:
        returned = _own_records(name, actor).filter(state=State.RETURNED)[: MOST + 1].count()
        if returned:
            label = register(name).declaration.label
            yield _counted(f"/so-dang-ky/{name}?trang-thai=returned", RETURNED, returned, register=label)
    if decide(actor, "account.administer") and not _has_colleagues(actor):
        yield Link("/ra-soat-tai-khoan/moi", FIRST_ACCOUNT)
    for name, words in FIRST_RECORDS:
        if not _own_records(name, actor).exclude(state=State.WITHDRAWN).exists():
            yield Link(f"/so-dang-ky/{name}/moi", words)
            return  # one step at a time: the next follows from it


def _own_records(name: str, actor: Actor) -> QuerySet[Record]:
    return register(name).model.objects.filter(facility__in=actor.units)


def _of_operating_licence(actor: Actor) -> Iterator[Link]:
    """That the facility may not operate today, or not wholly: before everything else on its first page."""
    state = operating_state.stopped_on(actor.facility, today())
    if state is not None:
        yield Link(f"/so-dang-ky/facility_licence_events?q={actor.facility}", state.text)


def _of_registrations(actor: Actor) -> Iterator[Link]:
    """What `/dang-ky-hanh-nghe` holds that is for the facility to do; publication is the province's."""
    found = duties.open_duties(actor)
    for kind, words in REGISTRATIONS:
        count = sum(one.kind == kind for one in found)
        if count:
            yield _counted("/dang-ky-hanh-nghe", words, count)
    overlaps = len(duties.open_overlaps(actor))
    if overlaps:
        yield _counted("/dang-ky-hanh-nghe", OVERLAPS, overlaps)
    day = today()
    short = len(education_duties.short_at(actor.facility, day, by=day + EDUCATION_SOON))
    if short:
        yield _counted("/dang-ky-hanh-nghe#education-title", EDUCATION, short)


def _has_colleagues(actor: Actor) -> bool:
    return Account.objects.filter(unit=actor.unit_code).exclude(username=actor.name).exists()


def _counted(href: str, words: Text, count: int, **more: Text) -> Link:
    shown = f"{formats.number(MOST)}+" if count > MOST else formats.number(count)
    return Link(href, words.fill(n=shown, **more))


REQUESTS = Text("{n} đề nghị cấp tài khoản chờ duyệt", "{n} requests for accounts wait")
REVIEWS = Text("Rà soát {n} hồ sơ trong sổ đăng ký", "Review {n} records of the registers")
RETURNED = Text("{n} hồ sơ bị trả lại bổ sung: {register}", "{n} records were returned: {register}")
REGISTRATIONS = (
    ("leaver", Text("{n} người thôi hành nghề phải báo Sở Y tế", "{n} leavers are to be reported")),
    (
        "addition",
        Text("{n} đăng ký hành nghề chưa gửi Sở Y tế", "{n} registrations are to be sent on"),
    ),
)
OVERLAPS = Text(
    "{n} trường hợp giờ hành nghề trùng với cơ sở khác",
    "{n} cases of hours that meet hours elsewhere",
)
EDUCATION = Text(
    "{n} người thiếu giờ cập nhật kiến thức, giấy phép hết hạn trong 1 năm tới",
    "{n} practitioners are short of education, and their licences end within a year",
)
FIRST_ACCOUNT = Text(
    "Lập tài khoản cho cán bộ kê khai, cán bộ rà soát", "Make accounts for the clerk and the reviewer"
)
FIRST_RECORDS = (
    ("facilities", Text("Kê khai cơ sở", "Declare the facility")),
    ("practitioners", Text("Kê khai người hành nghề", "Declare the practitioners")),
    ("practice_registrations", Text("Đăng ký nơi hành nghề cho từng người", "Register where each practises")),
)
