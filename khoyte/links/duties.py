"""What else the process of the exchange does in turn: acts of other rooms, announced when Django is set up.

An act takes one portion and says how much it did; 0 lets the process rest.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Duty:
    name: str
    act: Callable[[], int]


_DUTIES: dict[str, Duty] = {}


def announce(duty: Duty) -> None:
    _DUTIES[duty.name] = duty


def duties() -> list[Duty]:
    return list(_DUTIES.values())
