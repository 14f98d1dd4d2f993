"""A facility hears at once that its operating licence was suspended or revoked, or a part of it suspended.

From that day on it may not take in patients (Law 15/2023/QH15, Art. 7). The notice names the facility,
the kind of the decision and its day, never the reason.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.practice.licence_telling import Confirmed
from khoyte.practice.may_operate import STOPS
from khoyte.registers.declaration import Declaration
from khoyte.registers.models import Record
from khoyte.units.enums import Role

STOPPED: Mapping[str, Text] = {
    "suspend": Text(vi="bị đình chỉ", en="suspended"),
    "suspend_part": Text(vi="bị đình chỉ một phần", en="suspended in part"),
    "revoke": Text(vi="bị thu hồi", en="revoked"),
}
"""Acts that end the right to operate, in the words of the notice."""


def tell_stopped(_declaration: Declaration, confirmed: Confirmed) -> None:
    """Tell of decisions that have just become official, in their transaction; of none that is over."""
    tell_all(telling for record, content in confirmed for telling in _tellings(record, content))


def _tellings(record: Record, content: Mapping[str, Any]) -> Iterator[Telling]:
    ends = content.get("valid_to")
    if content["kind"] not in STOPS or (ends and ends < today().isoformat()):
        return
    act = "suspend_part" if content["kind"] == "suspend" and content.get("scope") else content["kind"]
    since = date.fromisoformat(content["valid_from"])
    yield Telling(
        "operating_stopped",
        addressing.role(content["facility"], Role.FACILITY_ADMIN, Role.FACILITY_REVIEWER),
        str(record.pk),
        f"{act}:{since}",
        {"act": act, "since": since, "facility": content["facility"]},
        f"/so-dang-ky/facility_licence_events/{record.pk}",
    )
