"""Invented persons and secrets that stand nowhere else in the world, so that finding one means a leak."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

KINDS = ("name", "personal number", "card", "phone", "token", "password", "webhook secret")
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đặng", "Vũ", "Bùi", "Đỗ", "Lý")
# Syllables that no Vietnamese name has, from letters whose marks are the hardest to carry unharmed.
_BEGIN = ("Ngh", "Qu", "Đ", "Kh", "Th", "X", "Tr", "Ph", "Gi", "V")
_MIDDLE = ("oẵ", "uyệ", "ươ", "ỡ", "iễ", "uẩ", "oằ", "ự", "ậ", "ễ", "ổ", "ừ")
_END = ("ch", "ng", "m", "nh", "p", "t", "n", "c")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Canary:
    """One value and what it stands for. `number` orders them; `value` is NFC."""

    number: int
    kind: str
    value: str


def invent(count: int, seed: int) -> list[Canary]:
    """So many canaries, the kinds in turn; all values differ."""
    chance, made = Random(f"canaries, seed {seed}"), set[str]()
    canaries: list[Canary] = []
    kinds: Iterator[str] = cycle(KINDS)
    while len(canaries) < count:
        kind = next(kinds)
        value = _value(kind, chance)
        while value in made:
            value = _value(kind, chance)
        made.add(value)
        canaries.append(Canary(len(canaries), kind, value))
    return canaries


def _value(kind: str, chance: Random) -> str:
    if kind == "name":
        return " ".join([chance.choice(_FAMILY), *(_syllable(chance) for _ in range(3))])
    if kind == "personal number":
        # Place code 999: no such province, so no such person.
        return f"999{chance.randrange(4)}{chance.randrange(100):02}{chance.randrange(10**6):06}"
    if kind == "card":
        return f"DN499{chance.randrange(10**10):010}"
    if kind == "phone":
        return f"09{chance.randrange(10**8):08}"
    if kind == "token":
        return "kht_" + _letters(chance, 40)
    if kind == "password":
        return f"{_letters(chance, 8)} &<\"'%+ {_letters(chance, 8)}"
    return "whsec_" + _letters(chance, 32)


def _syllable(chance: Random) -> str:
    return chance.choice(_BEGIN) + chance.choice(_MIDDLE) + chance.choice(_END)


def _letters(chance: Random, length: int) -> str:
    return "".join(chance.choices(_LETTERS, k=length))
