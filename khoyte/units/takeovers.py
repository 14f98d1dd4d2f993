"""What a merger is to whoever meets a facility's old or new code: one sentence of each, asked of the units.

Nothing of it is stored beside the units; a merger that is put back leaves nothing to say.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.units.enums import UnitKind
from khoyte.units.models import Unit

TAKEN = Text(
    vi="Đã sáp nhập vào {name} ({code}) từ ngày {day}.", en="Merged into {name} ({code}) from {day} on."
)
TOOK = Text(vi="Tiếp nhận {name} ({code}) từ ngày {day}.", en="Took over {name} ({code}) from {day} on.")


def said_of(facilities: Collection[str]) -> dict[str, list[Text]]:
    """Facility → what to say of it: into which it was merged, and which were merged into it. One query."""
    if not facilities:
        return {}
    merged = Unit.objects.filter(
        Q(pk__in=facilities) | Q(succeeded_by__in=facilities),
        kind=UnitKind.FACILITY,
        ended_on__isnull=False,
        succeeded_by__isnull=False,
    )
    said: dict[str, list[Text]] = defaultdict(list)
    for old in merged.select_related("succeeded_by").order_by("ended_on", "code"):
        new = old.succeeded_by
        if new is None or old.ended_on is None:
            continue
        day = format_date(old.ended_on)
        if old.code in facilities:
            said[old.code].append(TAKEN.fill(name=new.name, code=new.code, day=day))
        if new.code in facilities:
            said[new.code].append(TOOK.fill(name=old.name, code=old.code, day=day))
    return dict(said)


def joined(lines: list[Text]) -> Text | str:
    """The sentences as one, for a place that has room for one."""
    return Text(vi=" ".join(one.vi for one in lines), en=" ".join(one.en for one in lines)) if lines else ""
