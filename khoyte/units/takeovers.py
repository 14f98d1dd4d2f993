"""What a merger or a split is to whoever meets a facility's code: a sentence of each, asked of the units.

Nothing of it is stored beside the units; what was put back leaves nothing to say.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.units.enums import ReorganisationKind, UnitKind
from khoyte.units.models import Reorganisation, Unit

TAKEN = Text(
    vi="Đã sáp nhập vào {name} ({code}) từ ngày {day}.", en="Merged into {name} ({code}) from {day} on."
)
TOOK = Text(vi="Tiếp nhận {name} ({code}) từ ngày {day}.", en="Took over {name} ({code}) from {day} on.")


PARTED = Text(
    vi="Tách một phần thành {name} ({code}) từ ngày {day}.", en="{name} ({code}) was split off on {day}."
)
CAME_OF = Text(vi="Tách ra từ {name} ({code}) từ ngày {day}.", en="Split off from {name} ({code}) on {day}.")


def said_of(facilities: Collection[str]) -> dict[str, list[Text]]:
    """Facility → what to say of it: merged into which, which were merged into it, split off from which.

    Two queries, a third where there was a split.
    """
    if not facilities:
        return {}
    said: dict[str, list[Text]] = defaultdict(list)
    _say_mergers(facilities, said)
    _say_splits(facilities, said)
    return dict(said)


def _say_mergers(facilities: Collection[str], said: dict[str, list[Text]]) -> None:
    merged = Unit.objects.filter(
        Q(pk__in=facilities) | Q(succeeded_by__in=facilities),
        kind=UnitKind.FACILITY,
        ended_on__isnull=False,
        succeeded_by__isnull=False,
    )
    for old in merged.select_related("succeeded_by").order_by("ended_on", "code"):
        new = old.succeeded_by
        if new is None or old.ended_on is None:
            continue
        day = format_date(old.ended_on)
        if old.code in facilities:
            said[old.code].append(TAKEN.fill(name=new.name, code=new.code, day=day))
        if new.code in facilities:
            said[new.code].append(TOOK.fill(name=old.name, code=old.code, day=day))


def _say_splits(facilities: Collection[str], said: dict[str, list[Text]]) -> None:
    splits = Reorganisation.objects.filter(kind=ReorganisationKind.SPLIT, state="done")
    done = splits.exclude(reversed_by__state="done")
    about = done.filter(Q(plan__target__in=facilities) | Q(plan__sources__0__in=facilities))
    rows = [(one.plan["sources"][0], one.plan["target"], one.effective_on) for one in about.order_by("id")]
    units = Unit.objects.in_bulk({code for source, target, _ in rows for code in (source, target)})
    for source, target, day in rows:
        if units[target].kind != UnitKind.FACILITY:
            continue
        if source in facilities:
            said[source].append(PARTED.fill(name=units[target].name, code=target, day=format_date(day)))
        if target in facilities:
            said[target].append(CAME_OF.fill(name=units[source].name, code=source, day=format_date(day)))


def joined(lines: list[Text]) -> Text | str:
    """The sentences as one, for a place that has room for one."""
    return Text(vi=" ".join(one.vi for one in lines), en=" ".join(one.en for one in lines)) if lines else ""
