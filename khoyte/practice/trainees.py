"""Confirmed trainees on the page of the facility that guides them: how many practise, how many have ended."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Fact
from khoyte.practice.models import Trainee
from khoyte.registers.ladder import State
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section, announce_beside

NAME = "trainees"


def section(_record: Record, content: Mapping[str, Any]) -> Section | None:
    facility, day = content.get("code") or "", today()
    rows = Trainee.objects.filter(facility=facility, state=State.CONFIRMED.value)
    counted = rows.aggregate(
        now=Count("id", filter=Q(valid_from__lte=day, valid_to__gte=day)),
        done=Count("id", filter=Q(valid_to__lt=day)),
    )
    if not facility or not any(counted.values()):
        return None
    address = f"/so-dang-ky/{NAME}?q={facility}"
    return Section(
        LABEL,
        [
            Fact(NOW, counted["now"], "number", href=address),
            Fact(DONE, counted["done"], "number", href=address),
        ],
    )


def announce_section() -> None:
    announce_beside("facilities", section)


LABEL = Text(vi="Người thực hành", en="Trainees")
NOW = Text(vi="Đang thực hành", en="Practising now")
DONE = Text(vi="Đã kết thúc", en="Finished")
