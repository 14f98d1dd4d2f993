"""Which national systems this installation sends to or asks: from the environment, none unless set.

`KHOYTE_DATACENTRE=https://...` switches the National Data Centre on, `KHOYTE_VNEID` the wallet of VNeID,
`KHOYTE_POPULATION` the check against the population database, `KHOYTE_PROJECT06` the monitoring software of
Project 06; `_TOKEN_FILE` and `_NETWORKS` belong to each.
State networks (mạng truyền số liệu chuyên dùng) are private: which of them may be reached is said by the
operator, so that nothing else inside the installation's own network ever is.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text

DATA_CENTRE, VNEID, POPULATION, PROJECT_06 = "datacentre", "vneid", "population", "project06"
NAMES = (DATA_CENTRE, VNEID, POPULATION, PROJECT_06)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, repr=False)
class Place:
    """Where a national system answers; `networks` are private ones its address may lie in."""

    name: str
    url: str
    token_file: str = ""
    networks: tuple[Network, ...] = ()

    def token(self) -> str:
        """What the system knows us by, read when needed; "" without one."""
        return Path(self.token_file).read_text(encoding="utf-8").strip() if self.token_file else ""


def places(environment: Mapping[str, str], names: Sequence[str] = NAMES) -> dict[str, Place]:
    """The systems that are switched on, by name. Raises WrongUsage naming the variable that is wrong."""
    found = {}
    for name in names:
        variable = f"KHOYTE_{name.upper()}"
        url = environment.get(variable, "").strip().rstrip("/")
        if not url:
            continue
        if not url.startswith(("https://", "http://")):
            raise _wrong(variable, url)
        found[name] = Place(
            name,
            url,
            environment.get(f"{variable}_TOKEN_FILE", ""),
            _networks(f"{variable}_NETWORKS", environment),
        )
    return found


def _networks(variable: str, environment: Mapping[str, str]) -> tuple[Network, ...]:
    written = environment.get(variable, "")
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in written.split(",") if part.strip())
    except ValueError:
        raise _wrong(variable, written) from None


def seconds(environment: Mapping[str, str]) -> float:
    """KHOYTE_EXCHANGE_SECONDS: how long an answer is waited for; pauses are in proportion to it."""
    written = environment.get("KHOYTE_EXCHANGE_SECONDS") or "10"
    try:
        found = float(written)
    except ValueError:
        raise _wrong("KHOYTE_EXCHANGE_SECONDS", written) from None
    if not 0 < found <= 120:
        raise _wrong("KHOYTE_EXCHANGE_SECONDS", written)
    return found


def _wrong(variable: str, written: str) -> WrongUsage:
    return WrongUsage(
        Text(vi="{variable} không đúng: {written}", en="{variable} is wrong: {written}").fill(
            variable=variable, written=written
        ),
        remedy=Text(vi="Xem cách đặt trong docs/settings.md.", en="docs/settings.md says how to set it."),
    )
