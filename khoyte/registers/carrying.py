"""What of the registers goes over when units are reorganised: open cases, and the records of facilities that
change their office. Versions, steps and evidence keep the codes they were recorded under.
"""

from typing import Any

from khoyte.foundation.language import Text
from khoyte.registers.known import registers
from khoyte.registers.models import Case
from khoyte.units import reorganising
from khoyte.units.reorganising import Carrier, Handover


def announce_carriers() -> None:
    """To be called when every register is known, in `apps.ready`."""
    reorganising.carry(
        Carrier(
            "case", Text(vi="hồ sơ đang chờ rà soát", en="open cases"), _open_cases, columns=("province",)
        )
    )
    for one in registers():
        label = one.declaration.label
        reorganising.follow(one.name, label)
        reorganising.carry(
            Carrier(one.name, label, _records_of(one.model), columns=("province",)),
        )


def _open_cases(handover: Handover) -> Any:
    """Of a province: its queue; of some of its facilities: theirs."""
    rows = Case.objects.filter(province=handover.source, closed_at=None)
    if handover.kind != "province":
        return rows.none()
    return rows if handover.facilities is None else rows.filter(facility__in=handover.facilities)


def _records_of(model: Any) -> Any:
    """Of a split: records of the facilities that go. Of a merger none: the successor sees all as they are."""

    def rows(handover: Handover) -> Any:
        if handover.kind != "province" or handover.facilities is None:
            return model.objects.none()
        return model.objects.filter(province=handover.source, facility__in=handover.facilities)

    return rows
